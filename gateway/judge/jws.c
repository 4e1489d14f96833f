/* jws.c - signatures of JSON Web Signature (RFC 7518 section 3.3 to 3.5, RFC 8037 section 3.1), by the algorithm of the key. */
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include "judge/jwt.h"
#include "judge/signature.h"

#define RSA_BITS_LEAST 2048
#define RSA_BITS_MOST 4096
#define ES256_SIZE 64u /* two numbers of P-256 (RFC 7518 section 3.4) */

static const struct algorithm {
	int key;
	const EVP_MD *(*digest)(void); /* NULL: the algorithm's own */
	bool pss;
} ALGORITHMS[] = {
	[JWS_RS256] = { EVP_PKEY_RSA, EVP_sha256, false },
	[JWS_PS256] = { EVP_PKEY_RSA, EVP_sha256, true },
	[JWS_ES256] = { EVP_PKEY_EC, EVP_sha256, false },
	[JWS_EDDSA] = { EVP_PKEY_ED25519, NULL, false },
};

static void free_key(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
}

static void free_context(EVP_MD_CTX **context)
{
	EVP_MD_CTX_free(*context);
}

/* P-256 is the only curve of ES256. */
static bool is_curve(const EVP_PKEY *key)
{
	char group[16];
	return EVP_PKEY_get_group_name(key, group, sizeof group, NULL) == 1 &&
	       OBJ_sn2nid(group) == NID_X9_62_prime256v1;
}

static bool is_of(const EVP_PKEY *key, const struct algorithm *algorithm)
{
	int bits = EVP_PKEY_get_bits(key);
	if (EVP_PKEY_get_base_id(key) != algorithm->key)
		return false;
	if (algorithm->key == EVP_PKEY_RSA)
		return bits >= RSA_BITS_LEAST && bits <= RSA_BITS_MOST;
	return algorithm->key != EVP_PKEY_EC || is_curve(key);
}

/* NULL: none, or none of the algorithm. */
static EVP_PKEY *open_key(enum jws_alg alg, struct bytes spki)
{
	const unsigned char *at = spki.at;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)spki.len);
	ERR_clear_error();
	if (key != NULL && at == spki.at + spki.len && is_of(key, &ALGORITHMS[alg]))
		return key;
	EVP_PKEY_free(key);
	return NULL;
}

bool jws_is_key(enum jws_alg alg, struct bytes spki)
{
	CLEANUP(free_key) EVP_PKEY *key = open_key(alg, spki);
	return key != NULL;
}

/* The salt is as long as the hash (RFC 7518 section 3.5). */
static bool set_padding(EVP_PKEY_CTX *context, const struct algorithm *algorithm)
{
	return !algorithm->pss || (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
				      EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1);
}

bool jws_verify(const struct msg_client_key *key, struct bytes octets, struct bytes signature)
{
	const struct algorithm *algorithm = &ALGORITHMS[key->alg];
	CLEANUP(free_key) EVP_PKEY *opened = open_key(key->alg, key->spki);
	CLEANUP(free_context) EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char der[SIGNATURE_DER_MAX];
	EVP_PKEY_CTX *padding = NULL;
	if (algorithm->key == EVP_PKEY_EC) {
		int len = signature.len == ES256_SIZE ? signature_to_der(signature, der) : 0;
		signature = (struct bytes){ der, (size_t)(len > 0 ? len : 0) };
	}
	const EVP_MD *digest = algorithm->digest != NULL ? algorithm->digest() : NULL;
	bool good = opened != NULL && context != NULL && signature.len > 0 &&
		    EVP_DigestVerifyInit(context, &padding, digest, NULL, opened) == 1 &&
		    set_padding(padding, algorithm) &&
		    EVP_DigestVerify(context, signature.at, signature.len, octets.at, octets.len) == 1;
	ERR_clear_error();
	return good;
}
