/* feed_seek.h - private to sso: asks feeds for an entity, one after the other, by way of spom-courier.
 *
 * Anybody can send a request that names any entity, so: what no feed knew is not asked for again for a minute, and what nobody knows costs a
 * budget (feed_budget.h). */
#ifndef SPOM_AUTHORITY_SSO_FEED_SEEK_H
#define SPOM_AUTHORITY_SSO_FEED_SEEK_H
#include "authority/call/call.h"
#include "authority/sso/feed_budget.h"
#include "base/text.h"

enum feed_sought {
	FEED_SOUGHT_UNKNOWN, /* no feed has it */
	FEED_SOUGHT_AWAY, /* one that might have it did not answer, or not as it should; or too many are sought */
	FEED_SOUGHT_NOT_YET, /* nobody has asked yet */
	FEED_SOUGHT_FOUND,
};

/* What is known of asking for that, without asking. */
enum feed_sought feed_seek_look(struct authority *authority, struct text entity_id);

/* Asks, and waits for the answer, some seconds at most. On a thread of POOL_COURIER. */
enum feed_sought feed_seek(struct call *call, const struct feed_payer *payer, struct text entity_id);

/* Has it asked for again, and does not wait. */
void feed_seek_again(struct authority *authority, struct text entity_id);

#endif
