/* feed_accept.h - private to sso: whether what came from a feed is what it should be, and what becomes of it. */
#ifndef SPOM_AUTHORITY_SSO_FEED_ACCEPT_H
#define SPOM_AUTHORITY_SSO_FEED_ACCEPT_H
#include "authority/call/call.h"
#include "conf/conf.h"
#include "wire/wire.h"

/* Has it judged, and keeps it where it is signed by that feed, of that entity, and good for a while. False: not so (logged). */
bool feed_accept(
    struct call *call, const struct conf_metadata *feed, struct text entity_id, struct bytes xml);

/* The feed has taken an entity away. */
void feed_drop(struct call *call, const struct conf_metadata *feed, struct text entity_id);

#endif
