/* authority.h - what handlers work with. Made in main.c before the first thread, constant from then on but for the settings. */
#ifndef SPOM_AUTHORITY_AUTHORITY_H
#define SPOM_AUTHORITY_AUTHORITY_H
#include <stdint.h>

struct audit;
struct conf;
struct directory;
struct forward_tokens;
struct guard;
struct keys;
struct listing;
struct offered;
struct outbox;
struct rates;
struct registry;
struct released;
struct signing;
struct store;

struct authority {
	const struct conf
	    *_Atomic conf; /* SIGHUP puts a new one here; old ones live until the process ends */
	int64_t _Atomic
	    edition; /* of conf: when it was read, by which front and courier notice that theirs is old */
	const char *file; /* that conf was read from */
	struct directory *directory;
	struct keys *keys;
	struct store *store;
	struct guard *guard;
	struct audit *audit;
	struct outbox *outbox;
	struct rates *rates;
	struct registry *registry;
	struct offered *offered;
	struct listing *listing;
	struct released *released;
	struct signing *signing;
	struct forward_tokens *forward_tokens;
};

#endif
