/* judge.h - whether a token is signed by who it says: two libraries that had no part in it. */
#ifndef SPOM_TESTS_KEYS_JUDGE_H
#define SPOM_TESTS_KEYS_JUDGE_H
#include <stdbool.h>
#include "authority/keys/jose.h"

/* OpenSSL, from the signature of RFC 7515 back; with the public half alone. */
bool judge_openssl(const struct jose_key *key, struct secret token);

/* cjose, which knows of the key what its JWK says. It knows no EdDSA. */
bool judge_cjose(struct text jwk, struct secret token);

#endif
