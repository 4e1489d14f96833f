/* oidc.h - private to front: the syntax of OAuth 2.0 requests and answers (RFC 6749 appendix A and B), and the ways of a browser between
 * services and the sign-in, which are the same for CAS. */
#ifndef SPOM_FRONT_OIDC_H
#define SPOM_FRONT_OIDC_H
#include "front/front.h"

/* Fills the texts and secrets of a message that a query or a form names. One without a value counts as not sent, and what is no field is others'
 * business (RFC 6749 section 3.1). Session and address are never the sender's to say. ERR_EXISTS: a parameter twice; ERR_TOO_LARGE, ERR_MALFORMED: a value that is none. */
NODISCARD enum err oidc_fill(
    const struct exchange *exchange, struct text pairs, const struct wire_msg *msg, void *at);

/* From where it is asked, into a message that wants it: oidc_fill has done so. ERR_TOO_LARGE, ERR_NO_MEMORY. */
NODISCARD enum err oidc_say_from(const struct exchange *exchange, const struct wire_msg *msg, void *at);

/* Notes which parameters a query or a form has whose value is nothing to us, and whether it is long. */
void oidc_look(const struct exchange *exchange, struct text pairs, struct msg_oidc_authorize *ask);

/* Reads the form in the body into at, and who the client says that it is. false: the reply says what is wrong. */
bool oidc_read(
    struct exchange *exchange, const struct wire_msg *msg, void *at, struct msg_oidc_client *client);

/* The token behind "Bearer " (RFC 6750 section 2.1); absent: there is none. */
struct secret oidc_bearer(const struct exchange *exchange);

/* Answers who has shown no token at all: without the code of an error (RFC 6750 section 3.1). */
void oidc_want_token(struct exchange *exchange);

/* Answers a machine with an error (RFC 6749 section 5.2). */
void oidc_refuse(struct exchange *exchange, enum oauth_error error, struct text description);

/* Of a request by which somebody is on the way to a service, from its query or from the address where the sign-in leads: the name that the service
 * supposes (absent: none), and that pages speak the language it asks for, as far as there is one. */
struct text oidc_login_hint(const struct exchange *exchange, struct text next);
void oidc_speak_for(struct exchange *exchange, struct text next);
void oidc_speak(struct exchange *exchange, struct text query);

/* What the service is called for whose sake somebody signs in, where the way on leads to one; absent: to none, or nobody can say it now. */
struct text oidc_service_name(struct exchange *exchange, struct text next);

/* What another site's form says, as the query of that address of ours: browsers send no cookie of ours with such a form. */
void oidc_as_address(struct exchange *exchange, const char *address, struct text body);

/* The mark of a request that comes from the sign-in; absent: it has none. false: it is none that can be read, or there twice. */
NODISCARD bool oidc_read_mark(const struct exchange *exchange, struct text *mark_r);

/* The same of what a person has answered about a consent. */
NODISCARD bool oidc_read_consent(const struct exchange *exchange, struct text *mark_r);

/* Asks the person whether the service of a request to that address may be told. */
void oidc_ask_consent(struct exchange *exchange, const char *address, const struct msg_consent_page *page);

/* Carries out an answer of the authority by which the browser stays with us: to the sign-in and back to this request at that address
 * (oidc_sign_in), or a page (oidc_fault, consent_page). */
void oidc_stay(struct exchange *exchange, const char *address, struct wire_any answer);

/* Sends the browser to an address of a service with parameters. shown: by a page, behind the form of a sign-in. */
struct oidc_parameters {
	const struct msg_onward_row *rows;
	uint32_t n;
	struct text saml_response; /* by a form alone; absent: there is none */
	struct text saml_request;  /* the same */
	bool left;                 /* nobody is signed in any more */
};
void oidc_carry(struct exchange *exchange, struct text to, enum response_mode mode,
    struct oidc_parameters parameters, bool shown);

/* Sends a browser that is signed out to where a service wants it; absent: memory was out. shown: by a page, behind a form. */
void oidc_leave(struct exchange *exchange, struct text to, bool shown);

/* scheme://host:port of an address, or scheme: where there is no host; and that as people read it. */
struct text oidc_origin(struct text uri);
struct text oidc_host(struct text uri);

/* The page that is shown leads on by itself; when: seconds and ";url=". */
void oidc_go_on_to(struct exchange *exchange, const char *when, struct text to);

/* Sends the browser to a client's redirect URI with the parameters of an answer. shown: by a page, behind the form of a sign-in. */
void oidc_send_off(struct exchange *exchange, const struct msg_oidc_redirect *redirect, bool shown);

/* Sends the browser to the sign-in, and from there to a place of ours. act: zero, or that of a session which is to rise. */
void oidc_sign_in(struct exchange *exchange, struct text next, const struct id *act);

#endif
