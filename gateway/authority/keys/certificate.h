/* certificate.h - the key of SAML: what it signs, and the certificate by which services know it (SAML Metadata 2.4.1.1). A certificate says nothing there
 * but the key: it is self-signed, and made anew each time, the same one, from the key and the time when that was made. */
#ifndef SPOM_AUTHORITY_KEYS_CERTIFICATE_H
#define SPOM_AUTHORITY_KEYS_CERTIFICATE_H
#include <stdint.h>
#include "authority/keys/jose.h"

/* Base64 of the DER (RFC 5280), on the arena. ERR_NO_MEMORY; ERR_INTERNAL: the library refuses. key: of SIGNING_SAML. */
NODISCARD enum err certificate_of(
    const struct jose_key *key, int64_t made_ms, struct arena *arena, struct text *base64_r);

/* rsa-sha256 of octets that we wrote (RFC 9231 section 2.3.2), as base64 on the arena. */
NODISCARD enum err certificate_sign(
    const struct jose_key *key, struct text octets, struct arena *arena, struct text *base64_r);

/* SHA-256 of octets, as base64. */
#define CERTIFICATE_DIGEST_SIZE 45
void certificate_digest(struct text octets, char base64[CERTIFICATE_DIGEST_SIZE]);

#endif
