/* signature.h - signatures of services: RSA and ECDSA with SHA-256 and longer, nothing else. Two calls of libxml2's canonicalization and two of
 * OpenSSL's hashes are all that there is to an enveloped one, since shape.h leaves it one shape: what a general library for XML signatures can do
 * beyond that is what signatures were wrapped with. */
#ifndef SPOM_JUDGE_SIGNATURE_H
#define SPOM_JUDGE_SIGNATURE_H
#include "judge/xml.h"

/* The keys by which a service signs. */
struct signature_keys {
	const struct msg_saml_key *at;
	uint32_t n;
};

/* Before the sandbox, once. */
bool signature_begin(void);

/* The key of a certificate, on the arena: RSA of 2048 to 4096 bits, or NIST's curves of 256 and more. JUDGE_CERTIFICATE, JUDGE_KEY: it is none. */
struct signature_key {
	struct bytes spki; /* DER */
	bool is_rsa;
};
enum judge_fault signature_key_of(struct bytes certificate, struct arena *arena, struct signature_key *key_r);

/* Whether that is such a key. */
bool signature_is_key(struct bytes spki);

/* XML (RFC 4050 section 3.3) and JWS have the two numbers of ECDSA one behind the other, OpenSSL wants them as DER, which is written to der; its
 * length, or 0. pair: of two halves, DER_MAX - 16 bytes at most. */
#define SIGNATURE_DER_MAX 160u /* of two numbers of P-521 */
int signature_to_der(struct bytes pair, unsigned char der[SIGNATURE_DER_MAX]);

/* Whether octets were signed by one of the keys, with the algorithm of that URI. JUDGE_NONE: yes. */
enum judge_fault signature_verify(
    const struct signature_keys *keys, struct text algorithm, struct bytes octets, struct bytes signature);

/* Whether an element, which has the shape of a request and a signature in it, was signed by one of the keys as a whole. */
enum judge_fault signature_verify_enveloped(
    const xmlNode *root, const struct signature_keys *keys, struct arena *arena);

#endif
