/* cas_ticket.h - private to sso: service tickets (CAS Protocol 3.0, section 3.1), as they lie in the store.
 *
 * A ticket is random, good for ten seconds, and taken by the first who shows it, whatever comes of that. It lies under its keyed hash: a copy of
 * the store opens nothing. */
#ifndef SPOM_AUTHORITY_SSO_CAS_TICKET_H
#define SPOM_AUTHORITY_SSO_CAS_TICKET_H
#include <stdbool.h>
#include "authority/call/call.h"

/* Makes a ticket of the record, whose expiry and epoch are filled in here, and notes that the session has visited the service, which knows it by
 * the ticket. *ticket_r is its only copy. */
NODISCARD enum err cas_ticket_new(struct call *call, const struct msg_service_ticket_record *record,
    const struct msg_session_record *session, const struct msg_service_record *service,
    struct secret *ticket_r);

/* Whether it has the form of a ticket of ours. */
bool cas_ticket_is(struct secret ticket);

/* Takes a ticket. ERR_NOT_FOUND: there is none, or it is over. */
NODISCARD enum err cas_ticket_take(
    struct call *call, struct secret ticket, const struct msg_service_ticket_record **record_r);

#endif
