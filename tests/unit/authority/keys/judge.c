#include "judge.h"
#include <cjose/cjose.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include "authority/keys/jose_key.h"
#include "base/enc.h"

#define SIGNATURE_MAX 1024
#define HALF 32

/* The public half, by way of its encoding, so that nothing private is left. */
static EVP_PKEY *public_half(const struct jose_key *key)
{
	unsigned char *der = NULL;
	int len = i2d_PUBKEY(key->pair, &der);
	const unsigned char *at = der;
	EVP_PKEY *pair = len > 0 ? d2i_PUBKEY(NULL, &at, len) : NULL;
	OPENSSL_free(der);
	return pair;
}

/* ECDSA's R and S back to DER. */
static size_t to_der(const unsigned char *flat, size_t len, unsigned char *der)
{
	if (len != 2 * (size_t)HALF)
		return 0;
	ECDSA_SIG *pair = ECDSA_SIG_new();
	(void)ECDSA_SIG_set0(pair, BN_bin2bn(flat, HALF, NULL), BN_bin2bn(flat + HALF, HALF, NULL));
	int n = i2d_ECDSA_SIG(pair, &der);
	ECDSA_SIG_free(pair);
	return n > 0 ? (size_t)n : 0;
}

static bool verify(
    EVP_PKEY *pair, enum signing_alg alg, const unsigned char *signature, size_t len, struct text input)
{
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	const EVP_MD *hash = alg == SIGNING_EDDSA ? NULL : EVP_sha256();
	bool good = EVP_DigestVerifyInit(digest, NULL, hash, NULL, pair) == 1 &&
		    EVP_DigestVerify(digest, signature, len, (const unsigned char *)input.at, input.len) == 1;
	EVP_MD_CTX_free(digest);
	return good;
}

bool judge_openssl(const struct jose_key *key, struct secret token)
{
	unsigned char flat[SIGNATURE_MAX], der[SIGNATURE_MAX];
	const char *text = (const char *)token.at, *dot = strrchr(text, '.');
	size_t text_len = strlen(dot + 1), len = text_len * 3 / 4;
	if (len > sizeof flat || enc_from_base64url(dot + 1, text_len, flat, len) != OK)
		return false;
	bool is_ec = key->alg == SIGNING_ES256;
	size_t der_len = is_ec ? to_der(flat, len, der) : len;
	EVP_PKEY *pair = public_half(key);
	bool good = pair != NULL && verify(pair, key->alg, is_ec ? der : flat, der_len,
					(struct text){ text, (size_t)(dot - text) });
	EVP_PKEY_free(pair);
	return good;
}

bool judge_cjose(struct text jwk, struct secret token)
{
	cjose_err err;
	cjose_jwk_t *key = cjose_jwk_import(jwk.at, jwk.len, &err);
	cjose_jws_t *jws = cjose_jws_import((const char *)token.at, token.len, &err);
	bool good = key != NULL && jws != NULL && cjose_jws_verify(jws, key, &err);
	cjose_jws_release(jws);
	cjose_jwk_release(key);
	return good;
}
