/* signing.h - the keys that sign tokens: of each algorithm at least one, made when the first is wanted, kept sealed below ou=spom, so that every
 * authority signs with the same ones.
 *
 * Which key signs follows from the keys that are there and the time alone: of the keys of an algorithm the newest that was made SIGNING_AHEAD_MS
 * ago or longer, else the oldest (of two that were made in the same millisecond the one whose kid sorts last is the newer one). So two authorities
 * that begin at once, each with a key of its own, sign with the same one as soon as each has read the other's; and a new key is published for
 * as long as clients keep a JWK Set before it signs.
 *
 * All keys are published, those that have signed too, until a rotation takes away what has not signed for SIGNING_KEPT_MS.
 *
 * What was read is remembered for SIGNING_READ_MS: so long a change made at another authority may take to be seen here. While the directory
 * does not answer, what was read goes on to sign. Who signs waits for no other but the first of all, while keys are read and made. */
#ifndef SPOM_AUTHORITY_SSO_SIGNING_H
#define SPOM_AUTHORITY_SSO_SIGNING_H
#include <stdbool.h>
#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/secret.h"
#include "base/text.h"
#include "wire/wire.h"

struct authority;
struct signing;

#define SIGNING_AHEAD_MS (60LL * 60 * 1000)
#define SIGNING_SAML_AHEAD_MS \
	(14LL * 24 * 60 * 60 * 1000) /* services read metadata seldom, and many by hand */
#define SIGNING_KEPT_MS (24LL * 60 * 60 * 1000)
#define SIGNING_READ_MS 60000
#define SIGNING_KEYS_MAX 32

/* Before the sandbox and the first other thread (jose_begin). */
NODISCARD enum err signing_new(struct signing **signing_r);
void signing_free(struct signing **signing); /* NULL-safe; clears */

/* A JWT (RFC 7519) of these claims, a JSON object, in the compact serialization of RFC 7515; on the arena. typ: "JWT", "at+jwt". The header
 * names the key by kid. Errors of shelf.h, while no key of the algorithm was loaded; ERR_STALE: no key of it can be opened, and no other is
 * made before an operator says so (signing_rotate). */
NODISCARD enum err signing_sign(struct authority *authority, enum signing_alg alg, const char *typ,
    struct text claims, struct arena *arena, struct secret *token_r);

/* The claims of a token that signing_sign made, of any key that is still published, on the arena; whether it is over is for the caller. Errors of
 * shelf.h; ERR_MALFORMED: it is none. */
NODISCARD enum err signing_open(struct authority *authority, const char *typ, struct text token,
    struct arena *arena, struct text *claims_r);

/* The public keys, newest first, as a JWK Set (RFC 7517 section 5): makes those that are not there yet. The same errors, where not one key
 * was loaded. */
NODISCARD enum err signing_key_set(struct authority *authority, struct arena *arena, struct text *json_r);

/* Signs octets that we wrote with the key of SAML (certificate.h), which is made when the first is wanted; the signature as base64. *certificate_r:
 * its certificate, base64 of DER. Both on the arena. Errors as signing_sign. */
NODISCARD enum err signing_sign_saml(struct authority *authority, struct text octets, struct arena *arena,
    struct text *signature_r, struct text *certificate_r);

/* The certificates of all keys of SAML, newest first, at most max; the same errors. */
NODISCARD enum err signing_certificates(struct authority *authority, unsigned max, struct arena *arena,
    struct text *certificates_r, unsigned *n_r);

/* Reads them anew from the directory at the next use (rotation). Any thread. */
void signing_forget(struct signing *signing);

/* --- for operators ---------------------------------------------------------------------------------------------- */

/* The keys as the directory has them now, newest first, those last that cannot be opened; on the arena. Makes those that are not there
 * yet. Errors of shelf.h. */
NODISCARD enum err signing_list(
    struct authority *authority, struct arena *arena, const struct msg_signing_row **rows_r, unsigned *n_r);

/* Makes a new key of the algorithm, and takes away those of it that have not signed for SIGNING_KEPT_MS, or that cannot be opened. retire: all
 * others, so that the new one signs at once; for keys that somebody else may have. *gone_r: so many were taken away. Errors of shelf.h;
 * ERR_TOO_LARGE: there are SIGNING_KEYS_MAX. */
NODISCARD enum err signing_rotate(
    struct authority *authority, enum signing_alg alg, bool retire, unsigned *gone_r);

#endif
