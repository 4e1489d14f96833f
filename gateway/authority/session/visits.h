/* visits.h - what a session has visited, whatever protocol it was by, and its end there.
 *
 * Whoever gives a service something in a session (an authorization code, a ticket, an assertion) says so by visits_settle, with what that
 * service will know the session by. When the session ends, by whatever cause, each service that can be told is told (outbox.h): at once
 * where somebody ends it (session_remove), and within minutes where nobody does, by sweep.h: an expiry, a lock in the directory, another
 * password. The list outlives the session, so that nothing is lost in between.
 *
 * It lies in the store, sealed, under the session's trail, which goes on under a new token. A service is listed once, with its newest
 * handle. Tickets of CAS, of which each is a session at the service, lie in a list of that service: however many there are, no other service
 * falls out for them. */
#ifndef SPOM_AUTHORITY_SESSION_VISITS_H
#define SPOM_AUTHORITY_SESSION_VISITS_H
#include "authority/store/store.h"
#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "wire/wire.h"

struct authority;
struct store_batch;

#define VISITS_MAX \
	32u /* services of one session; of more the ones noted first are not told, which is logged */
#define VISITS_TICKETS_MAX 8u /* of one service of CAS, the newest */

struct visits {
	const struct msg_visit_record *at; /* the newest service first */
	unsigned n;
	bool
	    whole; /* false: there are more than are told, so nobody may say that the session has ended everywhere */
};

/* Where the visits of a session lie; *key_r. False: the session has no trail, being of an earlier release. */
bool visits_key(
    struct authority *authority, const struct msg_session_record *session, struct store_key *key_r);

/* By what a service knows the session (OpenID Connect Back-Channel Logout 1.0 section 2.1): for each service another name, and for
 * all tokens of the session the same. On the arena; absent: memory is out, or the session has no trail. */
struct text visits_sid(struct authority *authority, const struct msg_session_record *session,
    struct text service, struct arena *arena);

/* This session has visited this service, which knows it by that handle: the sid, the service ticket, the SessionIndex; subject: the
 * NameID, else absent. Settles the batch with what it holds already (the code, the ticket) and the note, in one round trip: both are
 * there, or the result says which of them is not. Errors of store_batch_settle. */
NODISCARD enum err visits_settle(struct authority *authority, struct store_batch *batch,
    const struct msg_session_record *session, const struct msg_service_record *service, struct text handle,
    struct text subject);

/* The services of a trail, each once, but with CAS once for each ticket; on the arena. */
NODISCARD enum err visits_list(
    struct authority *authority, const struct store_key *key, struct arena *arena, struct visits *visits_r);

/* Whether that is where it was: a service of SAML is the entityID, whatever its name here was then. */
bool visits_is_at(const struct msg_visit_record *visit, enum protocol protocol, struct text client_id);

/* The session is over: queues what the services are to be told. Where that fails it is tried again (sweep.h). */
void visits_end(struct authority *authority, const struct store_key *key);

/* Notes what came of telling a service, for those who have just signed out. */
void visits_told(
    struct authority *authority, const struct msg_notice_record *notice, enum notice_outcome outcome);

/* What came of it until now, newest first; on the arena. One row is of no service but VISITS_END: the session has ended. No row at all: it has not,
 * or that was too long ago. */
#define VISITS_END "."
NODISCARD enum err visits_told_list(struct authority *authority, const struct store_key *key,
    struct arena *arena, const void ***told_r, unsigned *n_r);

/* --- for who sweeps ----------------------------------------------------------------------------------------------- */

/* The agenda of all trails of which somebody has to find out whether the session goes on. */
struct store_key visits_agenda(struct authority *authority);

/* The session of a trail lives: notes when to look again, and that the lists last as long as it, and so does what services of SAML know it by. visits: by
 * visits_list, some. */
NODISCARD enum err visits_go_on(struct authority *authority, const struct store_key *key,
    const struct visits *visits, const struct msg_session_record *session);

#endif
