#include "authority/sso/feed_cache.h"
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "authority/keys/keys.h"
#include "authority/outbox/folder.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/io.h"
#include "conf/conf.h"
#include "log/log.h"

#define FOLDER "metadata"
#define PREFIX "md-"
#define HASH_BYTES 16u
#define LOOK_MS 60000
#define FILE_SIZE_MAX ENC_BASE64URL_SIZE(WIRE_BODY_MAX + KEYS_SEAL_EXTRA)

static struct {
	pthread_mutex_t lock; /* of who writes */
	int folder;
	unsigned n;        /* of its files, or somewhat more */
	int64_t looked_ms; /* steady; 0: never */
	struct feed_cache_held held;
} self = { .lock = PTHREAD_MUTEX_INITIALIZER, .folder = -1 };

struct aged {
	struct timespec at;
	char name[FEED_NAME_SIZE];
};

struct listing {
	struct aged *at;
	unsigned n, room;
};

/* --- the folder --------------------------------------------------------------------------------------------------- */

static bool is_name(const char *text)
{
	return strncmp(text, PREFIX, sizeof PREFIX - 1) == 0 && strlen(text) == FEED_NAME_SIZE - 1;
}

/* False: there is no room for it. */
static bool add(struct listing *listing, const char *name)
{
	struct stat stat;
	if (fstatat(self.folder, name, &stat, AT_SYMLINK_NOFOLLOW) != 0)
		return true;
	if (listing->n == listing->room) {
		unsigned room = listing->room > 0 ? listing->room * 2 : 256;
		struct aged *more = reallocarray(listing->at, room, sizeof *more);
		if (more == NULL)
			return false;
		listing->at = more;
		listing->room = room;
	}
	struct aged *aged = &listing->at[listing->n++];
	aged->at = stat.st_mtim;
	memcpy(aged->name, name, sizeof aged->name); /* of that length: is_name */
	return true;
}

/* What a write has left half-done is removed. */
static void list(struct listing *listing)
{
	int own = openat(self.folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *entries = own >= 0 ? fdopendir(own) : NULL;
	if (entries == NULL) {
		io_close(&own);
		return;
	}
	for (const struct dirent *entry; (entry = readdir(entries)) != NULL;) {
		if (folder_is_part(entry->d_name))
			(void)unlinkat(self.folder, entry->d_name, 0);
		else if (is_name(entry->d_name) && !add(listing, entry->d_name))
			break;
	}
	(void)closedir(entries);
}

static int by_age(const void *left, const void *right)
{
	const struct aged *a = left, *b = right;
	if (a->at.tv_sec != b->at.tv_sec)
		return a->at.tv_sec < b->at.tv_sec ? -1 : 1;
	return a->at.tv_nsec < b->at.tv_nsec ? -1 : a->at.tv_nsec > b->at.tv_nsec;
}

/* Inside the lock. */
static void trim(unsigned most)
{
	struct listing listing = { NULL, 0, 0 };
	unsigned gone = 0;
	list(&listing);
	if (listing.at != NULL && listing.n > most)
		qsort(listing.at, listing.n, sizeof *listing.at, by_age);
	for (; listing.at != NULL && listing.n - gone > most; gone++)
		(void)unlinkat(self.folder, listing.at[gone].name, 0);
	self.n = listing.n - gone;
	free(listing.at);
}

void feed_cache_trim(unsigned most)
{
	(void)pthread_mutex_lock(&self.lock);
	trim(most);
	(void)pthread_mutex_unlock(&self.lock);
}

static uint64_t age_s(const struct timespec *at)
{
	int64_t age = clock_now_ms() / 1000 - at->tv_sec;
	return age > 0 ? (uint64_t)age : 0;
}

/* Inside the lock. */
static void look(void)
{
	struct listing listing = { NULL, 0, 0 };
	list(&listing);
	self.held = (struct feed_cache_held){ .n = listing.n };
	for (unsigned i = 0; i < listing.n; i++) {
		uint64_t age = age_s(&listing.at[i].at);
		self.held.newest_s = i == 0 || age < self.held.newest_s ? age : self.held.newest_s;
		self.held.oldest_s = age > self.held.oldest_s ? age : self.held.oldest_s;
	}
	free(listing.at);
	self.looked_ms = clock_steady_ms();
}

void feed_cache_look(struct feed_cache_held *held_r)
{
	(void)pthread_mutex_lock(&self.lock);
	if (self.folder >= 0 && (self.looked_ms == 0 || clock_steady_ms() - self.looked_ms > LOOK_MS))
		look();
	*held_r = self.held;
	(void)pthread_mutex_unlock(&self.lock);
}

enum err feed_cache_open(const struct conf *conf)
{
	enum err err = folder_open(conf->authority.state, FOLDER, &self.folder);
	if (err == OK)
		feed_cache_trim(FEED_FILES_MAX);
	return err;
}

/* --- files -------------------------------------------------------------------------------------------------------- */

void feed_cache_name(const struct keys *keys, struct text entity_id, char name[FEED_NAME_SIZE])
{
	uint8_t hash[KEYS_HASH_SIZE];
	keys_hash(keys, KEY_ENTITY_STORE, entity_id.at, entity_id.len, hash);
	memcpy(name, PREFIX, sizeof PREFIX - 1);
	enc_hex(hash, HASH_BYTES, name + sizeof PREFIX - 1);
}

static enum err open_record(const struct keys *keys, struct secret sealed, struct arena *arena,
    const struct msg_metadata_record **record_r)
{
	struct bytes plain;
	const void *at;
	enum err err = keys_unseal(keys, KEY_METADATA, sealed, arena, &plain);
	uint8_t *body = err == OK ? (uint8_t *)arena_copy(arena, plain.at, plain.len) : NULL;
	if (err == OK && body == NULL)
		return ERR_NO_MEMORY;
	if (err == OK)
		err = wire_decode(wire_msg_metadata_record(), body, plain.len, arena, &at);
	if (err == OK)
		*record_r = at;
	return err;
}

enum err feed_cache_load(const struct keys *keys, struct text entity_id, struct arena *arena,
    const struct msg_metadata_record **record_r)
{
	char name[FEED_NAME_SIZE];
	struct secret sealed;
	feed_cache_name(keys, entity_id, name);
	if (self.folder < 0)
		return ERR_NOT_FOUND;
	enum err err = folder_get(self.folder, name, FILE_SIZE_MAX + 1, arena, &sealed);
	if (err == OK)
		err = open_record(keys, sealed, arena, record_r);
	if (err == OK || err == ERR_NOT_FOUND || err == ERR_NO_MEMORY)
		return err;
	/* of a key that is gone, or torn: the feed has it still */
	log_line(LOG_LEVEL_WARNING, "metadata_not_read", 0, LOG_STR("file", name),
	    LOG_STR("reason", err_text(err)));
	return ERR_NOT_FOUND;
}

enum err feed_cache_put(
    const struct keys *keys, const struct msg_metadata_record *record, struct arena *arena)
{
	char name[FEED_NAME_SIZE];
	size_t len;
	struct secret sealed;
	uint8_t *body = arena_alloc(arena, WIRE_BODY_MAX);
	if (body == NULL)
		return ERR_NO_MEMORY;
	if (self.folder < 0)
		return ERR_IO;
	feed_cache_name(keys, record->saml->entity_id, name);
	enum err err = wire_encode(WIRE(metadata_record, record), body, WIRE_BODY_MAX, &len);
	if (err == OK)
		err = keys_seal(keys, KEY_METADATA, (struct bytes){ body, len }, arena, &sealed);
	if (err != OK)
		return err;
	(void)pthread_mutex_lock(&self.lock);
	err = folder_put(self.folder, name, sealed);
	if (err == OK && ++self.n > FEED_FILES_MAX)
		trim(FEED_FILES_MAX - FEED_FILES_MAX / 16);
	(void)pthread_mutex_unlock(&self.lock);
	return err;
}

void feed_cache_remove(const struct keys *keys, struct text entity_id)
{
	char name[FEED_NAME_SIZE];
	feed_cache_name(keys, entity_id, name);
	if (self.folder >= 0)
		(void)unlinkat(self.folder, name, 0);
}
