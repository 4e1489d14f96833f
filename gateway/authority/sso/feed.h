/* feed.h - services that nobody has registered, by metadata that a federation has signed.
 *
 * A feed says what a service is: its entityID, its addresses, its keys, its name. What its people have to be, and what it is told of them, the
 * section of the feed in the settings says, and its metadata choose among that by an entity category at most. One that an operator has
 * registered comes before. */
#ifndef SPOM_AUTHORITY_SSO_FEED_H
#define SPOM_AUTHORITY_SSO_FEED_H
#include "authority/call/call.h"
#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "conf/conf.h"
#include "wire/wire.h"

/* Metadata that hold now, and the feed that they are of. */
struct feed_known {
	const struct msg_metadata_record *record;
	const struct conf_metadata *feed;
	bool excepted; /* by that feed, or by one before */
};

/* What lies on our disk of an entity, as long as its feed is in the settings, with the same key, and they hold. ERR_NOT_FOUND. */
NODISCARD enum err feed_known(
    struct authority *authority, struct text entity_id, struct arena *arena, struct feed_known *known_r);

/* The service of an entity of which that is known; old metadata are asked for again, and nobody waits for that. ERR_NOT_FOUND;
 * ERR_FORBIDDEN: the settings except it from its feed, or from one before. */
NODISCARD enum err feed_service(struct authority *authority, struct text entity_id, struct arena *arena,
    const struct msg_service_record **service_r);

/* The service that metadata and settings make, on the arena. ERR_MALFORMED: it breaks a rule of service.h (*fault_r, a text id). */
NODISCARD enum err feed_make_service(struct authority *authority, const struct feed_known *known,
    struct arena *arena, const struct msg_service_record **service_r, const char **fault_r);

/* The certificate of a feed, DER, on the arena, and a hash of it. ERR_CONFIG: the file cannot be read, or is none (logged). */
struct feed_signer {
	struct bytes der;
	struct bytes hash;
};
NODISCARD enum err feed_signer(struct authority *authority, const struct conf_metadata *feed,
    struct arena *arena, struct feed_signer *signer_r);

/* Whether a service is one of those. */
bool feed_has(const struct msg_service_record *service);

/* Whether what is said to a service may go into a network that is not public: an operator has registered it, or the settings say so of its feed.
 * A service that no feed has any more may not. What else fails is not decided, and its error. */
NODISCARD enum err feed_reaches_inside(struct authority *authority, const struct msg_service_record *service,
    struct arena *arena, bool *inside_r);

/* --- messages --- */
enum err feed_on_next(struct call *call, const void *ask, struct wire_any *answer_r);
enum err feed_on_told(struct call *call, const void *ask, struct wire_any *answer_r);
enum err feed_on_seek(struct call *call, const void *ask, struct wire_any *answer_r);

#endif
