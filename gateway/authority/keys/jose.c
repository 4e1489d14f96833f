/* jose.c - keys that sign: made, kept, used. */
#include "authority/keys/jose.h"
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include "authority/keys/jose_key.h"
#include "base/enc.h"

#define RSA_BITS 2048
#define RSA_BITS_MAX 4096
#define SIGNATURE_MAX (RSA_BITS_MAX / 8)
#define P256_SIZE 32
#define LOCKED_LEAST 32 /* bytes that the library's locked memory gives at least */

/* By enum signing_alg. */
static const struct kind {
	const char *type;
	const char *curve;
	const char *digest; /* NULL: the algorithm's own */
} KINDS[] = {
	[SIGNING_RS256] = { "RSA", NULL, "SHA256" },
	[SIGNING_ES256] = { "EC", "prime256v1", "SHA256" },
	[SIGNING_EDDSA] = { "ED25519", NULL, NULL },
	[SIGNING_SAML] = { "RSA", NULL, "SHA256" },
};

static bool is_begun;
static bool is_locked;

enum err jose_begin(void)
{
	if (is_begun)
		return OK;
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
		return ERR_NO_MEMORY;
	int got = CRYPTO_secure_malloc_init(JOSE_LOCKED, LOCKED_LEAST);
	if (got == 0)
		return ERR_NO_MEMORY;
	is_locked = got == 1;
	is_begun = true;
	return OK;
}

bool jose_is_locked(void)
{
	return is_locked;
}

/* What the library says of its faults is of no use to anybody, and would wait in the thread for ever. */
static enum err fault(enum err err)
{
	ERR_clear_error();
	return err;
}

/* Takes the pair over, NULL too. */
static enum err give(enum signing_alg alg, EVP_PKEY *pair, enum err without, struct jose_key **key_r)
{
	struct jose_key *key = pair != NULL ? malloc(sizeof *key) : NULL;
	if (key == NULL) {
		EVP_PKEY_free(pair);
		return fault(pair != NULL ? ERR_NO_MEMORY : without);
	}
	*key = (struct jose_key){ .alg = alg, .pair = pair };
	*key_r = key;
	return OK;
}

enum err jose_generate(enum signing_alg alg, struct jose_key **key_r)
{
	EVP_PKEY *pair = NULL;
	switch (alg) {
	case SIGNING_RS256:
	case SIGNING_SAML:
		pair = EVP_RSA_gen(RSA_BITS);
		break;
	case SIGNING_ES256:
		pair = EVP_EC_gen(KINDS[alg].curve);
		break;
	case SIGNING_EDDSA:
		pair = EVP_PKEY_Q_keygen(NULL, NULL, KINDS[alg].type);
		break;
	}
	return give(alg, pair, ERR_INTERNAL, key_r);
}

void jose_free(struct jose_key **key)
{
	if (*key == NULL)
		return;
	EVP_PKEY_free((*key)->pair);
	free(*key);
	*key = NULL;
}

static void free_info(PKCS8_PRIV_KEY_INFO **info)
{
	PKCS8_PRIV_KEY_INFO_free(*info); /* erases */
}

enum err jose_export(const struct jose_key *key, struct secret *der_r)
{
	CLEANUP(free_info) PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key->pair);
	struct secret der;
	int len = info != NULL ? i2d_PKCS8_PRIV_KEY_INFO(info, NULL) : -1;
	if (len <= 0 || len > JOSE_DER_MAX)
		return fault(ERR_INTERNAL);
	enum err err = secret_own((size_t)len, &der);
	if (err != OK)
		return err;
	unsigned char *at = der.at;
	if (i2d_PKCS8_PRIV_KEY_INFO(info, &at) != len) {
		secret_free(&der);
		return fault(ERR_INTERNAL);
	}
	*der_r = der;
	return OK;
}

static bool has_curve(const EVP_PKEY *pair, const char *curve)
{
	char name[32];
	size_t len;
	return EVP_PKEY_get_group_name(pair, name, sizeof name, &len) == 1 && strcmp(name, curve) == 0;
}

static bool is_of(const EVP_PKEY *pair, enum signing_alg alg)
{
	if (pair == NULL || EVP_PKEY_is_a(pair, KINDS[alg].type) != 1)
		return false;
	if (KINDS[alg].curve != NULL)
		return has_curve(pair, KINDS[alg].curve);
	int bits = EVP_PKEY_get_bits(pair);
	return alg == SIGNING_EDDSA || (bits >= RSA_BITS && bits <= RSA_BITS_MAX);
}

enum err jose_import(enum signing_alg alg, struct secret der, struct jose_key **key_r)
{
	const unsigned char *at = der.at;
	if (at == NULL || der.len > JOSE_DER_MAX)
		return ERR_MALFORMED;
	CLEANUP(free_info) PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)der.len);
	bool whole = info != NULL && at == der.at + der.len;
	EVP_PKEY *pair = whole ? EVP_PKCS82PKEY(info) : NULL;
	if (!is_of(pair, alg)) {
		EVP_PKEY_free(pair);
		pair = NULL;
	}
	return give(alg, pair, ERR_MALFORMED, key_r);
}

/* --- signing ---------------------------------------------------------------------------------------------------- */

static void free_digest(EVP_MD_CTX **digest)
{
	EVP_MD_CTX_free(*digest);
}

static bool sign(const struct jose_key *key, struct text input, unsigned char *at, size_t *len)
{
	CLEANUP(free_digest) EVP_MD_CTX *digest = EVP_MD_CTX_new();
	return digest != NULL &&
	       EVP_DigestSignInit_ex(digest, NULL, KINDS[key->alg].digest, NULL, NULL, key->pair, NULL) ==
		   1 &&
	       EVP_DigestSign(digest, at, len, (const unsigned char *)input.at, input.len) == 1;
}

/* RFC 7518 section 3.4: R and S of 32 bytes each, in the place of their DER. */
static bool flatten(unsigned char *at, size_t *len)
{
	const unsigned char *from = at;
	ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &from, (long)*len);
	bool fits = pair != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(pair), at, P256_SIZE) == P256_SIZE &&
		    BN_bn2binpad(ECDSA_SIG_get0_s(pair), at + P256_SIZE, P256_SIZE) == P256_SIZE;
	ECDSA_SIG_free(pair);
	*len = (size_t)2 * P256_SIZE;
	return fits;
}

static struct text header(const struct jose_key *key, const char *typ, struct text kid, struct arena *arena)
{
	const char *alg = WIRE_ENUM_TEXT(signing_alg, key->alg);
	bool typed = typ != NULL, named = kid.at != NULL;
	return text_of(arena_printf(arena, "{\"alg\":\"%s\"%s%s%s%s%.*s%s}", alg, typed ? ",\"typ\":\"" : "",
	    typed ? typ : "", typed ? "\"" : "", named ? ",\"kid\":\"" : "", TEXT_ARGS(kid),
	    named ? "\"" : ""));
}

/* Appends bytes as base64url; there is room. */
static void append(struct secret *token, const void *bytes, size_t len)
{
	enc_base64url(bytes, len, (char *)token->at + token->len);
	token->len += ENC_BASE64URL_SIZE(len) - 1;
}

enum err jose_sign(const struct jose_key *key, const char *typ, struct text kid, struct text payload,
    struct arena *arena, struct secret *token_r)
{
	unsigned char signature[SIGNATURE_MAX];
	size_t len = sizeof signature;
	if (key->alg == SIGNING_SAML || (kid.at != NULL && !jose_is_word(kid)))
		return ERR_MALFORMED;
	struct text head = header(key, typ, kid, arena);
	struct secret token = { arena_alloc(arena, ENC_BASE64URL_SIZE(head.len) +
						       ENC_BASE64URL_SIZE(payload.len) +
						       ENC_BASE64URL_SIZE(sizeof signature)),
		0 };
	if (head.at == NULL || token.at == NULL)
		return ERR_NO_MEMORY;
	append(&token, head.at, head.len);
	token.at[token.len++] = '.';
	append(&token, payload.at, payload.len);
	if (!sign(key, (struct text){ (const char *)token.at, token.len }, signature, &len) ||
	    (key->alg == SIGNING_ES256 && !flatten(signature, &len)))
		return fault(ERR_INTERNAL);
	token.at[token.len++] = '.';
	append(&token, signature, len);
	*token_r = token;
	return OK;
}

/* --- and looking at what was signed ------------------------------------------------------------------------------ */

static bool verify(const struct jose_key *key, struct text input, const unsigned char *at, size_t len)
{
	CLEANUP(free_digest) EVP_MD_CTX *digest = EVP_MD_CTX_new();
	return digest != NULL &&
	       EVP_DigestVerifyInit_ex(digest, NULL, KINDS[key->alg].digest, NULL, NULL, key->pair, NULL) ==
		   1 &&
	       EVP_DigestVerify(digest, at, len, (const unsigned char *)input.at, input.len) == 1;
}

/* The way back from flatten: at has room for SIGNATURE_MAX bytes. */
static bool unflatten(unsigned char *at, size_t *len)
{
	unsigned char *der = at;
	ECDSA_SIG *pair = *len == (size_t)2 * P256_SIZE ? ECDSA_SIG_new() : NULL;
	BIGNUM *r = pair != NULL ? BN_bin2bn(at, P256_SIZE, NULL) : NULL;
	BIGNUM *s = pair != NULL ? BN_bin2bn(at + P256_SIZE, P256_SIZE, NULL) : NULL;
	bool set = r != NULL && s != NULL && ECDSA_SIG_set0(pair, r, s) == 1;
	int written = set ? i2d_ECDSA_SIG(pair, &der) : -1;
	if (!set) {
		BN_free(r);
		BN_free(s);
	}
	ECDSA_SIG_free(pair);
	*len = written > 0 ? (size_t)written : 0;
	return written > 0;
}

/* The part behind the last dot, as bytes. */
static bool read_signature(
    const struct jose_key *key, struct text part, unsigned char at[SIGNATURE_MAX], size_t *len_r)
{
	size_t len = part.len * 3 / 4;
	if (len == 0 || len > SIGNATURE_MAX || enc_from_base64url(part.at, part.len, at, len) != OK)
		return false;
	*len_r = len;
	return key->alg != SIGNING_ES256 || unflatten(at, len_r);
}

static bool is_signed(const struct jose_key *key, struct text token, size_t dot)
{
	unsigned char signature[SIGNATURE_MAX];
	size_t len;
	struct text part = { token.at + dot + 1, token.len - dot - 1 };
	return read_signature(key, part, signature, &len) &&
	       verify(key, (struct text){ token.at, dot }, signature, len);
}

enum err jose_open(const struct jose_key *key, const char *typ, struct text kid, struct text token,
    struct arena *arena, struct text *payload_r)
{
	struct text head = header(key, typ, kid, arena);
	char *begin = head.at != NULL ? arena_alloc(arena, ENC_BASE64URL_SIZE(head.len)) : NULL;
	if (begin == NULL)
		return ERR_NO_MEMORY;
	enc_base64url(head.at, head.len, begin);
	size_t first = strlen(begin);
	if (!text_starts_with(token, begin) || token.len <= first + 1 || token.at[first] != '.')
		return ERR_MALFORMED;
	const char *last = memrchr(token.at, '.', token.len);
	size_t dot = (size_t)(last - token.at);
	if (dot <= first || !is_signed(key, token, dot))
		return fault(ERR_MALFORMED);
	size_t len = dot - first - 1, room = len * 3 / 4;
	char *payload = arena_alloc(arena, room + 1);
	if (payload == NULL)
		return ERR_NO_MEMORY;
	if (enc_from_base64url(token.at + first + 1, len, payload, room) != OK)
		return ERR_MALFORMED;
	*payload_r = (struct text){ payload, room };
	return OK;
}
