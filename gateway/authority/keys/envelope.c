#include "authority/keys/envelope.h"
#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include "base/enc.h"
#include "base/secret.h"

#define IV_SIZE 12
#define TAG_SIZE 16
#define KEY_MAX 32
#define WRAPPED_MAX 1024 /* a key of 8192 bits */

static const struct {
	const EVP_CIPHER *(*cipher)(void);
	size_t key_size;
} CIPHERS[] = {
	[SAML_AES128_GCM] = { EVP_aes_128_gcm, 16 },
	[SAML_AES256_GCM] = { EVP_aes_256_gcm, 32 },
};

/* Of the padding and of its mask. */
static const EVP_MD *(*const DIGESTS[])(void) = {
	[SAML_OAEP_SHA1] = EVP_sha1,
	[SAML_OAEP_SHA256] = EVP_sha256,
};

static void free_key(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
}

static void free_asking(EVP_PKEY_CTX **asking)
{
	EVP_PKEY_CTX_free(*asking);
}

static void free_cipher(EVP_CIPHER_CTX **cipher)
{
	EVP_CIPHER_CTX_free(*cipher);
}

static enum err fault(void)
{
	ERR_clear_error();
	return ERR_INTERNAL;
}

/* IV, content and tag in a row (XML Encryption 1.1, 5.2.4). room: for all three. */
static bool encrypt_content(
    enum saml_cipher kind, const unsigned char *key, struct text plain, unsigned char *room, size_t *len_r)
{
	CLEANUP(free_cipher) EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
	unsigned char *content = room + IV_SIZE;
	int n = 0, rest = 0;
	secret_random(room, IV_SIZE);
	bool done =
	    cipher != NULL && plain.len < INT_MAX &&
	    EVP_EncryptInit_ex(cipher, CIPHERS[kind].cipher(), NULL, key, room) == 1 &&
	    EVP_EncryptUpdate(cipher, content, &n, (const unsigned char *)plain.at, (int)plain.len) == 1 &&
	    EVP_EncryptFinal_ex(cipher, content + n, &rest) == 1 &&
	    EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_GET_TAG, TAG_SIZE, content + plain.len) == 1;
	*len_r = IV_SIZE + plain.len + TAG_SIZE;
	return done;
}

static EVP_PKEY *open_key(struct bytes spki)
{
	const unsigned char *at = spki.at;
	return spki.at != NULL ? d2i_PUBKEY(NULL, &at, (long)spki.len) : NULL;
}

static bool wrap(const struct envelope_to *to, const unsigned char *key, size_t key_size,
    unsigned char wrapped[WRAPPED_MAX], size_t *len_r)
{
	CLEANUP(free_key) EVP_PKEY *pair = open_key(to->spki);
	CLEANUP(free_asking) EVP_PKEY_CTX *asking = pair != NULL ? EVP_PKEY_CTX_new(pair, NULL) : NULL;
	const EVP_MD *digest = DIGESTS[to->transport]();
	*len_r = WRAPPED_MAX;
	return asking != NULL && EVP_PKEY_get_base_id(pair) == EVP_PKEY_RSA &&
	       EVP_PKEY_encrypt_init(asking) == 1 &&
	       EVP_PKEY_CTX_set_rsa_padding(asking, RSA_PKCS1_OAEP_PADDING) == 1 &&
	       EVP_PKEY_CTX_set_rsa_oaep_md(asking, digest) == 1 &&
	       EVP_PKEY_CTX_set_rsa_mgf1_md(asking, digest) == 1 &&
	       EVP_PKEY_encrypt(asking, wrapped, len_r, key, key_size) == 1;
}

enum err envelope_seal(
    const struct envelope_to *to, struct text plain, struct arena *arena, struct envelope *envelope_r)
{
	unsigned char noise[KEY_MAX], wrapped[WRAPPED_MAX];
	unsigned char *room = arena_alloc(arena, IV_SIZE + plain.len + TAG_SIZE);
	struct secret key = { noise, sizeof noise };
	size_t len, wrapped_len;
	if (room == NULL)
		return ERR_NO_MEMORY;
	secret_random(noise, sizeof noise);
	bool done = encrypt_content(to->cipher, noise, plain, room, &len) &&
		    wrap(to, noise, CIPHERS[to->cipher].key_size, wrapped, &wrapped_len);
	secret_erase(&key);
	if (!done)
		return fault();
	envelope_r->key = enc_base64_text(wrapped, wrapped_len, arena);
	envelope_r->content = enc_base64_text(room, len, arena);
	return envelope_r->key.at != NULL && envelope_r->content.at != NULL ? OK : ERR_NO_MEMORY;
}
