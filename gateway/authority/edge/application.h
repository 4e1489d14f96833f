/* application.h - the applications of the settings: who may use one, and the cookies that their hosts hold (SECURITY 35).
 *
 * An application's cookie names a session and opens nothing but that application: it is bound to the origin, and counts as long as
 * the session is there. Nobody but forward-auth takes it. */
#ifndef SPOM_AUTHORITY_EDGE_APPLICATION_H
#define SPOM_AUTHORITY_EDGE_APPLICATION_H
#include "authority/authority.h"
#include "authority/keys/keys.h"
#include "authority/store/store.h"
#include "base/arena.h"
#include "base/secret.h"
#include "conf/conf.h"

#define APPLICATION_TICKET_MS 10000

/* Whether an origin is one of the portal's own. */
bool application_is_portal(const struct conf *conf, struct text origin);

/* The application of an origin; NULL when there is none. Borrowed from the settings. */
const struct conf_application *application_find(const struct conf *conf, struct text origin);

/* The outcome of the application's rules for a session: CHECK_ALLOWED, or CHECK_FORBIDDEN, CHECK_LEVEL or CHECK_ANEW and in
 * *rule_r (on the arena) the name of the rule. */
enum check_outcome application_judge(const struct conf_application *application,
    const struct msg_session_record *session, struct arena *arena, struct text *rule_r);

/* The cookie for the host of origin, on the arena; absent when memory is out. */
struct secret application_cookie(
    struct authority *authority, struct text origin, const struct store_key *session, struct arena *arena);

/* Which session such a cookie names. ERR_NOT_FOUND: it is none of ours, or of another origin. */
NODISCARD enum err application_cookie_open(
    struct authority *authority, struct text origin, struct secret cookie, struct store_key *session_r);

/* What the hand-over is told of a nonce: its keyed hash. */
void application_challenge(struct authority *authority, struct secret nonce, uint8_t hash[KEYS_HASH_SIZE]);

/* Where a ticket lies in the store. */
struct store_key application_ticket_key(struct authority *authority, struct secret ticket);

#endif
