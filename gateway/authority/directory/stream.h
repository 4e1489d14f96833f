/* stream.h - reads and writes of an LDAP connection's socket, below TLS, that end at a deadline.
 *
 * libldap bounds connecting and the wait for an answer's first byte, and nothing else: with GnuTLS a server that stops in the middle
 * of a handshake keeps the client spinning for ever, and one that stops within a record keeps it in read(2). This layer waits
 * for the socket itself, and never raises SIGPIPE. */
#ifndef SPOM_AUTHORITY_DIRECTORY_STREAM_H
#define SPOM_AUTHORITY_DIRECTORY_STREAM_H
#include <ldap.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/attr.h"

struct stream {
	struct ldap_conncb callbacks; /* private */
	int64_t deadline_ms;          /* of what is done now; behind it every read and write fails */
};

/* Puts the layer under the handle's coming connection; stream lives as long as the handle. */
NODISCARD bool stream_attach(struct stream *stream, LDAP *ld);

#endif
