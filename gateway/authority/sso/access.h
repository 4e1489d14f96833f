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

/* What a request demands of the proof, beside what the service's entry does. */
struct access_demand {
	bool anew;   /* one that is given for this request */
	bool limits; /* one that is no older than: */
	uint64_t most_age_s;
	int64_t
	    since_ms; /* when the person was led to the sign-in, or the request came: a proof behind it is one for it; 0: was not */
};

enum access {
	ACCESS_GIVEN,
	ACCESS_AGED,    /* the person has to prove anew who it is */
	ACCESS_LOW,     /* the session has less than the service's level: *rule_r */
	ACCESS_REFUSED, /* the person may not: *rule_r */
};

/* What every door asks before it gives something for a session. An aged proof comes first: who signs in anew may be somebody else. *rule_r is the
 * rule's name as of access_forbids, else NULL. */
enum access access_judge(const struct msg_service_record *service, const struct msg_session_record *session,
    const struct access_demand *demand, struct arena *arena, const char **rule_r);

/* Whether the proof was given for the request. */
bool access_is_answered(const struct msg_session_record *session, const struct access_demand *demand);

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
