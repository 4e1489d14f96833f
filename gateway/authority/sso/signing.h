/* signing.h - the keys that sign tokens: one of each algorithm, made when the first is wanted, kept sealed below ou=spom, so that every authority
 * signs with the same ones. In memory the private halves lie in secret_own. */
#ifndef SPOM_AUTHORITY_SSO_SIGNING_H
#define SPOM_AUTHORITY_SSO_SIGNING_H
#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/secret.h"
#include "base/text.h"
#include "wire/wire.h"

struct authority;
struct signing;

NODISCARD enum err signing_new(struct signing **signing_r);
void signing_free(struct signing **signing);

/* A JWT (RFC 7519) of these claims, a JSON object, in the compact serialization of RFC 7515; on the arena. typ: "JWT", "at+jwt". The header
 * names the key by kid. Errors of shelf.h, while no key of the algorithm was loaded; ERR_STALE: the key cannot be opened. */
NODISCARD enum err signing_sign(struct authority *authority, enum signing_alg alg, const char *typ,
    struct text claims, struct arena *arena, struct secret *token_r);

/* The public keys, newest first, as a JWK Set (RFC 7517 section 5): makes those that are not there yet. */
NODISCARD enum err signing_key_set(struct authority *authority, struct arena *arena, struct text *json_r);

/* Reads them anew from the directory at the next use (rotation). Any thread. */
void signing_forget(struct signing *signing);

#endif
