/* ldapc.h - one connection to one directory server.
 *
 * Used by one thread at a time, for one operation at a time: whoever waits for an answer waits for the only one. After an error
 * that ldapc_is_broken names, a connection is good for nothing but ldapc_close. */
#ifndef SPOM_AUTHORITY_DIRECTORY_LDAPC_H
#define SPOM_AUTHORITY_DIRECTORY_LDAPC_H
#include <ldap.h>
#include <stdbool.h>
#include <stdint.h>
#include "authority/directory/stream.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/secret.h"

#define LDAPC_SYSTEM_CA_FILE "/etc/ssl/certs/ca-certificates.crt" /* for who names none */

/* How connections of one kind are made. */
struct ldapc_kind {
	bool start_tls; /* on ldap:// alone; ldaps:// begins with TLS, ldapi:// never leaves the machine */
	const char *ca_file;            /* never empty */
	_Atomic int network_timeout_ms; /* to connect */
	const char *dn;                 /* the identity that it is bound as when it is opened; "": none */
	struct secret password;
};

struct ldapc {
	LDAP *ld;
	struct stream stream;
	unsigned server; /* the pool's: which server, and in which of its lives */
	unsigned epoch;
};

/* What a bind brought back. */
struct ldapc_bound {
	int code;             /* of LDAP */
	bool has_policy;      /* the password policy control came with the answer, with: */
	int error;            /* its error (PP_noError: none) */
	int expires_s;        /* -1: not said */
	int grace_left;       /* -1: not said */
	char diagnostic[200]; /* the server's words; untrusted, for tables alone */
};

/* What is found in parts (RFC 2696), by the same search again and again on the same connection. */
struct ldapc_page {
	int size;              /* entries of a part; a server that knows no parts gives all at once */
	struct berval *cookie; /* owned; NULL: before the first part, and behind the last */
};

struct ldapc_search {
	const char *base;
	int scope;
	const char *filter;
	const char *const *attributes; /* ended by NULL */
	int size_limit;                /* 0: none */
	const char *as_dn;             /* NULL, or whose rights count (RFC 4370) */
	struct ldapc_page *page;       /* NULL: all at once */
};

struct ldapc_write {
	const char *dn;
	LDAPMod **mods;                /* ended by NULL; NULL: an entry to delete */
	bool is_new;                   /* an entry to add; else one to modify */
	const char *as_dn;             /* NULL, or whose rights count (RFC 4370) */
	const char *assertion;         /* NULL, or a filter that must hold for the entry (RFC 4528) */
	bool assertion_may_be_ignored; /* by a server that does not know the control; else it refuses */
	bool only_try;                 /* changes nothing: LDAP_X_NO_OPERATION says that it would be done */
};

/* What a write brought back. */
struct ldapc_written {
	int code;             /* of LDAP */
	int policy;           /* the password policy control's error (PP_noError: none) */
	char diagnostic[400]; /* the server's words; untrusted */
};

/* For operators: why a connection could not be opened. */
struct ldapc_fault {
	char text[200];
};

/* Before the first thread: libldap reads its ldap.conf once, which is not made for several threads. */
void ldapc_prepare(void);

/* Whether a URI is one, and its CA file can be read; connects to nothing. ERR_CONFIG. */
NODISCARD enum err ldapc_check(const char *uri, bool start_tls, const char *ca_file);

/* Connects, protects and binds by the deadline. ERR_CLOSED: refused, gone or not trusted; ERR_TIMEOUT; ERR_CONFIG: the server does
 * not take the identity, or the URI or the CA file is wrong. fault may be NULL. */
NODISCARD enum err ldapc_open(const struct ldapc_kind *kind, const char *uri, int64_t deadline_ms,
    struct ldapc **ldapc_r, struct ldapc_fault *fault);
void ldapc_close(struct ldapc **ldapc); /* NULL-safe; clears */

/* A simple bind with the password policy control. OK: the server answered, whatever it said. ERR_MALFORMED: with a control that cannot
 * be read. dn and password are not empty (ERR_INTERNAL). */
NODISCARD enum err ldapc_bind(struct ldapc *ldapc, const char *dn, struct secret password,
    int64_t deadline_ms, struct ldapc_bound *bound_r);

/* OK: the server answered with *code_r; the caller frees *chain_r with ldap_msgfree. */
NODISCARD enum err ldapc_search(struct ldapc *ldapc, const struct ldapc_search *search, int64_t deadline_ms,
    LDAPMessage **chain_r, int *code_r);

/* Forgets where the parts are; a server that has more keeps that for the connection. */
void ldapc_page_done(struct ldapc_page *page);

/* Adds, modifies or deletes an entry. OK: the server answered with written_r->code, whatever it said. */
NODISCARD enum err ldapc_write(struct ldapc *ldapc, const struct ldapc_write *write, int64_t deadline_ms,
    struct ldapc_written *written_r);

/* Changes a password by the Password Modify operation (RFC 3062), with the old one and the password policy control; as_dn as above. */
NODISCARD enum err ldapc_change_password(struct ldapc *ldapc, const char *dn, const char *as_dn,
    struct secret old, struct secret fresh, int64_t deadline_ms, struct ldapc_written *written_r);

/* Takes the identity of the last bind away. Needs no answer that is good: a bind that fails does that as well (RFC 4513 4). */
NODISCARD enum err ldapc_forget(struct ldapc *ldapc, int64_t deadline_ms);

/* Whether the server, not the question, is at fault: another one may do better. */
bool ldapc_is_broken(enum err err);

/* --- for ldapc_write.c alone --- */

/* The proxied authorization control. ERR_INTERNAL: a DN that is empty (which would be nobody's rights) or too long. */
struct ldapc_proxy {
	char as[2048];
	LDAPControl control;
};
NODISCARD enum err ldapc_proxy_for(const char *dn, struct ldapc_proxy *proxy_r);

/* The fault that a code of libldap's own means, by the time that is left. */
enum err ldapc_fault_by(int code, int64_t deadline_ms);

/* Waits for the one answer under way, which must be of its kind: libldap would take any other as well. *code_r is the server's;
 * *answer_r is freed with ldap_msgfree. */
NODISCARD enum err ldapc_await(
    struct ldapc *ldapc, int message, int wanted, LDAPMessage **answer_r, int *code_r);

#endif
