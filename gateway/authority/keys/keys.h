/* keys.h - the long-lived keys. Nothing outside of this folder sees one: others say what for.
 *
 * The master key never encrypts anything itself; each purpose has a subkey of its own, so that what was made for one is refused
 * for another. No other folder includes sodium.h. */
#ifndef SPOM_AUTHORITY_KEYS_KEYS_H
#define SPOM_AUTHORITY_KEYS_KEYS_H
#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/secret.h"
#include "wire/wire.h"

enum key_purpose {
	KEY_LOGIN_COOKIE,  /* seals the cookie of a login */
	KEY_LOGIN_CSRF,    /* the form's value, from the cookie's nonce */
	KEY_LOGIN_STORE,   /* a transaction's id to its name in the store */
	KEY_LOGIN_PENDING, /* a browser's nonce to the name of its pending ask in the store */
	KEY_LOGIN_CLAIMED, /* a form's id to what it has led to */
	KEY_SESSION_STORE, /* a session's token to its name in the store */
	KEY_SESSION_CSRF,  /* the form's value, from the session's token */
	KEY_PURPOSE_COUNT_
};

#define KEYS_HASH_SIZE 32
#define KEYS_SEAL_EXTRA 41 /* format byte, nonce, tag */

struct keys;

/* Reads the master key (32 bytes as base64url on one line); an empty file name makes a key that ends with the process. */
NODISCARD enum err keys_new(const char *master_key_file, struct keys **keys_r);
void keys_free(struct keys **keys);

/* Keyed BLAKE2b of the bytes. */
void keys_hash(const struct keys *keys, enum key_purpose purpose, const void *bytes, size_t len,
    uint8_t hash[KEYS_HASH_SIZE]);

/* XChaCha20-Poly1305 under a random nonce: {format 1, nonce, ciphertext and tag} as base64url on the arena. */
NODISCARD enum err keys_seal(const struct keys *keys, enum key_purpose purpose, struct bytes plain,
    struct arena *arena, struct secret *sealed_r);

/* Opens what keys_seal made. ERR_MALFORMED for everything else. */
NODISCARD enum err keys_unseal(const struct keys *keys, enum key_purpose purpose, struct secret sealed,
    struct arena *arena, struct bytes *plain_r);

#endif
