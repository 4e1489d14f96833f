#include "authority/audit/audit.h"
#include "authority/authority.h"
#include "authority/directory/directory.h"
#include "authority/edge/edge.h"
#include "authority/outbox/outbox.h"
#include "authority/store/store.h"
#include "authority/timekeeper.h"

/* Ready says whether sign-ins can be kept; the directory is told beside it, because live sessions go on without it, and
 * the queue of mails, because what owes none does. */
enum err edge_on_health(struct call *call, const void *ask, struct wire_any *answer_r)
{
	(void)ask;
	struct msg_health_state *state = arena_alloc(&call->arena, sizeof *state);
	if (state == NULL)
		return ERR_NO_MEMORY;
	state->store = store_is_well(call->authority->store);
	state->clock = timekeeper_trusts();
	state->directory = directory_is_well(call->authority->directory);
	state->audit = audit_is_well(call->authority->audit);
	state->mail = outbox_is_well(call->authority);
	state->ready = state->store && state->clock && state->audit;
	state->release = TEXT_LITERAL(SPOM_VERSION);
	*answer_r = WIRE(health_state, state);
	return OK;
}
