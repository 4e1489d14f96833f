/* keys.h - the long-lived keys. Nothing outside of this folder sees one: others say what for.
 *
 * A master key never encrypts anything itself; each purpose has a subkey of its own, so that what was made for one is refused
 * for another. No other folder includes sodium.h.
 *
 * The file holds up to KEYS_MAX master keys, one a line, newest first:
 *
 *     current key          seals, and authenticates what lives for a short time (forms, cookies, the audit's chain and head)
 *     former key           still opens what it sealed, until all of that is sealed anew
 *     names former key     opens nothing any more
 *
 * The last line, the oldest key, is the root of all names: of values in the store, of recovery codes, of the secrets of clients,
 * and of people towards services. A rotation puts a line on top and leaves that one where it is, so that no session ends, no
 * recovery code is lost and nobody is somebody else by it. Names are no secrets: who knows the root can tell which value of a
 * copied store belongs to whose token if he has the token as well, and which pairwise names are one person's; a recovery code or
 * a client's secret has too many bits to be found from its hash. So a stolen master key is answered by a rotation, sealing anew,
 * and then the word `names` before the former keys, behind which they neither open nor authenticate anything. */
#ifndef SPOM_AUTHORITY_KEYS_KEYS_H
#define SPOM_AUTHORITY_KEYS_KEYS_H
#include <stdbool.h>
#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/secret.h"
#include "wire/wire.h"

/* A purpose's place is part of its keys: new ones come at the end. */
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
	KEY_LOGIN_PASSED,  /* a proof's id to the name of its passed_record in the store */
	KEY_SERVICE,       /* seals services in the directory */
	KEY_SIGNING,       /* seals keys that sign in the directory */
	KEY_CLIENT_SECRET, /* hashes the secrets of clients */
	KEY_SUBJECT,       /* a person's id and a sector to the pairwise name */
	KEY_CODE_STORE,    /* an authorization code to its name in the store */
	KEY_TOKEN_STORE,   /* an access token to its name in the store */
	KEY_SSO_ASKED,     /* authenticates that a sign-in was demanded, and when */
	KEY_REFRESH_STORE, /* a refresh token to its name in the store */
	KEY_PUSHED_STORE,  /* a pushed request to its name in the store */
	KEY_CAS_STORE,     /* a ticket of CAS to its name in the store */
	KEY_SAML_MARK,     /* seals a request of SAML that was judged */
	KEY_SAML_STORE, /* an entity and the id of its request, or what it knows a session by, to the name of a row */
	KEY_SAML_INDEX,   /* a session and a service to the SessionIndex */
	KEY_TRAIL_STORE,  /* what a session's tokens have in common to the name of its visits in the store */
	KEY_VISIT,        /* a session and a service to the name by which that service knows the session */
	KEY_JTI_STORE,    /* the jti of an access token that is a JWT to its name in the store */
	KEY_DEVICE_STORE, /* a device code to its name in the store */
	KEY_USER_CODE_STORE, /* the code that people type for it, and who guesses at such codes, to theirs */
	KEY_ASSERTION_STORE, /* a client and the jti of what it signed to the name of the ledger's row */
	KEY_RELEASE,         /* seals what services were told of a person, in the directory */
	KEY_RELEASE_NAME,  /* a person's id to the name of that, and what was noted to how it is remembered */
	KEY_CONSENT,       /* seals what a person is asked */
	KEY_CONSENT_STORE, /* a person, a service and a time to the name of the consent in the store */
	KEY_METADATA,      /* seals metadata of others on the disk */
	KEY_ENTITY_STORE, /* what metadata name (an entityID, an address, a feed's certificate) to a name or a hash of it */
	KEY_PURPOSE_COUNT_
};

#define KEYS_MAX 8
#define KEYS_HASH_SIZE 32
#define KEYS_SEAL_EXTRA 45  /* format byte, key id, nonce, tag */
#define KEYS_ID_TEXT_SIZE 9 /* eight characters and a NUL */

struct keys;

/* Reads the master keys (32 bytes as base64url on each line); an empty file name makes one that ends with the process. Errors of
 * conf_secret; ERR_MALFORMED: a line is no key, one is there twice, there are too many, or the first one is for names alone. */
NODISCARD enum err keys_new(const char *master_key_file, struct keys **keys_r);
void keys_free(struct keys **keys);

/* Reads the file again, and uses what it holds from the next call on; safe beside all others. On an error all stays as it was. */
NODISCARD enum err keys_reload(struct keys *keys, const char *master_key_file);

/* A fresh random token (KEYS_TOKEN_SIZE bytes as base64url) on the arena; absent when memory is out. */
#define KEYS_TOKEN_SIZE 32
struct secret keys_token(struct arena *arena);

/* Whether they lie in memory that is never written to swap. */
bool keys_are_locked(const struct keys *keys);

/* Keyed BLAKE2b of the bytes: under the root for names (..._STORE, LOGIN_PENDING, LOGIN_CLAIMED, RECOVERY, CLIENT_SECRET, SUBJECT), else
 * under the current key. */
void keys_hash(const struct keys *keys, enum key_purpose purpose, const void *bytes, size_t len,
    uint8_t hash[KEYS_HASH_SIZE]);

/* Whether keys_hash gave that, now or before a rotation; in constant time. For what was authenticated and comes back. */
bool keys_hash_matches(const struct keys *keys, enum key_purpose purpose, const void *bytes, size_t len,
    const uint8_t hash[KEYS_HASH_SIZE]);

/* XChaCha20-Poly1305 under a random nonce with associated data, which is not part of the result and must be named again to open it.
 * {format 1, key id (4 bytes), nonce (24), ciphertext and tag (16)} as base64url on the arena. */
NODISCARD enum err keys_seal_for(const struct keys *keys, enum key_purpose purpose, struct bytes plain,
    struct bytes associated, struct arena *arena, struct secret *sealed_r);

/* Opens what keys_seal_for made with the same purpose and associated data, under any key that still opens. ERR_MALFORMED for
 * everything else. */
NODISCARD enum err keys_unseal_for(const struct keys *keys, enum key_purpose purpose, struct secret sealed,
    struct bytes associated, struct arena *arena, struct bytes *plain_r);

/* The same without associated data. */
NODISCARD enum err keys_seal(const struct keys *keys, enum key_purpose purpose, struct bytes plain,
    struct arena *arena, struct secret *sealed_r);
NODISCARD enum err keys_unseal(const struct keys *keys, enum key_purpose purpose, struct secret sealed,
    struct arena *arena, struct bytes *plain_r);

/* Whether that was sealed with the current master key (else it is to be sealed anew). */
bool keys_is_current(const struct keys *keys, struct secret sealed);

/* The id of the master key with which that was sealed. False: it is nothing sealed. */
bool keys_id_of(struct secret sealed, char id[KEYS_ID_TEXT_SIZE]);

/* A chain: *mac_r authenticates the bytes under the chain's key, which is replaced by its hash, so that it cannot be gone back. */
#define KEYS_CHAIN_SIZE 32
struct keys_chain {
	uint8_t key[KEYS_CHAIN_SIZE];
};
/* The chain of that number begins. */
void keys_chain_begin(const struct keys *keys, uint64_t number, struct keys_chain *chain_r);
void keys_chain_next(struct keys_chain *chain, const void *bytes, size_t len, uint8_t mac[KEYS_HASH_SIZE]);

/* The same chain as it began under the current key (which 0) or one of before, in the order of the file, those for names included: for
 * who verifies. False: there is no such key. */
bool keys_chain_begin_under(
    const struct keys *keys, unsigned which, uint64_t number, struct keys_chain *chain_r);

/* --- for operators ---------------------------------------------------------------------------------------------- */

/* The id of the current key, by which people tell keys apart; no secret. */
void keys_current_id(const struct keys *keys, char id[KEYS_ID_TEXT_SIZE]);

/* The id of a key in the order of the file, and whether it is there for names alone. False: there is no such key. */
bool keys_describe(const struct keys *keys, unsigned which, char id[KEYS_ID_TEXT_SIZE], bool *names_only_r);

/* How many keys there are, and how many of them still open. */
void keys_count(const struct keys *keys, unsigned *all_r, unsigned *opening_r);

/* Each gives the text of a file, to be freed with secret_free.
 * backup: all keys as they are, for the safe. */
NODISCARD enum err keys_backup_text(const struct keys *keys, struct secret *text_r);
/* rotated: a new random key on top. ERR_TOO_LARGE: there are KEYS_MAX already; retire first. */
NODISCARD enum err keys_rotated_text(const struct keys *keys, struct secret *text_r);
/* retired: the current key and the root, for names alone, when all is sealed anew. Chains of the audit from between can no longer be
 * verified by it; so keep the backup. */
NODISCARD enum err keys_retired_text(const struct keys *keys, struct secret *text_r);

#endif
