/* jwt.h - JSON Web Tokens and Keys of clients (RFC 7515, RFC 7517, RFC 7518, RFC 7519, RFC 8037, RFC 8725): one function for each, bytes in, a
 * message of jwt.def out. Pure but for their memory.
 *
 * A token says neither with which key it is checked nor how: of the registered keys it may name one, and each has its one algorithm. There are
 * no keys of "none" or HMAC. */
#ifndef SPOM_JUDGE_JWT_H
#define SPOM_JUDGE_JWT_H
#include "base/arena.h"
#include "wire/wire.h"

struct json_t;

/* Before the sandbox, once: the library of JSON takes random bytes from a file. */
void jwt_begin(void);

/* A token in compact serialization, and the claims that count. *judged_r is whole where the result is JUDGE_NONE. */
enum judge_fault jwt_judge(
    const struct msg_judge_jwt *ask, struct arena *arena, struct msg_judged_jwt *judged_r);

/* The keys of a JWK Set that sign; those for encryption are passed over. RSA of 2048 to 4096 bits, P-256, Ed25519. */
enum judge_fault jwk_judge_set(
    const struct msg_judge_jwks *ask, struct arena *arena, struct msg_judged_jwks *judged_r);

/* --- private to both --- */

/* What base64url says (no padding, no stray bits: RFC 7515 section 2), on the arena; false: it is none, or memory is out. */
bool jwt_bytes(struct text base64url, struct arena *arena, struct bytes *bytes_r);

/* A member that is a string of at most max bytes without control characters, on the arena; absent where there is none. false: it is something
 * else, or memory is out. */
bool jwt_text(
    const struct json_t *object, const char *name, size_t max, struct arena *arena, struct text *text_r);

/* Whether that is a key for an algorithm: of its kind and size. */
bool jws_is_key(enum jws_alg alg, struct bytes spki);

/* Whether octets were signed with a key, by its algorithm. */
bool jws_verify(const struct msg_client_key *key, struct bytes octets, struct bytes signature);

#endif
