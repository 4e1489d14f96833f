/* feed_cache.h - private to sso: metadata that a feed has signed, on our own disk: a sealed file for each entity, which outlives a restart and the
 * feed's absence. One file is written anew at least once a day where its service is used, so the oldest ones are those that nobody uses:
 * they go where there are too many. Any thread. */
#ifndef SPOM_AUTHORITY_SSO_FEED_CACHE_H
#define SPOM_AUTHORITY_SSO_FEED_CACHE_H
#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "wire/wire.h"

struct authority;
struct conf;
struct keys;

#define FEED_FILES_MAX 20000u
#define FEED_NAME_SIZE 36u /* md-, 32 digits and a NUL */

/* The folder below the state folder; before the first thread. Errors of folder_open. */
NODISCARD enum err feed_cache_open(const struct conf *conf);

/* The name of an entity's service, which is that of its file. */
void feed_cache_name(const struct keys *keys, struct text entity_id, char name[FEED_NAME_SIZE]);

/* ERR_NOT_FOUND: there are none, or they cannot be opened (any more). */
NODISCARD enum err feed_cache_load(const struct keys *keys, struct text entity_id, struct arena *arena,
    const struct msg_metadata_record **record_r);

/* In place of those that were there. */
NODISCARD enum err feed_cache_put(
    const struct keys *keys, const struct msg_metadata_record *record, struct arena *arena);

void feed_cache_remove(const struct keys *keys, struct text entity_id);

/* What there is, by a look at the folder that is a minute old at most. Seconds since the newest and the oldest were fetched. */
struct feed_cache_held {
	unsigned n;
	uint64_t newest_s, oldest_s;
};
void feed_cache_look(struct feed_cache_held *held_r);

/* Takes the oldest away until there are so many. */
void feed_cache_trim(unsigned most);

#endif
