/* access.h - who may use a service, by its entry in the registry. */
#ifndef SPOM_AUTHORITY_SSO_ACCESS_H
#define SPOM_AUTHORITY_SSO_ACCESS_H
#include <stdbool.h>
#include "base/arena.h"
#include "wire/wire.h"

/* The name of the rule by which a session may not use the service ("moodle.groups"), on the arena; NULL: it may. *level_r: it would with
 * a session that is proved more strongly. Never NULL for want of memory. */
const char *access_forbids(const struct msg_service_record *service, const struct msg_session_record *session,
    struct arena *arena, bool *level_r);

#define ACCESS_NO_TARGET "resource is none that is registered for the client"

/* For whom access tokens are: what was asked for (RFC 8707), else the first that is registered, else the service itself. false: they may not be for that
 * one. */
bool access_audience(const struct msg_service_record *service, struct text wanted, struct text *audience_r);

/* Whether a redirect URI is one that is registered, byte for byte; at a loopback address with any port (RFC 8252 section 7.3). */
bool access_redirects_to(const struct msg_service_record *service, struct text uri);

/* The same of where people may be sent behind a sign-out (RP-Initiated Logout 1.0 section 3.1). */
bool access_leaves_to(const struct msg_service_record *service, struct text uri);

/* Whether a service of CAS is at that address (address.h). */
bool access_is_at(const struct msg_service_record *service, struct text address);

#endif
