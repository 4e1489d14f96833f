/* cas_ticket.h - private to sso: tickets (CAS Protocol 3.0, section 3), as they lie in the store.
 *
 * A ticket is random. One to a service is good for ten seconds, and taken by the first who shows it, whatever comes of that; a
 * proxy-granting ticket is good as long as the session. They lie under their keyed hash: a copy of the store opens nothing. */
#ifndef SPOM_AUTHORITY_SSO_CAS_TICKET_H
#define SPOM_AUTHORITY_SSO_CAS_TICKET_H
#include <stdbool.h>
#include "authority/call/call.h"

#define CAS_PROXIES_MAX 4u /* one behind the other */

enum cas_ticket {
	CAS_TICKET_NONE,
	CAS_TICKET_SERVICE,  /* ST-, section 3.1 */
	CAS_TICKET_PROXY,    /* PT-, section 3.2 */
	CAS_TICKET_GRANTING, /* PGT-, section 3.3 */
	CAS_TICKET_IOU,      /* PGTIOU-, section 3.4 */
	CAS_TICKET_COUNT_
};

/* Which one it has the form of. */
enum cas_ticket cas_ticket_kind(struct secret ticket);

/* A text of that form that was never there before, on the arena; absent when memory is out. */
struct secret cas_ticket_random(struct arena *arena, enum cas_ticket kind);

/* Makes a ticket of the record, whose expiry and epoch are filled in here, and notes that the session has visited the service, which knows it by
 * the ticket: a proxy ticket where the record has proxies. *ticket_r is its only copy. */
NODISCARD enum err cas_ticket_new(struct call *call, const struct msg_service_ticket_record *record,
    const struct msg_session_record *session, const struct msg_service_record *service,
    struct secret *ticket_r);

/* Takes a ticket. ERR_NOT_FOUND: there is none, or it is over. */
NODISCARD enum err cas_ticket_take(
    struct call *call, struct secret ticket, const struct msg_service_ticket_record **record_r);

/* Puts a proxy-granting ticket there, until the record expires. */
NODISCARD enum err cas_ticket_put_granting(
    struct call *call, struct secret ticket, const struct msg_proxy_granting_record *record);

/* Its record; it stays. ERR_NOT_FOUND: there is none, or it is over. */
NODISCARD enum err cas_ticket_load_granting(
    struct call *call, struct secret ticket, const struct msg_proxy_granting_record **record_r);

#endif
