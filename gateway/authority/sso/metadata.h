/* metadata.h - private to sso: what a client says of itself when it registers (RFC 7591 section 2, OpenID Connect Registration 1.0 section 2), within what an
 * operator has said that may be registered: a record of the registry with the protocol "registration".
 *
 * What a client would rely on and we do not do is refused by its name; what else it says is ignored, and not in the answer. Nothing is fetched. */
#ifndef SPOM_AUTHORITY_SSO_METADATA_H
#define SPOM_AUTHORITY_SSO_METADATA_H
#include "base/arena.h"
#include "wire/wire.h"

/* What was read. */
struct metadata {
	struct msg_service_record service; /* without name, client_id, keys and secret */
	bool is_public;
	struct text method;      /* token_endpoint_auth_method, */
	struct text application; /* application_type */
	struct text jwks; /* JSON of the keys with which it signs; absent: it has a secret, or is public */
	enum jws_alg alg; /* which of them it must have, where has_alg */
	bool has_alg;
};

struct metadata_fault {
	enum oauth_error error;
	const char *description; /* a literal, or on the arena */
};

/* Reads a JSON object. ERR_MALFORMED: *fault_r says what is wrong; ERR_NO_MEMORY. */
NODISCARD enum err metadata_read(const struct msg_service_record *registration, struct text json,
    struct arena *arena, struct metadata *metadata_r, struct metadata_fault *fault_r);

/* The answer (RFC 7591 section 3.2.1), on the arena; secret: absent where it has none. Absent when memory is out. */
struct secret metadata_write(const struct metadata *metadata, struct secret secret, struct arena *arena);

#endif
