/* look.h - private to edge: one check on its way from the question to the verdict. */
#ifndef SPOM_AUTHORITY_EDGE_LOOK_H
#define SPOM_AUTHORITY_EDGE_LOOK_H
#include "authority/call/call.h"
#include "authority/edge/application.h"

struct look {
	const struct msg_check *check;
	const struct conf_application *application; /* NULL: one of the portal's own origins */
	struct store_key key;                       /* the session that the cookie names */
	bool named;                                 /* it names one */
	struct msg_check_verdict *verdict;
};

/* What can be said without the store: of which origin, and which session is to be looked up. ERR_FORBIDDEN (and the verdict says
 * so): no address of ours. ERR_NO_MEMORY. */
NODISCARD enum err look_begin(struct call *call, const struct msg_check *check, struct look *look_r);

/* Fills the answer: err is what came of looking the session up, or of look_begin. Any but OK, ERR_NOT_FOUND (nobody) and
 * ERR_FORBIDDEN goes on to the caller, as a refusal: never a yes, never a way to a sign-in that would not work. Counts it. */
NODISCARD enum err look_end(struct call *call, struct look *look, enum err err,
    const struct msg_session_record *session, struct wire_any *answer_r);

/* Whether the answer to that session is to be signed first, which may wait: no signed one is remembered, and the application is told one. */
bool look_wants_signature(struct call *call, struct look *look, const struct msg_session_record *session);

/* Whether the session is to be noted as seen: at most once a minute. */
bool look_is_due(const struct msg_session_record *session);

/* Redeems the ticket of a check (ticket.c). */
NODISCARD enum err look_redeem(struct call *call, struct look *look, struct wire_any *answer_r);

#endif
