/* jose.h - JSON Web Signatures and Keys: RFC 7515, RFC 7517, RFC 7518 (RS256, ES256), RFC 8037 (EdDSA with Ed25519). No other folder includes
 * OpenSSL's headers. Nothing here verifies what a stranger signed. */
#ifndef SPOM_AUTHORITY_KEYS_JOSE_H
#define SPOM_AUTHORITY_KEYS_JOSE_H
#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/secret.h"
#include "base/text.h"
#include "wire/wire.h"

struct jose_key; /* one private key with its algorithm; many threads may sign with it at once */

/* A new key: RSA of 2048 bits, P-256, Ed25519. ERR_INTERNAL: the library refuses. */
NODISCARD enum err jose_generate(enum signing_alg alg, struct jose_key **key_r);

/* PKCS #8, DER. *der_r by secret_own: to be freed with secret_free. ERR_MALFORMED: none of the algorithm. */
NODISCARD enum err jose_export(const struct jose_key *key, struct secret *der_r);
NODISCARD enum err jose_import(enum signing_alg alg, struct secret der, struct jose_key **key_r);
void jose_free(struct jose_key **key);

/* The thumbprint (RFC 7638, SHA-256) as base64url: the kid. On the arena; absent when memory is out. */
struct text jose_thumbprint(const struct jose_key *key, struct arena *arena);

/* The public half as a JWK with kid, use "sig" and alg. On the arena; absent when memory is out. */
struct text jose_jwk(const struct jose_key *key, struct text kid, struct arena *arena);

/* Compact serialization of a header {alg, typ, kid} and the payload; on the arena. */
NODISCARD enum err jose_sign(const struct jose_key *key, const char *typ, struct text kid,
    struct text payload, struct arena *arena, struct secret *token_r);

/* at_hash, c_hash (OpenID Connect Core 3.1.3.6): the left half of SHA-256 as base64url. RS256, ES256, and EdDSA with SHA-512. */
struct text jose_half_hash(enum signing_alg alg, struct secret value, struct arena *arena);

/* BASE64URL(SHA256(value)): the S256 of RFC 7636 section 4.2. */
#define JOSE_S256_SIZE 44
void jose_s256(struct secret value, char text[JOSE_S256_SIZE]);

#endif
