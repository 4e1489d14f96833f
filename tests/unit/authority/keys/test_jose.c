#include "unit.h"
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "authority/keys/jose.h"
#include "authority/keys/jose_key.h"
#include "base/enc.h"
#include "judge.h"
#include "vectors.h"

#define ALGS 3

static struct secret secret_of(const char *string)
{
	return (struct secret){ (unsigned char *)(uintptr_t)string, strlen(string) };
}

static struct secret decoded(const char *text, struct arena *arena)
{
	size_t len = strlen(text) * 3 / 4;
	unsigned char *at = arena_alloc(arena, len);
	assert_int_equal(enc_from_base64url(text, strlen(text), at, len), OK);
	return (struct secret){ at, len };
}

static const struct {
	const char *name;
	enum signing_alg alg;
	const char *key;
	const char *payload;
	const char *token;
	const char *thumbprint; /* NULL: none is published */
	bool always;            /* the same token each time */
} PUBLISHED[] = {
	{ "RFC 7515 A.2", SIGNING_RS256, RFC7515_A2_KEY, CLAIMS, RFC7515_A2_TOKEN, NULL, true },
	{ "RFC 7515 A.3", SIGNING_ES256, RFC7515_A3_KEY, CLAIMS, RFC7515_A3_TOKEN, NULL, false },
	{ "RFC 8037 A", SIGNING_EDDSA, RFC8037_A1_KEY, "Example of Ed25519 signing", RFC8037_A4_TOKEN,
	    "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", true },
};

static void test_published(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(PUBLISHED); i++) {
		struct arena arena = { 0 };
		struct jose_key *key = NULL;
		struct secret token;
		const char *name = PUBLISHED[i].name;
		ROW(name, jose_import(PUBLISHED[i].alg, decoded(PUBLISHED[i].key, &arena), &key) == OK);
		ROW(name, judge_openssl(key, secret_of(PUBLISHED[i].token)));
		ROW(name, jose_sign(key, NULL, (struct text){ NULL, 0 }, text_of(PUBLISHED[i].payload),
			      &arena, &token) == OK);
		ROW(name, token.len == strlen((const char *)token.at));
		ROW(name, judge_openssl(key, token));
		ROW(name, (strcmp((const char *)token.at, PUBLISHED[i].token) == 0) == PUBLISHED[i].always);
		if (PUBLISHED[i].thumbprint != NULL)
			ROW(name, text_equal_str(jose_thumbprint(key, &arena), PUBLISHED[i].thumbprint));
		jose_free(&key);
		arena_done(&arena);
	}
}

/* RFC 7638 section 3.1 gives no private half. */
static void test_thumbprint(void **state)
{
	(void)state;
	struct arena arena = { 0 };
	struct secret modulus = decoded(RFC7638_MODULUS, &arena);
	struct jose_key key = { .alg = SIGNING_RS256, .pair = NULL };
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	BIGNUM *n = BN_bin2bn(modulus.at, (int)modulus.len, NULL);
	assert_int_equal(OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n), 1);
	assert_int_equal(OSSL_PARAM_BLD_push_uint(build, OSSL_PKEY_PARAM_RSA_E, 65537), 1);
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
	EVP_PKEY_CTX *making = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	assert_int_equal(EVP_PKEY_fromdata_init(making), 1);
	assert_int_equal(EVP_PKEY_fromdata(making, &key.pair, EVP_PKEY_PUBLIC_KEY, params), 1);
	assert_string_equal(jose_thumbprint(&key, &arena).at, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
	EVP_PKEY_CTX_free(making);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	BN_free(n);
	EVP_PKEY_free(key.pair);
	arena_done(&arena);
}

static void test_jwk(void **state)
{
	(void)state;
	struct arena arena = { 0 };
	struct jose_key *key;
	assert_int_equal(jose_import(SIGNING_EDDSA, decoded(RFC8037_A1_KEY, &arena), &key), OK);
	assert_string_equal(jose_jwk(key, TEXT_LITERAL("a-Z_9"), &arena).at,
	    "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\","
	    "\"kid\":\"a-Z_9\",\"use\":\"sig\",\"alg\":\"EdDSA\"}");
	assert_null(jose_jwk(key, TEXT_LITERAL("a\"b"), &arena).at);
	assert_null(jose_jwk(key, TEXT_LITERAL(""), &arena).at);
	jose_free(&key);
	assert_int_equal(jose_import(SIGNING_ES256, decoded(RFC7515_A3_KEY, &arena), &key), OK);
	assert_string_equal(jose_jwk(key, TEXT_LITERAL("k"), &arena).at,
	    "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
	    "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\",\"kid\":\"k\",\"use\":\"sig\",\"alg\":"
	    "\"ES256\"}");
	jose_free(&key);
	arena_done(&arena);
}

/* The same key again, by way of what is kept of it. */
static void move(enum signing_alg alg, struct jose_key **key)
{
	struct secret der;
	struct jose_key *again = NULL;
	assert_int_equal(jose_export(*key, &der), OK);
	assert_int_equal(jose_import(alg, der, &again), OK);
	jose_free(key);
	secret_free(&der);
	*key = again;
}

/* Changes one character of each part in turn; in the last one that of a whole byte, since the last bits of some have no meaning. */
static void spoil(const struct jose_key *key, struct text jwk, struct secret token)
{
	unsigned char *at = token.at;
	for (unsigned part = 0; part < 3; part++, at = (unsigned char *)strchr((char *)at, '.') + 1) {
		unsigned char kept = at[8];
		at[8] = kept == 'A' ? 'B' : 'A';
		assert_false(judge_openssl(key, token));
		if (jwk.at != NULL)
			assert_false(judge_cjose(jwk, token));
		at[8] = kept;
		if (part == 2)
			break;
	}
}

static void test_of_our_own(void **state)
{
	(void)state;
	for (unsigned alg = 0; alg < ALGS; alg++) {
		struct arena arena = { 0 };
		struct jose_key *key = NULL;
		struct secret token;
		const char *name = WIRE_ENUM_TEXT(signing_alg, alg);
		ROW(name, jose_generate(alg, &key) == OK);
		struct text kid = jose_thumbprint(key, &arena);
		move(alg, &key);
		ROW(name, text_equal(kid, jose_thumbprint(key, &arena)));
		struct text jwk = jose_jwk(key, kid, &arena);
		ROW(name, jose_sign(key, "JWT", kid, TEXT_LITERAL(CLAIMS), &arena, &token) == OK);
		ROW(name, judge_openssl(key, token));
		ROW(name, alg == SIGNING_EDDSA || judge_cjose(jwk, token));
		spoil(key, alg == SIGNING_EDDSA ? (struct text){ NULL, 0 } : jwk, token);
		ROW(name, jose_sign(key, "JWT", TEXT_LITERAL("\""), jwk, &arena, &token) == ERR_MALFORMED);
		jose_free(&key);
		arena_done(&arena);
	}
}

/* R and S begin with a zero once in 256: each is 32 bytes all the same. */
static enum err open_with(
    const struct jose_key *key, const char *typ, const char *kid, struct text token, struct arena *arena)
{
	struct text payload = { NULL, 0 };
	enum err err = jose_open(key, typ, text_of(kid), token, arena, &payload);
	assert_true((err == OK) == (payload.at != NULL));
	return err == OK && !text_equal_str(payload, CLAIMS) ? ERR_INTERNAL : err;
}

/* Each letter of it changed, and every length that it has not. */
static void spoil_each(const struct jose_key *key, struct text token, struct arena *arena)
{
	for (size_t i = 0; i < token.len; i++) {
		CLEANUP(arena_done) struct arena once = { 0 };
		char *other = arena_alloc(arena, token.len + 1);
		memcpy(other, token.at, token.len);
		other[i] = other[i] == 'A' ? 'E' : 'A';
		enum err err = open_with(key, "JWT", "k", (struct text){ other, token.len }, &once);
		assert_int_equal(err, ERR_MALFORMED);
		err = open_with(key, "JWT", "k", (struct text){ token.at, i }, &once);
		assert_int_equal(err, ERR_MALFORMED);
	}
}

static void test_opened_again(void **state)
{
	(void)state;
	for (unsigned alg = 0; alg < ALGS; alg++) {
		CLEANUP(arena_done) struct arena arena = { 0 };
		CLEANUP(jose_free) struct jose_key *key = NULL, *other = NULL;
		struct secret signed_r;
		const char *name = WIRE_ENUM_TEXT(signing_alg, alg);
		ROW(name, jose_generate((enum signing_alg)alg, &key) == OK);
		ROW(name, jose_generate((enum signing_alg)alg, &other) == OK);
		ROW(name, jose_sign(key, "JWT", text_of("k"), text_of(CLAIMS), &arena, &signed_r) == OK);
		struct text token = { (const char *)signed_r.at, signed_r.len };
		ROW(name, open_with(key, "JWT", "k", token, &arena) == OK);
		ROW(name, open_with(other, "JWT", "k", token, &arena) == ERR_MALFORMED);
		ROW(name, open_with(key, "at+jwt", "k", token, &arena) == ERR_MALFORMED);
		ROW(name, open_with(key, "JWT", "l", token, &arena) == ERR_MALFORMED);
		ROW(name, open_with(key, "JWT", "k", (struct text){ "", 0 }, &arena) == ERR_MALFORMED);
		spoil_each(key, token, &arena);
	}
}

static void test_of_one_length(void **state)
{
	(void)state;
	struct arena arena = { 0 };
	struct jose_key *key;
	struct secret token;
	assert_int_equal(jose_generate(SIGNING_ES256, &key), OK);
	struct text jwk = jose_jwk(key, TEXT_LITERAL("k"), &arena);
	for (unsigned i = 0; i < 600; i++) {
		struct arena once = { 0 };
		assert_int_equal(
		    jose_sign(key, NULL, TEXT_LITERAL("k"), TEXT_LITERAL("{}"), &once, &token), OK);
		assert_int_equal(strlen(strrchr((char *)token.at, '.') + 1), 86);
		assert_true(judge_cjose(jwk, token));
		arena_done(&once);
	}
	jose_free(&key);
	arena_done(&arena);
}

static const struct {
	const char *name;
	enum signing_alg alg;
	const char *der;
} WRONG[] = {
	{ "too short for RSA", SIGNING_RS256, SMALL_KEY },
	{ "another curve", SIGNING_ES256, P384_KEY },
	{ "RSA for ECDSA", SIGNING_ES256, RFC7515_A2_KEY },
	{ "ECDSA for RSA", SIGNING_RS256, RFC7515_A3_KEY },
	{ "ECDSA for Ed25519", SIGNING_EDDSA, RFC7515_A3_KEY },
	{ "Ed25519 for ECDSA", SIGNING_ES256, RFC8037_A1_KEY },
	{ "nothing of the kind", SIGNING_EDDSA, "AAAA" },
	{ "empty", SIGNING_EDDSA, "" },
};

static void test_wrong(void **state)
{
	(void)state;
	struct arena arena = { 0 };
	struct jose_key *key = NULL;
	for (size_t i = 0; i < COUNT(WRONG); i++)
		ROW(WRONG[i].name,
		    jose_import(WRONG[i].alg, decoded(WRONG[i].der, &arena), &key) == ERR_MALFORMED);
	assert_int_equal(jose_import(SIGNING_EDDSA, (struct secret){ NULL, 0 }, &key), ERR_MALFORMED);
	struct secret der = decoded(RFC8037_A1_KEY, &arena);
	for (size_t len = 0; len < der.len; len++)
		assert_int_equal(
		    jose_import(SIGNING_EDDSA, (struct secret){ der.at, len }, &key), ERR_MALFORMED);
	struct secret longer = { arena_alloc(&arena, der.len + 1), der.len + 1 };
	memcpy(longer.at, der.at, der.len);
	assert_int_equal(jose_import(SIGNING_EDDSA, longer, &key), ERR_MALFORMED);
	struct secret large = { arena_alloc(&arena, JOSE_DER_MAX + 1), JOSE_DER_MAX + 1 };
	memcpy(large.at, der.at, der.len);
	assert_int_equal(jose_import(SIGNING_EDDSA, large, &key), ERR_MALFORMED);
	assert_null(key);
	jose_free(&key);
	arena_done(&arena);
}

/* RFC 7636 appendix B; OpenID Connect Core appendix A.3 and A.4; SHA-512 of "abc" (FIPS 180-4). */
static void test_hashes(void **state)
{
	(void)state;
	struct arena arena = { 0 };
	char text[JOSE_S256_SIZE];
	jose_s256(secret_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"), text);
	assert_string_equal(text, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
	struct secret token = secret_of("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y");
	assert_string_equal(jose_half_hash(SIGNING_RS256, token, &arena).at, "77QmUPtjPfzWtF2AnpK9RQ");
	assert_string_equal(jose_half_hash(SIGNING_ES256, token, &arena).at, "77QmUPtjPfzWtF2AnpK9RQ");
	struct secret code = secret_of("Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk");
	assert_string_equal(jose_half_hash(SIGNING_RS256, code, &arena).at, "LDktKdoQak3Pk0cnXxCltA");
	assert_string_equal(jose_half_hash(SIGNING_EDDSA, secret_of("abc"), &arena).at,
	    "3a81oZNherrMQXNJriBBMRLm-k6JqX6iCp7u5ktV05o");
	arena_done(&arena);
}

static struct jose_key *shared[ALGS];

static void *sign_many(void *context)
{
	size_t *good = context;
	struct secret token;
	for (unsigned i = 0; i < 60; i++) {
		struct arena arena = { 0 };
		*good += jose_sign(shared[i % ALGS], "JWT", TEXT_LITERAL("k"), TEXT_LITERAL("{}"), &arena,
			     &token) == OK &&
			 judge_openssl(shared[i % ALGS], token) &&
			 jose_jwk(shared[i % ALGS], TEXT_LITERAL("k"), &arena).at != NULL;
		arena_done(&arena);
	}
	return NULL;
}

static void test_two_at_once(void **state)
{
	(void)state;
	pthread_t threads[2];
	size_t good[2] = { 0, 0 };
	for (unsigned alg = 0; alg < ALGS; alg++)
		assert_int_equal(jose_generate(alg, &shared[alg]), OK);
	for (unsigned i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, sign_many, &good[i]), 0);
	for (unsigned i = 0; i < COUNT(threads); i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(good[i], 60);
	}
	for (unsigned alg = 0; alg < ALGS; alg++)
		jose_free(&shared[alg]);
}

static int begin(void **state)
{
	(void)state;
	bool begun = jose_begin() == OK;
	return begun && jose_begin() == OK && jose_is_locked() ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_published),
		cmocka_unit_test(test_thumbprint),
		cmocka_unit_test(test_jwk),
		cmocka_unit_test(test_of_our_own),
		cmocka_unit_test(test_opened_again),
		cmocka_unit_test(test_of_one_length),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_hashes),
		cmocka_unit_test(test_two_at_once),
	};
	return cmocka_run_group_tests(tests, begin, NULL);
}
