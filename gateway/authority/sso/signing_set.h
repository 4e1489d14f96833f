/* signing_set.h - the keys of one reading of the shelf, and what follows from them; for the files of signing.h alone. Constant once it is read, so
 * that many threads may sign with it. */
#ifndef SPOM_AUTHORITY_SSO_SIGNING_SET_H
#define SPOM_AUTHORITY_SSO_SIGNING_SET_H
#include "authority/keys/jose.h"
#include "authority/sso/shelf.h"
#include "authority/sso/signing.h"

#define SIGNING_ALGS 4
#define SIGNING_KID_SIZE JOSE_S256_SIZE

struct signing_key {
	char name[SHELF_NAME_MAX + 1];
	char kid[SIGNING_KID_SIZE]; /* its thumbprint; empty: it cannot be opened */
	enum signing_alg alg;
	int64_t made_ms;
	struct jose_key *key; /* owned; NULL: it cannot be opened */
	char *certificate;    /* of SIGNING_SAML: base64 of its DER, owned; else NULL */
};

struct signing_set {
	unsigned users; /* who signs with it, and whose it is; under the lock of signing.c */
	enum err lacks; /* why a key could not be made that is not there; OK: all are there */
	unsigned n;
	struct signing_key keys[SIGNING_KEYS_MAX]; /* newest first, those last that cannot be opened */
};

/* Reads the shelf; the caller owns the result. Errors of shelf.h; ERR_TOO_LARGE: there are more than SIGNING_KEYS_MAX. */
NODISCARD enum err signing_set_read(struct authority *authority, struct signing_set **set_r);
void signing_set_free(struct signing_set **set); /* NULL-safe; clears */

/* The same, and makes what is not there: a key of each algorithm of tokens of which there is none at all; saml: and of SAML. */
NODISCARD enum err signing_set_complete(struct authority *authority, bool saml, struct signing_set **set_r);

/* Makes a key and puts it on the shelf. */
NODISCARD enum err signing_set_make(struct authority *authority, enum signing_alg alg);

/* The key that signs at that time; NULL: there is none that can be opened. */
const struct signing_key *signing_set_signer(
    const struct signing_set *set, enum signing_alg alg, int64_t now_ms);

/* What a key does at that time. *changes_r: when that is another matter: it signs, or may be taken away; 0: nothing is known of that. */
enum signing_state signing_set_state(
    const struct signing_set *set, const struct signing_key *key, int64_t now_ms, int64_t *changes_r);

#endif
