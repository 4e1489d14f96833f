/* jwk.c - a set of keys as clients publish it (RFC 7517, RFC 7518 section 6, RFC 8037 section 2), made into what is registered: one encoding of
 * each key, and the one algorithm by which it signs. */
#include <jansson.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>
#include <string.h>
#include "base/enc.h"
#include "judge/jwt.h"
#include "wire/json.h"

#define KEYS_MAX 4u
#define MEMBERS_MAX 64u /* of the array, those for encryption too */
#define KID_MAX 128u
#define WORD_MAX 16u    /* the longest of kty, crv, use, alg that we know is shorter */
#define NUMBER_MAX 700u /* base64url of 4096 bits and a little */
#define SPKI_MAX 560
#define COORDINATE 32u
#define EXPONENT_MAX 8u
#define EXPONENT_LEAST 65537u /* FIPS 186-5 section 5.4 */

struct reading {
	struct arena *arena;
	struct msg_client_key *keys;
	uint32_t n;
	enum judge_fault fault;
};

/* --- parts of a key ----------------------------------------------------------------------------------------------- */

/* A member that is a number or coordinate: bytes as they are. */
static bool read_part(const json_t *jwk, const char *name, struct arena *arena, struct bytes *bytes_r)
{
	struct text text;
	return jwt_text(jwk, name, NUMBER_MAX, arena, &text) && text.at != NULL &&
	       jwt_bytes(text, arena, bytes_r) && bytes_r->len > 0;
}

static void free_builder(OSSL_PARAM_BLD **builder)
{
	OSSL_PARAM_BLD_free(*builder);
}

static void free_context(EVP_PKEY_CTX **context)
{
	EVP_PKEY_CTX_free(*context);
}

/* The key of what was put together; NULL: it is none. */
static EVP_PKEY *build(const char *type, OSSL_PARAM_BLD *builder)
{
	CLEANUP(free_context) EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
	EVP_PKEY *key = NULL;
	if (params == NULL || context == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
	    EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		key = NULL;
	OSSL_PARAM_free(params);
	return key;
}

static bool is_exponent(struct bytes bytes)
{
	uint64_t number = 0;
	for (size_t i = 0; bytes.len <= EXPONENT_MAX && i < bytes.len; i++)
		number = number << 8 | bytes.at[i];
	return bytes.at[0] != 0 && number >= EXPONENT_LEAST && (number & 1) == 1;
}

static EVP_PKEY *make_rsa(const json_t *jwk, struct arena *arena)
{
	CLEANUP(free_builder) OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	struct bytes n, e;
	if (builder == NULL || !read_part(jwk, "n", arena, &n) || !read_part(jwk, "e", arena, &e) ||
	    n.at[0] == 0 || !is_exponent(e))
		return NULL;
	BIGNUM *modulus = BN_bin2bn(n.at, (int)n.len, NULL), *exponent = BN_bin2bn(e.at, (int)e.len, NULL);
	EVP_PKEY *key = NULL;
	if (modulus != NULL && exponent != NULL && BN_is_odd(modulus) &&
	    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus) == 1 &&
	    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent) == 1)
		key = build("RSA", builder);
	BN_free(modulus);
	BN_free(exponent);
	return key;
}

/* The library refuses a point that is not on the curve. */
static EVP_PKEY *make_ec(const json_t *jwk, struct arena *arena)
{
	CLEANUP(free_builder) OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	unsigned char point[1 + 2 * COORDINATE] = { 4 }; /* uncompressed (SEC 1 section 2.3.3) */
	struct bytes x, y;
	if (builder == NULL || !read_part(jwk, "x", arena, &x) || !read_part(jwk, "y", arena, &y) ||
	    x.len != COORDINATE || y.len != COORDINATE)
		return NULL;
	memcpy(point + 1, x.at, COORDINATE);
	memcpy(point + 1 + COORDINATE, y.at, COORDINATE);
	if (OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) != 1 ||
	    OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point) != 1)
		return NULL;
	return build("EC", builder);
}

static EVP_PKEY *make_ed25519(const json_t *jwk, struct arena *arena)
{
	struct bytes x;
	if (!read_part(jwk, "x", arena, &x) || x.len != COORDINATE)
		return NULL;
	return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, x.at, x.len);
}

/* What signs by the first of its rows, unless it names another. */
static const struct kind {
	const char *kty, *crv; /* crv NULL: it has none */
	enum jws_alg alg;
	EVP_PKEY *(*make)(const json_t *jwk, struct arena *arena);
} KINDS[] = {
	{ "RSA", NULL, JWS_RS256, make_rsa },
	{ "RSA", NULL, JWS_PS256, make_rsa },
	{ "EC", "P-256", JWS_ES256, make_ec },
	{ "OKP", "Ed25519", JWS_EDDSA, make_ed25519 },
};

/* --- a key -------------------------------------------------------------------------------------------------------- */

static enum judge_fault find_kind(const json_t *jwk, struct arena *arena, const struct kind **kind_r)
{
	struct text kty, crv, alg;
	if (!jwt_text(jwk, "kty", WORD_MAX, arena, &kty) || !jwt_text(jwk, "crv", WORD_MAX, arena, &crv) ||
	    !jwt_text(jwk, "alg", WORD_MAX, arena, &alg))
		return JUDGE_SHAPE;
	bool known = false;
	for (size_t i = 0; i < COUNT(KINDS); i++) {
		const struct kind *kind = &KINDS[i];
		if (!text_equal_str(kty, kind->kty) || (kind->crv != NULL && !text_equal_str(crv, kind->crv)))
			continue;
		known = true;
		if (alg.at != NULL && !text_equal_str(alg, WIRE_ENUM_TEXT(jws_alg, kind->alg)))
			continue;
		*kind_r = kind;
		return JUDGE_NONE;
	}
	return known ? JUDGE_ALGORITHM : JUDGE_KEY;
}

static bool encode(EVP_PKEY *key, struct arena *arena, struct bytes *spki_r)
{
	int len = key != NULL ? i2d_PUBKEY(key, NULL) : 0;
	unsigned char *der = len > 0 && len <= SPKI_MAX ? arena_alloc(arena, (size_t)len) : NULL;
	unsigned char *at = der;
	if (der == NULL || i2d_PUBKEY(key, &at) != len)
		return false;
	*spki_r = (struct bytes){ der, (size_t)len };
	return true;
}

static enum judge_fault read_key(const json_t *jwk, struct arena *arena, struct msg_client_key *key_r)
{
	const struct kind *kind = NULL;
	enum judge_fault fault = find_kind(jwk, arena, &kind);
	if (fault != JUDGE_NONE)
		return fault;
	if (!jwt_text(jwk, "kid", KID_MAX, arena, &key_r->kid) ||
	    (key_r->kid.at != NULL && key_r->kid.len == 0))
		return JUDGE_SHAPE;
	EVP_PKEY *key = kind->make(jwk, arena);
	bool good = encode(key, arena, &key_r->spki);
	EVP_PKEY_free(key);
	ERR_clear_error();
	key_r->alg = kind->alg;
	return good && jws_is_key(kind->alg, key_r->spki) ? JUDGE_NONE : JUDGE_KEY;
}

/* --- the set ------------------------------------------------------------------------------------------------------ */

/* RFC 7518 sections 6.2.2, 6.3.2 and 6.4. */
static bool is_private(const json_t *jwk)
{
	return json_object_get(jwk, "d") != NULL || json_object_get(jwk, "p") != NULL ||
	       json_object_get(jwk, "k") != NULL;
}

static bool is_for_others(const json_t *jwk)
{
	const char *use = json_string_value(json_object_get(jwk, "use"));
	return use != NULL && strcmp(use, "sig") != 0;
}

static bool has_kid(const struct reading *reading, struct text kid)
{
	for (uint32_t i = 0; i < reading->n; i++)
		if (kid.at != NULL && text_equal(kid, reading->keys[i].kid))
			return true;
	return false;
}

static enum judge_fault add_key(struct reading *reading, const json_t *jwk)
{
	if (!json_is_object(jwk))
		return JUDGE_SHAPE;
	if (is_private(jwk))
		return JUDGE_PRIVATE;
	if (is_for_others(jwk))
		return JUDGE_NONE;
	if (reading->n == KEYS_MAX)
		return JUDGE_TOO_LARGE;
	struct msg_client_key *key = &reading->keys[reading->n];
	enum judge_fault fault = read_key(jwk, reading->arena, key);
	if (fault == JUDGE_NONE && has_kid(reading, key->kid))
		fault = JUDGE_SHAPE; /* RFC 7517 section 4.5: distinct */
	reading->n += fault == JUDGE_NONE;
	return fault;
}

static enum err read_set(struct json_t *set, void *to)
{
	struct reading *reading = to;
	const json_t *keys = json_object_get(set, "keys");
	size_t n = json_array_size(keys);
	reading->fault = JUDGE_NONE;
	if (!json_is_array(keys))
		reading->fault =
		    json_object_get(set, "kty") != NULL && is_private(set) ? JUDGE_PRIVATE : JUDGE_SHAPE;
	else if (n > MEMBERS_MAX)
		reading->fault = JUDGE_TOO_LARGE;
	for (size_t i = 0; reading->fault == JUDGE_NONE && i < n; i++)
		reading->fault = add_key(reading, json_array_get(keys, i));
	if (reading->fault == JUDGE_NONE && reading->n == 0)
		reading->fault = JUDGE_KEY;
	return OK;
}

enum judge_fault jwk_judge_set(
    const struct msg_judge_jwks *ask, struct arena *arena, struct msg_judged_jwks *judged_r)
{
	struct reading reading = { .arena = arena, .fault = JUDGE_MALFORMED };
	const struct text json = { (const char *)ask->jwks.at, ask->jwks.len };
	reading.keys = arena_array(arena, KEYS_MAX, sizeof *reading.keys);
	if (reading.keys == NULL)
		return JUDGE_TOO_LARGE;
	if (!text_is_utf8(json.at, json.len) || wire_json_look(json, read_set, &reading) != OK)
		return JUDGE_MALFORMED;
	if (reading.fault != JUDGE_NONE)
		return reading.fault;
	judged_r->keys.at = reading.keys;
	judged_r->keys.n = reading.n;
	return JUDGE_NONE;
}
