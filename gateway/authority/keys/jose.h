/* jose.h - JSON Web Signatures and Keys: RFC 7515, RFC 7517, RFC 7518 (RS256, ES256), RFC 8037 (EdDSA with Ed25519). No other folder includes
 * OpenSSL's headers. Nothing here verifies what a stranger signed, or reads a header that a stranger wrote: a token of ours begins as we begin
 * one, byte for byte (RFC 8725 section 3.1: no algorithm is taken from it).
 *
 * OpenSSL keeps a copy of a private key as long as the key lives. Its numbers lie in locked memory of its own (jose_begin), but what it
 * prepares to use an RSA key, its primes among that, lies in ordinary memory, erased when the key is freed. */
#ifndef SPOM_AUTHORITY_KEYS_JOSE_H
#define SPOM_AUTHORITY_KEYS_JOSE_H
#include <stdbool.h>
#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/secret.h"
#include "base/text.h"
#include "wire/wire.h"

struct jose_key; /* one private key with its algorithm; many threads may sign with it at once */

/* Once, before the first key and before the sandbox: the library reads no settings of the machine's, and has its locked memory, JOSE_LOCKED
 * bytes. ERR_NO_MEMORY: it has none. Without it keys work all the same (tests). */
#define JOSE_LOCKED (256 * KIB)
NODISCARD enum err jose_begin(void);

/* Whether that memory is locked. */
bool jose_is_locked(void);

/* A new key: RSA of 2048 bits (up to a second), P-256, Ed25519. ERR_NO_MEMORY; ERR_INTERNAL: the library refuses. */
NODISCARD enum err jose_generate(enum signing_alg alg, struct jose_key **key_r);

/* PKCS #8 (RFC 5208), DER, at most JOSE_DER_MAX bytes. *der_r by secret_own: to be freed with secret_free. */
#define JOSE_DER_MAX 4096
NODISCARD enum err jose_export(const struct jose_key *key, struct secret *der_r);

/* ERR_MALFORMED: no key, or none of the algorithm (RSA of 2048 to 4096 bits). That the halves of a key belong together is not looked at. */
NODISCARD enum err jose_import(enum signing_alg alg, struct secret der, struct jose_key **key_r);
void jose_free(struct jose_key **key);

/* The thumbprint (RFC 7638, SHA-256) as base64url: the kid. On the arena; absent when memory is out. */
struct text jose_thumbprint(const struct jose_key *key, struct arena *arena);

/* The public half as a JWK with kid (a word of base64url), use "sig" and alg. On the arena; absent when memory is out, or for another kid. */
struct text jose_jwk(const struct jose_key *key, struct text kid, struct arena *arena);

/* Compact serialization (RFC 7515 section 7.1) of a header {alg, typ, kid} and the payload; on the arena. typ: a word of ours, NULL for
 * none; kid: of base64url, absent for none. ERR_MALFORMED: another kid, or a key that signs no tokens; ERR_NO_MEMORY; ERR_INTERNAL: the library refuses. */
NODISCARD enum err jose_sign(const struct jose_key *key, const char *typ, struct text kid,
    struct text payload, struct arena *arena, struct secret *token_r);

/* The payload of a token that jose_sign made of the same key, typ and kid, on the arena. ERR_MALFORMED: it is none; ERR_NO_MEMORY. */
NODISCARD enum err jose_open(const struct jose_key *key, const char *typ, struct text kid, struct text token,
    struct arena *arena, struct text *payload_r);

/* at_hash, c_hash (OpenID Connect Core 3.1.3.6): the left half of the hash of the algorithm, as base64url. SHA-256 for RS256 and ES256, SHA-512
 * for EdDSA with Ed25519. On the arena; absent when memory is out. */
struct text jose_half_hash(enum signing_alg alg, struct secret value, struct arena *arena);

/* BASE64URL(SHA256(value)): the S256 of RFC 7636 section 4.2. */
#define JOSE_S256_SIZE 44
void jose_s256(struct secret value, char text[JOSE_S256_SIZE]);

#endif
