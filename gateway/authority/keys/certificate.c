#include "authority/keys/certificate.h"
#include <openssl/err.h>
#include <openssl/x509.h>
#include <sodium.h>
#include <string.h>
#include "authority/keys/jose_key.h"
#include "base/enc.h"

#define SERIAL_SIZE 16
#define SIGNATURE_MAX 512
#define YEARS_S (20LL * 365 * 24 * 3600)

static void free_certificate(X509 **certificate)
{
	X509_free(*certificate);
}

static enum err fault(void)
{
	ERR_clear_error();
	return ERR_INTERNAL;
}

static enum err as_base64(const void *bytes, size_t len, struct arena *arena, struct text *base64_r)
{
	*base64_r = enc_base64_text(bytes, len, arena);
	return base64_r->at != NULL ? OK : ERR_NO_MEMORY;
}

/* A positive number that follows from the key. */
static bool set_serial(X509 *certificate, const char *kid)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	(void)crypto_hash_sha256(hash, (const unsigned char *)kid, strlen(kid));
	hash[0] = (unsigned char)((hash[0] & 0x7fu) | 0x40u);
	BIGNUM *number = BN_bin2bn(hash, SERIAL_SIZE, NULL);
	bool set = number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;
	BN_free(number);
	return set;
}

static bool set_name(X509 *certificate)
{
	static const unsigned char NAME[] = "SPOM SAML signing";
	X509_NAME *name = X509_get_subject_name(certificate);
	return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, NAME, -1, -1, 0) == 1 &&
	       X509_set_issuer_name(certificate, name) == 1;
}

static bool set_times(X509 *certificate, int64_t made_ms)
{
	time_t from = (time_t)(made_ms / 1000);
	return ASN1_TIME_set(X509_getm_notBefore(certificate), from) != NULL &&
	       ASN1_TIME_set(X509_getm_notAfter(certificate), from + YEARS_S) != NULL;
}

enum err certificate_of(
    const struct jose_key *key, int64_t made_ms, struct arena *arena, struct text *base64_r)
{
	CLEANUP(free_certificate) X509 *certificate = X509_new();
	struct text kid = jose_thumbprint(key, arena);
	if (certificate == NULL || kid.at == NULL)
		return ERR_NO_MEMORY;
	if (X509_set_version(certificate, X509_VERSION_3) != 1 || !set_serial(certificate, kid.at) ||
	    !set_name(certificate) || !set_times(certificate, made_ms) ||
	    X509_set_pubkey(certificate, key->pair) != 1 ||
	    X509_sign(certificate, key->pair, EVP_sha256()) <= 0)
		return fault();
	int len = i2d_X509(certificate, NULL);
	unsigned char *der = len > 0 ? arena_alloc(arena, (size_t)len) : NULL, *at = der;
	if (der == NULL || i2d_X509(certificate, &at) != len)
		return fault();
	return as_base64(der, (size_t)len, arena, base64_r);
}

enum err certificate_sign(
    const struct jose_key *key, struct text octets, struct arena *arena, struct text *base64_r)
{
	unsigned char signature[SIGNATURE_MAX];
	size_t len = sizeof signature;
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	bool done =
	    digest != NULL && key->alg == SIGNING_SAML &&
	    EVP_DigestSignInit_ex(digest, NULL, "SHA256", NULL, NULL, key->pair, NULL) == 1 &&
	    EVP_DigestSign(digest, signature, &len, (const unsigned char *)octets.at, octets.len) == 1;
	EVP_MD_CTX_free(digest);
	return done ? as_base64(signature, len, arena, base64_r) : fault();
}

void certificate_digest(struct text octets, char base64[CERTIFICATE_DIGEST_SIZE])
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	(void)crypto_hash_sha256(hash, (const unsigned char *)octets.at, octets.len);
	enc_base64(hash, sizeof hash, base64);
}
