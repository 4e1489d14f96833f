/* envelope.h - what is for one service alone (XML Encryption 1.1): encrypted with a key that is used once (AES-GCM, 5.2.4), and that key to the
 * service's own (RSA-OAEP, 5.5.2). There is no other way: CBC and PKCS #1 v1.5 tell an attacker who may ask often what is inside. */
#ifndef SPOM_AUTHORITY_KEYS_ENVELOPE_H
#define SPOM_AUTHORITY_KEYS_ENVELOPE_H
#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "wire/wire.h"

struct envelope_to {
	struct bytes spki; /* of RSA */
	enum saml_cipher cipher;
	enum saml_transport transport;
};

/* What stands in the two CipherValue, as base64 on the arena. */
struct envelope {
	struct text key;
	struct text content;
};

/* ERR_INTERNAL: the library refuses, or the key is none; ERR_NO_MEMORY. */
NODISCARD enum err envelope_seal(
    const struct envelope_to *to, struct text plain, struct arena *arena, struct envelope *envelope_r);

#endif
