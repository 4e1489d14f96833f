/* saml_parts.h - for the files of saml.h alone. */
#ifndef SPOM_AUTHORITY_SSO_SAML_PARTS_H
#define SPOM_AUTHORITY_SSO_SAML_PARTS_H
#include <stdbool.h>
#include "authority/call/call.h"

struct conf;

/* --- saml_context.c: contexts of authentication --- */

/* The level that a context stands for; SESSION_LEVEL_NONE: it is none of ours. */
enum session_level saml_context_level(const struct conf *conf, struct text uri);

/* The context that an answer names for a session of that level, by what a request asks for, borrowed; absent: none that was asked for
 * holds. */
struct text saml_context(
    const struct conf *conf, const struct msg_saml_request_record *request, enum session_level level);

/* --- saml_request.c: a request on its way --- */

/* Why nobody is answered but the person: the text id of a page. NULL: nothing is wrong. */
struct saml_came {
	const struct msg_service_record *service; /* NULL: not known yet */
	const char *fault;
	const char *reason; /* for operators; NULL: the fault itself */
};

/* Has what came judged, and compares it with what is registered. *record_r is whole where no fault is found. Errors of judge.h and registry.h. */
NODISCARD enum err saml_request_judge(struct call *call, const struct msg_saml_sso *ask,
    struct saml_came *came_r, struct msg_saml_request_record *record_r);

/* A mark, on the arena: absent when memory is out. And what one says; ERR_NOT_FOUND: it is none, or too old, or the service has changed. */
struct text saml_mark(struct call *call, const struct msg_saml_request_record *record);
NODISCARD enum err saml_mark_open(struct call *call, struct text mark, struct saml_came *came_r,
    const struct msg_saml_request_record **record_r);

/* --- saml_response.c: what we answer --- */

/* The names of a status (SAML Core 3.2.2.2). */
struct saml_status {
	const char *code;   /* behind urn:oasis:names:tc:SAML:2.0:status: */
	const char *detail; /* the second one; NULL: none */
};

struct saml_answered {
	const struct msg_service_record *service;
	const struct msg_saml_request_record *request;
	const struct msg_session_record *session; /* NULL: an error, without an assertion */
	struct text context;
	struct text name;  /* of the subject */
	struct text index; /* of the session */
	const struct saml_status *status;
};

/* The Response, signed as the service wants it, as base64 on the arena. Errors of signing.h and release.h. */
NODISCARD enum err saml_response(
    struct call *call, const struct saml_answered *answered, struct secret *base64_r);

/* --- saml_metadata.c --- */

/* Our entityID, and where requests go; on the arena, absent when memory is out. */
struct text saml_entity_id(struct call *call);
struct text saml_sso_address(struct call *call);

/* The URI of a form of names. */
const char *saml_format_uri(enum saml_format format);

#endif
