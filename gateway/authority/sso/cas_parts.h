/* cas_parts.h - private to sso: what the endpoints of CAS for machines have in common. */
#ifndef SPOM_AUTHORITY_SSO_CAS_PARTS_H
#define SPOM_AUTHORITY_SSO_CAS_PARTS_H
#include "authority/call/call.h"

/* Answers with a refusal, and records it; service: NULL where nobody knows. */
enum err cas_refuse(struct call *call, const struct msg_service_record *service, enum cas_code code,
    const char *why, struct wire_any *answer_r);

/* The service at an address, if it is the one that was registered then under that name. ERR_NOT_FOUND: it is another. */
struct cas_whose {
	struct text address, name;
	int64_t registered;
};
NODISCARD enum err cas_load_service(
    struct call *call, struct cas_whose whose, const struct msg_service_record **service_r);

/* The session that a ticket hangs on. ERR_NOT_FOUND: it has ended. */
NODISCARD enum err cas_load_session(
    struct call *call, struct bytes of, const struct msg_session_record **session_r);

/* Gives a service that has shown a ticket one to be a proxy by (section 2.5.4), which *iou_r names; asks the service's
 * callback first. why_r->words: NULL, or why it has none. */
struct cas_validated {
	const struct msg_service_ticket_record *ticket;
	const struct msg_service_record *service;
	const struct msg_session_record *session;
};
struct cas_why {
	enum cas_code code;
	const char *words; /* NULL: there is none */
};
NODISCARD enum err cas_grant(struct call *call, const struct cas_validated *validated, struct text pgt_url,
    struct secret *iou_r, struct cas_why *why_r);

#endif
