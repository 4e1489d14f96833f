/* stream.h - what lies between libldap and the socket of a connection: reads and writes that end, and requests that are erased.
 *
 * libldap bounds connecting and the wait for an answer's first byte, and nothing else: with GnuTLS a server that stops in the middle
 * of a handshake keeps the client spinning for ever, and one that stops within a record keeps it in read(2). So below TLS we
 * wait for the socket ourselves, and never raise SIGPIPE. And it frees a request as it is, with the password in it: above TLS
 * we erase its bytes once they are on their way. */
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

/* Puts both layers into the handle's coming connection; stream lives as long as the handle. */
NODISCARD bool stream_attach(struct stream *stream, LDAP *ld);

#endif
