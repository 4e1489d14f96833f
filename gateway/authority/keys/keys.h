/* keys.h - the long-lived keys. Nothing outside of this folder sees one: others say what for.
 *
 * The master key never encrypts anything itself; each purpose has a subkey of its own, so that what was made for one is refused
 * for another. No other folder includes sodium.h. */
#ifndef SPOM_AUTHORITY_KEYS_KEYS_H
#define SPOM_AUTHORITY_KEYS_KEYS_H
#include <stdbool.h>
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
	KEY_STORE_VALUE,   /* seals values of the store */
	KEY_PERSON_STORE,  /* a person's id to the names of index, activity, ... in the store */
	KEY_COUNT_STORE,   /* what is counted to its name in the store */
	KEY_STEP_STORE,    /* person and factor to the name of the ledger's row */
	KEY_ACT_STORE,     /* an act's id to its name in the store */
	KEY_TICKET_STORE,  /* a ticket's token to its name in the store */
	KEY_APP_COOKIE,    /* authenticates the cookie of an application (forward-auth) */
	KEY_DEVICE_COOKIE, /* seals the cookie by which a browser is known again */
	KEY_FACTOR,        /* seals factors in the directory */
	KEY_RECOVERY,      /* hashes recovery codes */
	KEY_AUDIT,         /* the first key of an audit chain */
	KEY_AUDIT_HEAD,    /* authenticates the audit's head */
	KEY_OUTBOX,        /* seals queued mails */
	KEY_LOGIN_ANSWER,  /* an ask and its answer to what a second click is known by */
	KEY_LOGIN_FORM,    /* a browser's nonce to the half of an ask's id that shows it is ours */
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

/* The same with associated data: what is opened must name the same. The result says with which master key it was sealed. */
NODISCARD enum err keys_seal_for(const struct keys *keys, enum key_purpose purpose, struct bytes plain,
    struct bytes associated, struct arena *arena, struct secret *sealed_r);
NODISCARD enum err keys_unseal_for(const struct keys *keys, enum key_purpose purpose, struct secret sealed,
    struct bytes associated, struct arena *arena, struct bytes *plain_r);

/* Whether that was sealed with the current master key (else it is to be sealed anew). */
bool keys_is_current(const struct keys *keys, struct secret sealed);

/* A chain: *mac_r authenticates the bytes under the chain's key, which is replaced by its hash, so that it cannot be gone back. */
#define KEYS_CHAIN_SIZE 32
struct keys_chain {
	uint8_t key[KEYS_CHAIN_SIZE];
};
/* The chain of that number begins. */
void keys_chain_begin(const struct keys *keys, uint64_t number, struct keys_chain *chain_r);
void keys_chain_next(struct keys_chain *chain, const void *bytes, size_t len, uint8_t mac[KEYS_HASH_SIZE]);

#endif
