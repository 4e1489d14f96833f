#include "authority/keys/keys.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include "base/enc.h"
#include "conf/conf.h"

#define MASTER_SIZE 32u
#define FORMAT 1
#define NONCE_SIZE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_SIZE crypto_aead_xchacha20poly1305_ietf_ABYTES
_Static_assert(KEYS_SEAL_EXTRA == 1 + NONCE_SIZE + TAG_SIZE, "the head of a sealed value");
_Static_assert(KEYS_HASH_SIZE == crypto_generichash_BYTES, "hash size");

struct keys {
	uint8_t sub[KEY_PURPOSE_COUNT_][32];
};

static enum err derive(struct keys *keys, const uint8_t master[MASTER_SIZE])
{
	for (unsigned i = 0; i < KEY_PURPOSE_COUNT_; i++)
		if (crypto_kdf_derive_from_key(
			keys->sub[i], sizeof keys->sub[i], i + 1, "spom-v1 ", master) != 0)
			return ERR_INTERNAL;
	return OK;
}

static enum err read_master(const char *file, uint8_t master[MASTER_SIZE])
{
	if (*file == '\0') {
		secret_random(master, MASTER_SIZE);
		return OK;
	}
	CLEANUP(secret_free) struct secret line = { NULL, 0 };
	enum err err = conf_secret(file, 128, &line);
	if (err == OK)
		err = enc_from_base64url((const char *)line.at, line.len, master, MASTER_SIZE);
	return err;
}

enum err keys_new(const char *master_key_file, struct keys **keys_r)
{
	if (sodium_init() < 0)
		return ERR_INTERNAL;
	struct keys *keys = sodium_malloc(sizeof *keys); /* locked, guarded, not in core dumps */
	if (keys == NULL)
		return ERR_NO_MEMORY;
	uint8_t master[MASTER_SIZE];
	enum err err = read_master(master_key_file, master);
	if (err == OK)
		err = derive(keys, master);
	explicit_bzero(master, sizeof master);
	if (err != OK || sodium_mprotect_readonly(keys) != 0) {
		keys_free(&keys);
		return err != OK ? err : ERR_INTERNAL;
	}
	*keys_r = keys;
	return OK;
}

void keys_free(struct keys **keys)
{
	sodium_free(*keys);
	*keys = NULL;
}

void keys_hash(const struct keys *keys, enum key_purpose purpose, const void *bytes, size_t len,
    uint8_t hash[KEYS_HASH_SIZE])
{
	if (crypto_generichash(
		hash, KEYS_HASH_SIZE, bytes, len, keys->sub[purpose], sizeof keys->sub[purpose]) != 0)
		abort(); /* only wrong sizes fail, and they are constants */
}

enum err keys_seal(const struct keys *keys, enum key_purpose purpose, struct bytes plain, struct arena *arena,
    struct secret *sealed_r)
{
	size_t len = plain.len + KEYS_SEAL_EXTRA;
	uint8_t *sealed = arena_alloc(arena, len);
	char *text = arena_alloc(arena, ENC_BASE64URL_SIZE(len));
	if (sealed == NULL || text == NULL)
		return ERR_NO_MEMORY;
	uint8_t *nonce = sealed + 1;
	sealed[0] = FORMAT;
	secret_random(nonce, NONCE_SIZE);
	(void)crypto_aead_xchacha20poly1305_ietf_encrypt(
	    nonce + NONCE_SIZE, NULL, plain.at, plain.len, sealed, 1, NULL, nonce, keys->sub[purpose]);
	enc_base64url(sealed, len, text);
	*sealed_r = (struct secret){ (uint8_t *)text, ENC_BASE64URL_SIZE(len) - 1 };
	return OK;
}

enum err keys_unseal(const struct keys *keys, enum key_purpose purpose, struct secret sealed,
    struct arena *arena, struct bytes *plain_r)
{
	size_t len = sealed.len * 3 / 4;
	if (len < KEYS_SEAL_EXTRA || sealed.len > WIRE_BODY_MAX)
		return ERR_MALFORMED;
	uint8_t *bytes = arena_alloc(arena, len);
	uint8_t *plain = arena_alloc(arena, len);
	if (bytes == NULL || plain == NULL)
		return ERR_NO_MEMORY;
	enum err err = enc_from_base64url((const char *)sealed.at, sealed.len, bytes, len);
	if (err != OK || bytes[0] != FORMAT)
		return ERR_MALFORMED;
	const uint8_t *nonce = bytes + 1, *text = nonce + NONCE_SIZE;
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(
		plain, NULL, NULL, text, len - 1 - NONCE_SIZE, bytes, 1, nonce, keys->sub[purpose]) != 0)
		return ERR_MALFORMED;
	*plain_r = (struct bytes){ plain, len - KEYS_SEAL_EXTRA };
	return OK;
}
