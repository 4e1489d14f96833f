/* saml_parts.h - for the files of saml.h alone. */
#ifndef SPOM_AUTHORITY_SSO_SAML_PARTS_H
#define SPOM_AUTHORITY_SSO_SAML_PARTS_H
#include <stdbool.h>
#include "authority/call/call.h"
#include "authority/sso/saml_write.h"
#include "authority/store/store.h"

struct conf;
struct store_batch;

#define SAML_SKEW_MS (3LL * 60 * 1000) /* that clocks of services may be off */

/* --- saml_context.c: contexts of authentication --- */

/* The level that a context stands for; SESSION_LEVEL_NONE: it is none of ours. */
enum session_level saml_context_level(const struct conf *conf, struct text uri);

/* The context that an answer names for a session of that level, by what a request asks for, borrowed; absent: none that was asked for
 * holds. */
struct text saml_context(
    const struct conf *conf, const struct msg_saml_request_record *request, enum session_level level);

/* --- saml_came.c: what a service sends --- */

/* Why nobody is answered but the person: the text id of a page. NULL: nothing is wrong. */
struct saml_came {
	const struct msg_service_record *service; /* NULL: not known yet */
	const char *fault;
	const char *reason; /* for operators; NULL: the fault itself */
	struct text
	    unknown; /* an entity that a feed may know, and nobody has asked yet; absent: there is none */
};

/* Notes why; OK. */
enum err saml_stop(struct saml_came *came, const char *fault, const char *reason);

enum saml_coming_kind {
	SAML_COMES_REQUEST, /* an AuthnRequest */
	SAML_COMES_LOGOUT,  /* a LogoutRequest: always signed */
	SAML_COMES_LOGOUT_ANSWER,
};

struct saml_head {
	struct text issuer;
	struct text destination;
	int64_t issued;
	bool is_signed;
	bool is_verified;
};

struct saml_coming {
	struct call *call;
	enum saml_coming_kind kind;
	const struct msg_judge_saml_request *ask; /* without keys */
	bool sought;                              /* feeds were asked for it already */
	struct saml_came *came;
	struct saml_head head;
	const struct msg_judged_saml_request *request; /* of that kind */
	const struct msg_judged_saml_logout *logout;   /* of the others */
};

/* Has it judged: what is left behind is registered, signed as it has to be, new, and for that address of ours; else came names the fault. Errors of
 * judge.h and registry.h. */
NODISCARD enum err saml_came_judge(struct saml_coming *coming, struct text address);

/* Feeds are asked once, elsewhere: whoever waits for them does it on a thread of its own kind. Notes whether they may know an entity that is not
 * registered. sought: they were asked. */
void saml_note_unknown(struct call *call, struct text entity_id, bool sought, struct saml_came *came);

/* Adds to the batch that a request of an entity counts, which it does once: ERR_EXISTS is what settling gives for the second. */
void saml_once(struct call *call, struct store_batch *batch, struct text entity_id, struct text id);

/* --- saml_request.c: a request on its way --- */

/* Has what came judged, and compares it with what is registered. *record_r is whole where no fault is found. Errors of judge.h and registry.h. */
NODISCARD enum err saml_request_judge(struct call *call, const struct msg_saml_sso *ask,
    struct saml_came *came_r, struct msg_saml_request_record *record_r);

/* As if the service had asked for nothing but the person. */
NODISCARD enum err saml_request_begin(struct call *call, const struct msg_saml_start *ask,
    const struct msg_service_record *service, struct msg_saml_request_record *record_r);

/* Where the answer goes, borrowed from the service; absent: it has no such address any more. */
struct text saml_consumer(struct call *call, const struct msg_service_record *service,
    const struct msg_saml_request_record *request);

/* A mark, on the arena: absent when it is too large, or memory is out. And what one says; ERR_NOT_FOUND: it is none, or too old, or the service has
 * changed, or (came_r->unknown) is one that a feed may know. */
struct text saml_mark(struct call *call, const struct msg_saml_request_record *record);
NODISCARD enum err saml_mark_open(struct call *call, const struct msg_saml_sso *ask, struct saml_came *came_r,
    const struct msg_saml_request_record **record_r);

/* --- saml_mark.c --- */

/* A record, sealed, on the arena: absent when memory is out, or it is too large. And what one says; ERR_NOT_FOUND: it is none of that kind. */
struct text saml_seal(struct call *call, struct wire_any record);
NODISCARD enum err saml_unseal(
    struct call *call, struct text mark, const struct wire_msg *msg, const void **record_r);

/* --- saml_session.c: by what a service knows a session --- */

/* Of a session towards a service, and of no other, for all of it the same; absent: memory is out. */
struct text saml_session_index(
    struct call *call, const struct msg_session_record *session, const struct msg_service_record *service);

/* The form of names for a request that leaves it to us: the first of the service's metadata that we have. */
enum saml_format saml_usual_format(const struct msg_service_record *service);

/* The NameID. ERR_NOT_FOUND: the person has none of that form that the service may know; ERR_NO_MEMORY. */
NODISCARD enum err saml_session_name(struct call *call, const struct msg_session_record *session,
    const struct msg_service_record *service, enum saml_format format, struct text *name_r);

/* --- saml_sign.c --- */

/* The names of a status (SAML Core 3.2.2.2). */
struct saml_status {
	const char *code;   /* behind urn:oasis:names:tc:SAML:2.0:status: */
	const char *detail; /* the second one; NULL: none */
};

/* An xs:ID that nobody can guess; absent when memory is out. */
struct text saml_id(struct arena *arena);

/* The beginning of a message of samlp, its Issuer included, behind which a signature stands. */
struct saml_opening {
	const char *name;
	struct text to;
	struct text id;
	struct text in_response_to; /* absent: it answers none */
	int64_t now_ms;
	int64_t until_ms; /* 0: it does not say */
};
void saml_write_opening(struct call *call, const struct saml_opening *opening, struct saml_write *out);
/* A NameID; ns: the declaration of its prefix, or nothing. */
void saml_write_name(struct call *call, const struct msg_service_record *service, enum saml_format format,
    struct text name, const char *ns, struct saml_write *out);
void saml_write_status(const struct saml_status *status, struct saml_write *out);

/* What an element begins with, to the end of its Issuer, and what follows; as one, signed or without a signature (absent). On the arena. Errors of
 * signing.h; ERR_TOO_LARGE. */
struct saml_halves {
	struct text head;
	struct text rest;
};
NODISCARD enum err saml_sign(
    struct call *call, const struct saml_halves *halves, struct text id, struct text *element_r);
NODISCARD enum err saml_whole(
    struct call *call, const struct saml_halves *halves, struct text signature, struct text *whole_r);

/* --- saml_send.c --- */

/* A message to a place of a service, signed as that binding has it. Errors of saml_sign. */
struct saml_sending {
	const struct msg_saml_logout_place *place;
	bool answers; /* a SAMLResponse, else a SAMLRequest */
	struct text relay_state;
	struct text id;
	struct saml_halves halves;
};
NODISCARD enum err saml_send(
    struct call *call, const struct saml_sending *sending, struct msg_saml_message *message_r);

/* --- saml_leave.c --- */

/* The address of ours that the browser opens in a frame, so that the service of a visit is told of the end of a session; absent: it cannot be told like
 * this, or memory is out. visited: the visit's time. to_r: where that leads then. */
struct text saml_leave_frame(struct call *call, struct bytes trail, const struct msg_service_record *service,
    int64_t visited, struct text *to_r);

/* What a mark says is done: the service of a visit is told, or the one that asked is answered. */
NODISCARD enum err saml_leave_go_on(
    struct call *call, const struct msg_saml_slo *ask, struct wire_any *answer_r);

/* What a service says to our request; recorded where it is none. */
NODISCARD enum err saml_leave_answered(
    struct call *call, const struct msg_judge_saml_request *ask, struct wire_any *answer_r);

/* Makes both halves of a message ready, by its opening and what follows that. ERR_TOO_LARGE, ERR_NO_MEMORY. */
NODISCARD enum err saml_leave_message(struct call *call, const struct saml_opening *opening,
    struct saml_write *rest, struct saml_sending *sending);

/* Makes our LogoutRequest to the service of a visit ready, for the place that stands in sending. ERR_NOT_FOUND: nothing is known of it any more; ERR_TOO_LARGE, and those of
 * saml_encrypt. */
NODISCARD enum err saml_leave_request(struct call *call, const struct msg_service_record *service,
    const struct msg_visit_record *visit, struct text id, struct saml_sending *sending);

/* The place of a service for what is said to it: of that binding, else the first of a browser's; NULL: there is none. */
const struct msg_saml_logout_place *saml_leave_place(
    const struct msg_service_record *service, enum saml_binding binding);

/* --- saml_soap.c: what services are told by no browser --- */

/* Where; absent: nowhere. */
struct text saml_soap_address(const struct msg_service_record *service);

/* The envelope with a signed LogoutRequest for a notice. ERR_NOT_FOUND: the service cannot be told like this; errors of saml_leave_request and saml_sign. */
NODISCARD enum err saml_soap_write(struct call *call, const struct msg_notice_record *notice,
    const struct msg_service_record *service, struct secret *envelope_r);

/* Has the answer judged. NULL: the service has confirmed; else why not (a literal), and *outcome_r says whether to ask once more. */
NODISCARD const char *saml_soap_judge(struct call *call, const struct msg_notice_record *notice,
    struct bytes answer, enum notice_outcome *outcome_r);

/* --- saml_ended.c: a service has signed somebody out --- */

/* Where that leads: to the page of who was signed out, and by its link or by itself to the service. record: what is to be answered, and what has ended. own: the one
 * of this browser; NULL: none of them is, or it may be one whose key stands in the record, and the browser is to come again. */
NODISCARD enum err saml_ended_leave(struct call *call, struct msg_saml_leave_record *record,
    const struct msg_service_record *service, const struct msg_saml_ended_row *own,
    struct wire_any *answer_r);

/* The browser comes again, with a session or without one (absent). */
NODISCARD enum err saml_ended_go_on(struct call *call, struct secret session,
    const struct msg_saml_leave_record *record, const struct msg_service_record *service,
    struct wire_any *answer_r);

/* Answers who has asked for it. */
NODISCARD enum err saml_ended_answer(struct call *call, const struct msg_saml_leave_record *record,
    const struct msg_service_record *service, const struct saml_status *status, struct wire_any *answer_r);

/* --- saml_response.c: what we answer --- */

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

/* --- saml_encrypt.c --- */

/* Whether its assertions, and the names in our requests, are encrypted, by what an operator and its metadata say. */
bool saml_encrypts(const struct msg_service_record *service);

/* What is clear (an assertion that is signed, a NameID that declares its prefix) as an EncryptedAssertion or an EncryptedID, on the arena. Errors of
 * envelope.h; ERR_TOO_LARGE. */
NODISCARD enum err saml_encrypt(struct call *call, const struct msg_service_record *service,
    const char *element, struct text clear, struct text *encrypted_r);

/* --- saml_metadata.c --- */

/* How our EntityDescriptor begins: attributes follow. */
#define SAML_ENTITY "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\""

/* Our entityID, and where requests go; on the arena, absent when memory is out. */
struct text saml_entity_id(struct call *call);
struct text saml_sso_address(struct call *call);
struct text saml_slo_address(struct call *call);

/* The URI of a form of names. */
const char *saml_format_uri(enum saml_format format);

#endif
