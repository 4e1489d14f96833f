/* refusals.h - which requests that were refused to nobody that is signed in stand in the audit.
 *
 * Anybody may ask in vain as often as he likes, and no disk is full of it; but who floods one service hides nothing of another. Each service has a
 * budget for each kind of refusal, whatever the reasons, those that name no service have one for each kind, and all together have one, beside which one a
 * second of each service finds room; in memory of a fixed size. What is beyond is counted, and each minute the number is recorded. */
#ifndef SPOM_AUTHORITY_SSO_REFUSALS_H
#define SPOM_AUTHORITY_SSO_REFUSALS_H
#include "authority/audit/audit.h"

/* Begins to record numbers. ERR_NO_MEMORY. */
NODISCARD enum err refusals_start(struct authority *authority);

/* Records what is counted until now; nothing where it was not started. */
void refusals_stop(void);

/* Records a refusal, and says it in the log, where `what` names its object: of somebody who is signed in each one, else as far as the budgets go; what is
 * beyond is counted. session: NULL, or whose person and user are filled in. Asks nobody's leave. Thread-safe. */
void refusals_note(struct authority *authority, struct audit_entry *refusal,
    const struct msg_session_record *session, const char *what);

/* Whether one is to be recorded of what goes on by itself until somebody mends it: once a minute of each object and reason,
 * both registered or of our sources; if not, it was counted. Thread-safe. */
bool refusals_may_tell_again(struct authority *authority, const struct audit_entry *refusal);

#endif
