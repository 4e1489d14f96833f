/* jose_key.h - private to jose: what a key is. */
#ifndef SPOM_AUTHORITY_KEYS_JOSE_KEY_H
#define SPOM_AUTHORITY_KEYS_JOSE_KEY_H
#include <openssl/evp.h>
#include "authority/keys/jose.h"

struct jose_key {
	enum signing_alg alg;
	EVP_PKEY *pair; /* owned; signing changes nothing of it */
};

/* Whether a text may stand between quotes of JSON as it is: base64url has no letter that JSON escapes. */
bool jose_is_word(struct text text);

#endif
