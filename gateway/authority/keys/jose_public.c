/* jose_public.c - what everybody may know of a key, and the hashes that tokens carry. */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <sodium.h>
#include <string.h>
#include "authority/keys/jose_key.h"
#include "base/enc.h"

#define MEMBER_MAX 512 /* bytes: a modulus of 4096 bits */
#define COORDINATE_SIZE 32

bool jose_is_word(struct text text)
{
	static const char LETTERS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	return text.len > 0 && strspn(text.at, LETTERS) >= text.len;
}

static const char *encode(const unsigned char *bytes, int len, struct arena *arena)
{
	char *text = len > 0 ? arena_alloc(arena, ENC_BASE64URL_SIZE((size_t)len)) : NULL;
	if (text != NULL)
		enc_base64url(bytes, (size_t)len, text);
	return text;
}

/* A number of the key as base64url (RFC 7518 section 2): of that many bytes, 0 for as many as it takes. NULL when memory is out. */
static const char *number(const struct jose_key *key, const char *name, int size, struct arena *arena)
{
	unsigned char bytes[MEMBER_MAX];
	BIGNUM *value = NULL;
	int len = -1;
	if (EVP_PKEY_get_bn_param(key->pair, name, &value) == 1 && BN_num_bytes(value) <= MEMBER_MAX)
		len = size > 0 ? BN_bn2binpad(value, bytes, size) : BN_bn2bin(value, bytes);
	BN_free(value);
	return encode(bytes, len, arena);
}

static const char *point(const struct jose_key *key, struct arena *arena)
{
	unsigned char bytes[COORDINATE_SIZE];
	size_t len = sizeof bytes;
	bool got = EVP_PKEY_get_raw_public_key(key->pair, bytes, &len) == 1;
	return encode(bytes, got ? (int)len : -1, arena);
}

/* The members that RFC 7638 section 3.2 (and RFC 8037 section 2) names, in its order; NULL when memory is out. */
static const char *members(const struct jose_key *key, struct arena *arena)
{
	const char *one, *two = "";
	switch (key->alg) {
	case SIGNING_RS256:
	case SIGNING_SAML:
		one = number(key, OSSL_PKEY_PARAM_RSA_E, 0, arena);
		two = number(key, OSSL_PKEY_PARAM_RSA_N, 0, arena);
		break;
	case SIGNING_ES256:
		one = number(key, OSSL_PKEY_PARAM_EC_PUB_X, COORDINATE_SIZE, arena);
		two = number(key, OSSL_PKEY_PARAM_EC_PUB_Y, COORDINATE_SIZE, arena);
		break;
	case SIGNING_EDDSA:
	default:
		one = point(key, arena);
		break;
	}
	if (one == NULL || two == NULL)
		return NULL;
	if (key->alg == SIGNING_RS256 || key->alg == SIGNING_SAML)
		return arena_printf(arena, "\"e\":\"%s\",\"kty\":\"RSA\",\"n\":\"%s\"", one, two);
	if (key->alg == SIGNING_ES256)
		return arena_printf(
		    arena, "\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"%s\",\"y\":\"%s\"", one, two);
	return arena_printf(arena, "\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"%s\"", one);
}

static struct secret secret_of(const char *string)
{
	return (struct secret){ (unsigned char *)(uintptr_t)string, strlen(string) };
}

struct text jose_thumbprint(const struct jose_key *key, struct arena *arena)
{
	const char *parts = members(key, arena);
	const char *object = parts != NULL ? arena_printf(arena, "{%s}", parts) : NULL;
	char *text = object != NULL ? arena_alloc(arena, JOSE_S256_SIZE) : NULL;
	if (text != NULL)
		jose_s256(secret_of(object), text);
	return text_of(text);
}

struct text jose_jwk(const struct jose_key *key, struct text kid, struct arena *arena)
{
	const char *parts = jose_is_word(kid) ? members(key, arena) : NULL;
	if (parts == NULL)
		return text_of(NULL);
	return text_of(arena_printf(arena, "{%s,\"kid\":\"%.*s\",\"use\":\"sig\",\"alg\":\"%s\"}", parts,
	    TEXT_ARGS(kid), WIRE_ENUM_TEXT(signing_alg, key->alg)));
}

struct text jose_half_hash(enum signing_alg alg, struct secret value, struct arena *arena)
{
	unsigned char hash[crypto_hash_sha512_BYTES];
	int half = alg == SIGNING_EDDSA ? crypto_hash_sha512_BYTES / 2 : crypto_hash_sha256_BYTES / 2;
	if (alg == SIGNING_EDDSA)
		(void)crypto_hash_sha512(hash, value.at, value.len);
	else
		(void)crypto_hash_sha256(hash, value.at, value.len);
	return text_of(encode(hash, half, arena));
}

void jose_s256(struct secret value, char text[JOSE_S256_SIZE])
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	_Static_assert(JOSE_S256_SIZE == ENC_BASE64URL_SIZE(sizeof hash), "size of the text");
	(void)crypto_hash_sha256(hash, value.at, value.len);
	enc_base64url(hash, sizeof hash, text);
}
