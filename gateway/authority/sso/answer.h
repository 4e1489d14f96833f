/* answer.h - refusals as OAuth 2.0 has them, pages for people, and what is recorded of either. */
#ifndef SPOM_AUTHORITY_SSO_ANSWER_H
#define SPOM_AUTHORITY_SSO_ANSWER_H
#include "authority/audit/audit.h"
#include "authority/call/call.h"
#include "authority/sso/asked.h"

/* Answers an endpoint for machines with an error; description is ASCII without quotes and backslashes (RFC 6749 section 5.2). It is recorded, but where
 * that was done, or where it is nothing odd: an answer that says to ask again, or call->noted. */
enum err answer_error(
    struct call *call, enum oauth_error error, const char *description, struct wire_any *answer_r);

/* The same to whom answer_client has not known. */
enum err answer_no_client(struct call *call, struct wire_any *answer_r);

/* Answers with JSON that is ready. */
enum err answer_json(struct call *call, struct text json, struct wire_any *answer_r);

/* Answers a program of ours to which there is nothing to say. */
enum err answer_done(struct wire_any *answer_r);

/* Sends the person to the sign-in; the request comes again then, with a mark. act: NULL, or that of the session which is to rise. hints: for the
 * sign-in's pages (OpenID Connect Core 3.1.2.1), absent where they stand in the address. */
struct answer_hints {
	struct text login, locales;
	struct text request_uri; /* where the request lies; absent: in the address */
};
enum err answer_sign_in(struct call *call, struct asked_request request, const struct id *act,
    struct answer_hints hints, struct wire_any *answer_r);

/* Shows the person a page, which is recorded: no service could be told. service, session: NULL where nobody knows. */
struct answer_told {
	const char *text;   /* a text id */
	struct text rule;   /* absent: by none */
	const char *reason; /* what is recorded; NULL: the text */
};
enum err answer_page(struct call *call, const struct msg_service_record *service,
    const struct msg_session_record *session, struct answer_told told, struct wire_any *answer_r);

/* Records what a person's session gives a service, before that happens; reason may be absent. ERR_AUDIT: it cannot be. */
NODISCARD enum err answer_record(struct call *call, enum audit_event event,
    const struct msg_service_record *service, const struct msg_session_record *session, struct text reason);

/* The same: that the person is signed in to it. */
NODISCARD enum err answer_record_opened(
    struct call *call, const struct msg_service_record *service, const struct msg_session_record *session);

/* Of who asks: front says it in the message, or in the part of it that says which client it is. Absent: it did not. */
struct text answer_address(const struct call *call);

/* Records that a service's request was refused; asks nobody's leave. session: NULL, or who is signed in. */
void answer_note(struct call *call, enum audit_event event, const struct msg_service_record *service,
    const struct msg_session_record *session, const char *reason);

/* The reason that is recorded where a service shows a token which is not for it. */
#define ANSWER_ANOTHERS "the token is another service's"

/* The client of a request to an endpoint for machines. ERR_FORBIDDEN: it is none that it can show to be, which is recorded; else the errors of
 * registry.h. */
NODISCARD enum err answer_client(
    struct call *call, const struct msg_oidc_client *client, const struct msg_service_record **service_r);

/* The same without waiting for anything. ERR_BUSY: answer_client will tell. */
NODISCARD enum err answer_client_at_once(
    struct call *call, const struct msg_oidc_client *client, const struct msg_service_record **service_r);

#endif
