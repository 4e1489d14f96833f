/* Which key signs, which ones are published, and what happens while the shelf is away. */
#include "unit.h"
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include "authority/authority.h"
#include "authority/fake_shelf.h"
#include "authority/keys/jose.h"
#include "authority/keys/judge.h"
#include "authority/sso/signing.h"
#include "base/clock.h"
#include "base/enc.h"
#include "log/log.h"

#define MINUTE_MS (60 * 1000LL)
#define HOUR_MS (60 * MINUTE_MS)

static struct authority one, two;
static struct arena arena;
static int64_t passed_ms;

static int setup(void **state)
{
	(void)state;
	log_open("test", LOG_LEVEL_ERROR);
	fake_shelf_reset();
	passed_ms = 0;
	clock_offset(0);
	return signing_new(&one.signing) == OK && signing_new(&two.signing) == OK ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	arena_done(&arena);
	signing_free(&one.signing);
	signing_free(&two.signing);
	clock_offset(0);
	return 0;
}

/* And both read anew. */
static void pass(int64_t ms)
{
	passed_ms += ms;
	clock_offset(passed_ms);
	signing_forget(one.signing);
	signing_forget(two.signing);
}

static struct secret token_of(struct authority *authority, enum signing_alg alg)
{
	struct secret token;
	assert_int_equal(signing_sign(authority, alg, "JWT", TEXT_LITERAL("{}"), &arena, &token), OK);
	return token;
}

/* The kid in the header of a token. */
static const char *kid_of(struct secret token)
{
	const char *dot = memchr(token.at, '.', token.len);
	size_t text_len = (size_t)(dot - (const char *)token.at), len = text_len * 3 / 4;
	char *head = arena_alloc(&arena, len + 1);
	assert_int_equal(enc_from_base64url((const char *)token.at, text_len, head, len), OK);
	char *kid = strstr(head, "\"kid\":\"");
	assert_non_null(kid);
	kid[7 + JOSE_S256_SIZE - 1] = '\0';
	return kid + 7;
}

static const char *signer_of(struct authority *authority, enum signing_alg alg)
{
	return kid_of(token_of(authority, alg));
}

static const char *key_set(struct authority *authority)
{
	struct text json;
	assert_int_equal(signing_key_set(authority, &arena, &json), OK);
	assert_int_equal(strlen(json.at), json.len);
	return json.at;
}

static unsigned count(const char *json, const char *what)
{
	unsigned n = 0;
	for (const char *at = strstr(json, what); at != NULL; at = strstr(at + 1, what))
		n++;
	return n;
}

/* The states of an algorithm's keys, newest first. */
static const char *states(enum signing_alg alg)
{
	static char text[200];
	const struct msg_signing_row *rows;
	unsigned n;
	size_t len = 0;
	text[0] = '\0';
	assert_int_equal(signing_list(&one, &arena, &rows, &n), OK);
	for (unsigned i = 0; i < n; i++)
		if (rows[i].alg == alg)
			len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", len > 0 ? " " : "",
			    WIRE_ENUM_TEXT(signing_state, rows[i].state));
	return text;
}

static const char *name_of(enum signing_alg alg)
{
	const struct msg_signing_row *rows;
	unsigned n;
	assert_int_equal(signing_list(&one, &arena, &rows, &n), OK);
	for (unsigned i = 0; i < n; i++)
		if (rows[i].alg == alg)
			return rows[i].name.at;
	return NULL;
}

static unsigned rotate(struct authority *authority, enum signing_alg alg, bool retire)
{
	unsigned gone;
	assert_int_equal(signing_rotate(authority, alg, retire, &gone), OK);
	return gone;
}

static void test_first(void **state)
{
	(void)state;
	const char *json = key_set(&one);
	assert_int_equal(count(json, "\"kid\""), 3);
	assert_int_equal(count(json, "},{"), 2);
	assert_int_equal(count(json, "\"d\""), 0);
	for (unsigned alg = 0; alg < 3; alg++) {
		const char *kid = signer_of(&one, alg);
		assert_non_null(strstr(json, kid));
		assert_string_equal(signer_of(&two, alg), kid); /* it has made none of its own */
	}
	assert_string_equal(key_set(&two), json);
	assert_string_equal(states(SIGNING_ES256), "signs");
}

static void test_cjose_takes_them(void **state)
{
	(void)state;
	for (unsigned alg = SIGNING_RS256; alg <= SIGNING_ES256; alg++) {
		struct secret token = token_of(&one, alg);
		const char *at = strstr(key_set(&one), kid_of(token)), *begin = at, *end = strchr(at, '}');
		while (*begin != '{')
			begin--;
		assert_true(judge_cjose((struct text){ begin, (size_t)(end + 1 - begin) }, token));
	}
}

/* Each has found nothing and made its own. */
static void test_two_begin_at_once(void **state)
{
	(void)state;
	const char *first = signer_of(&one, SIGNING_EDDSA);
	pass(1000);
	assert_int_equal(rotate(&two, SIGNING_EDDSA, false), 0);
	assert_string_equal(states(SIGNING_EDDSA), "comes signs");
	assert_string_equal(signer_of(&one, SIGNING_EDDSA), first);
	assert_string_equal(signer_of(&two, SIGNING_EDDSA), first);
	assert_int_equal(count(key_set(&one), "Ed25519"), 2);
}

static void test_rotation(void **state)
{
	(void)state;
	const char *first = signer_of(&one, SIGNING_ES256);
	pass(48 * HOUR_MS);
	assert_int_equal(rotate(&one, SIGNING_ES256, false), 0);
	assert_string_equal(signer_of(&one, SIGNING_ES256), first);
	assert_int_equal(count(key_set(&one), "P-256"), 2);
	pass(59 * MINUTE_MS);
	assert_string_equal(states(SIGNING_ES256), "comes signs");
	assert_string_equal(signer_of(&two, SIGNING_ES256), first);
	pass(2 * MINUTE_MS);
	assert_string_equal(states(SIGNING_ES256), "signs signed");
	const char *second = signer_of(&one, SIGNING_ES256);
	assert_string_not_equal(second, first);
	assert_string_equal(signer_of(&two, SIGNING_ES256), second);
	assert_int_equal(count(key_set(&one), "P-256"), 2);
	assert_int_equal(rotate(&one, SIGNING_ES256, false), 0); /* the first one signed an hour ago */
	pass(24 * HOUR_MS);
	assert_string_equal(states(SIGNING_ES256), "signs signed over");
	assert_int_equal(rotate(&one, SIGNING_ES256, false), 1);
	assert_string_equal(states(SIGNING_ES256), "comes signs signed");
	assert_null(strstr(key_set(&one), first));
	assert_string_equal(states(SIGNING_RS256), "signs"); /* nothing of others */
}

static void test_retired(void **state)
{
	(void)state;
	const char *first = signer_of(&one, SIGNING_RS256);
	assert_int_equal(rotate(&one, SIGNING_RS256, true), 1);
	assert_string_equal(states(SIGNING_RS256), "signs");
	assert_string_not_equal(signer_of(&one, SIGNING_RS256), first);
	assert_null(strstr(key_set(&one), first));
	assert_string_equal(signer_of(&two, SIGNING_RS256), signer_of(&one, SIGNING_RS256));
}

static void test_broken(void **state)
{
	(void)state;
	struct secret token;
	(void)key_set(&one);
	fake_shelf_breaks(SHELF_SIGNING_KEY, name_of(SIGNING_ES256));
	signing_forget(one.signing);
	assert_int_equal(
	    signing_sign(&one, SIGNING_ES256, "JWT", TEXT_LITERAL("{}"), &arena, &token), ERR_STALE);
	assert_string_equal(states(SIGNING_ES256), "broken");
	assert_int_equal(count(key_set(&one), "\"kid\""), 2);
	(void)token_of(&one, SIGNING_RS256);
	assert_int_equal(rotate(&one, SIGNING_ES256, false), 1);
	assert_string_equal(states(SIGNING_ES256), "signs");
	(void)token_of(&one, SIGNING_ES256);
}

/* Sealed by one of us, and yet not what it says. */
static void test_wrong_records(void **state)
{
	(void)state;
	struct jose_key *key;
	struct secret der;
	assert_int_equal(jose_generate(SIGNING_EDDSA, &key), OK);
	assert_int_equal(jose_export(key, &der), OK);
	const struct msg_signing_key_record right = {
		.kid = jose_thumbprint(key, &arena), .alg = SIGNING_EDDSA, .private = der, .made = 1
	};
	struct msg_signing_key_record kid = right, alg = right, bytes = right;
	kid.kid = TEXT_LITERAL("another");
	alg.alg = SIGNING_ES256;
	bytes.private.len--;
	const struct msg_signing_key_record *const records[] = { &kid, &alg, &bytes };
	for (unsigned i = 0; i < COUNT(records); i++) {
		const char *name = arena_printf(&arena, "eddsa-0000000%u", i);
		assert_int_equal(shelf_add(&one, SHELF_SIGNING_KEY, text_of(name), SHELF_NO_FINDS,
				     WIRE(signing_key_record, records[i])),
		    OK);
	}
	assert_int_equal(shelf_add(&one, SHELF_SIGNING_KEY, text_of("a-word"), SHELF_NO_FINDS,
			     WIRE(signing_key_record, &right)),
	    OK);
	assert_string_equal(states(SIGNING_EDDSA), "broken broken broken");
	assert_int_equal(count(key_set(&one), "\"kid\""), 2);
	jose_free(&key);
	secret_free(&der);
}

static void test_away(void **state)
{
	(void)state;
	struct secret token;
	struct text json;
	fake_shelf_fails(ERR_UNREACHABLE);
	assert_int_equal(
	    signing_sign(&one, SIGNING_ES256, "JWT", TEXT_LITERAL("{}"), &arena, &token), ERR_UNREACHABLE);
	assert_int_equal(signing_key_set(&one, &arena, &json), ERR_UNREACHABLE);
	fake_shelf_fails(OK);
	const char *kid = signer_of(&one, SIGNING_ES256);
	fake_shelf_fails(ERR_TIMEOUT);
	signing_forget(one.signing);
	unsigned lists = fake_shelf_lists();
	for (unsigned i = 0; i < 10; i++)
		assert_string_equal(signer_of(&one, SIGNING_ES256), kid);
	assert_int_equal(fake_shelf_lists(), lists + 1);
	unsigned gone;
	assert_int_equal(signing_rotate(&one, SIGNING_ES256, false, &gone), ERR_TIMEOUT);
}

/* Where it can be read and not written to, what is there is used. */
static void test_read_only(void **state)
{
	(void)state;
	struct secret token;
	struct text json;
	fake_shelf_refuses(ERR_CONFIG);
	assert_int_equal(
	    signing_sign(&one, SIGNING_ES256, "JWT", TEXT_LITERAL("{}"), &arena, &token), ERR_CONFIG);
	assert_int_equal(signing_key_set(&one, &arena, &json), ERR_CONFIG);
	fake_shelf_refuses(OK);
	(void)key_set(&two);
	assert_int_equal(shelf_remove(&one, SHELF_SIGNING_KEY, text_of(name_of(SIGNING_ES256))), OK);
	fake_shelf_refuses(ERR_CONFIG);
	signing_forget(one.signing);
	(void)token_of(&one, SIGNING_RS256);
	assert_int_equal(
	    signing_sign(&one, SIGNING_ES256, "JWT", TEXT_LITERAL("{}"), &arena, &token), ERR_CONFIG);
}

static void test_many(void **state)
{
	(void)state;
	unsigned gone;
	(void)key_set(&one);
	for (unsigned i = 3; i < SIGNING_KEYS_MAX; i++) {
		assert_int_equal(rotate(&one, SIGNING_EDDSA, false), 0);
		pass(1);
	}
	assert_int_equal(signing_rotate(&one, SIGNING_EDDSA, false, &gone), ERR_TOO_LARGE);
	assert_int_equal(count(key_set(&one), "\"kid\""), SIGNING_KEYS_MAX);
	assert_true(strlen(key_set(&one)) < 32768); /* oidc_json */
	pass(26 * HOUR_MS);
	assert_int_equal(rotate(&one, SIGNING_EDDSA, false), SIGNING_KEYS_MAX - 3);
	assert_string_equal(states(SIGNING_EDDSA), "comes signs");
}

static void *sign_and_rotate(void *context)
{
	unsigned *good = context;
	for (unsigned i = 0; i < 40; i++) {
		struct arena once = { 0 };
		struct secret token;
		*good += signing_sign(&one, SIGNING_EDDSA, "JWT", TEXT_LITERAL("{}"), &once, &token) == OK;
		signing_forget(one.signing);
		arena_done(&once);
	}
	return NULL;
}

/* A key that is replaced is not freed under the one who signs with it; and the first ones wait for one reading. */
static void test_threads(void **state)
{
	(void)state;
	pthread_t threads[4];
	unsigned good[4] = { 0, 0, 0, 0 };
	fake_shelf_slow(3);
	for (unsigned i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, sign_and_rotate, &good[i]), 0);
	for (unsigned i = 0; i < 3; i++)
		(void)rotate(&one, SIGNING_EDDSA, true);
	for (unsigned i = 0; i < COUNT(threads); i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(good[i], 40);
	}
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

/* Made when it is wanted; in no JWK Set, signs no token; every authority has the same certificate; a new one waits for fourteen days. */
static void test_saml(void **state)
{
	(void)state;
	struct text octets = TEXT_LITERAL("octets"), signature, certificate, again, all[4];
	struct secret token;
	unsigned n, gone;
	assert_int_equal(signing_certificates(&one, 4, &arena, all, &n), OK);
	assert_int_equal(n, 1);
	assert_int_equal(signing_sign_saml(&one, octets, &arena, &signature, &certificate), OK);
	assert_true(text_equal(certificate, all[0]) && signature.len == ENC_BASE64_SIZE(256) - 1);
	signing_forget(two.signing);
	assert_int_equal(signing_sign_saml(&two, octets, &arena, &again, &certificate), OK);
	assert_true(text_equal(signature, again) && text_equal(certificate, all[0]));
	assert_null(strstr(key_set(&one), "SAML"));
	assert_int_not_equal(signing_sign(&one, SIGNING_SAML, "JWT", TEXT_LITERAL("{}"), &arena, &token), OK);
	assert_int_equal(signing_rotate(&one, SIGNING_SAML, false, &gone), OK);
	pass(13 * 24 * HOUR_MS);
	assert_int_equal(signing_sign_saml(&one, octets, &arena, &signature, &certificate), OK);
	assert_true(text_equal(certificate, all[0]));
	pass(25 * HOUR_MS);
	assert_int_equal(signing_sign_saml(&one, octets, &arena, &signature, &certificate), OK);
	assert_false(text_equal(certificate, all[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_first),
		CASE(test_cjose_takes_them),
		CASE(test_two_begin_at_once),
		CASE(test_rotation),
		CASE(test_retired),
		CASE(test_broken),
		CASE(test_wrong_records),
		CASE(test_away),
		CASE(test_read_only),
		CASE(test_many),
		CASE(test_threads),
		CASE(test_saml),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
