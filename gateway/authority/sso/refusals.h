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

/* Whether that refusal is to be recorded: if not, it was counted. Thread-safe. */
bool refusals_may_tell(struct authority *authority, const struct audit_entry *refusal);

/* The same of what goes on by itself until somebody mends it: once a minute of each object and reason, both registered or of our sources. */
bool refusals_may_tell_again(struct authority *authority, const struct audit_entry *refusal);

#endif
