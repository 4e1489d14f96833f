/* signature.h - signatures of services: RSA and ECDSA with SHA-256 and longer, nothing else. Two calls of libxml2's canonicalization and two of
 * OpenSSL's hashes are all that there is to an enveloped one, since shape.h leaves it one shape: what a general library for XML signatures can do
 * beyond that is what signatures were wrapped with. */
#ifndef SPOM_JUDGE_SIGNATURE_H
#define SPOM_JUDGE_SIGNATURE_H
#include "judge/xml.h"

/* What the certificates of a service are. */
struct signature_keys {
	const struct msg_saml_certificate *at;
	uint32_t n;
};

/* Before the sandbox, once. */
bool signature_begin(void);

/* Whether that is a certificate with a key that may sign: RSA of 2048 bits or more, a curve of NIST's of 256 or more. */
bool signature_is_certificate(struct bytes der);

/* Whether octets were signed by one of the keys, with the algorithm of that URI. JUDGE_NONE: yes. */
enum judge_fault signature_verify(
    const struct signature_keys *keys, struct text algorithm, struct bytes octets, struct bytes signature);

/* Whether the root, which has the shape of a request and a signature in it, was signed by one of the keys as a whole. */
enum judge_fault signature_verify_enveloped(
    xmlDoc *doc, const struct signature_keys *keys, struct arena *arena);

#endif
