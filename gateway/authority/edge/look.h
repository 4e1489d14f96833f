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

/* Fills the answer: err is what came of looking the session up (look_up, or its store and its guard one by one). Counts it. */
NODISCARD enum err look_end(struct call *call, struct look *look, enum err err,
    const struct msg_session_record *session, struct wire_any *answer_r);

/* Refuses, because a neighbour cannot be asked: never a yes, never a sign-in page that would not work. Counts it. */
NODISCARD enum err look_refuse(struct call *call, enum refusal reason, struct wire_any *answer_r);

/* The refusal for an error of the store, or of the guard. */
enum refusal look_reason(enum err err, bool of_directory);

/* Whether the session is to be noted as seen: at most once a minute. */
bool look_is_due(const struct msg_session_record *session);

/* Redeems the ticket of a check (ticket.c). */
NODISCARD enum err look_redeem(struct call *call, struct look *look, struct wire_any *answer_r);

#endif
