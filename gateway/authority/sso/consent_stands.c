/* consent_stands.c - whether a consent stands, for who asks often: proxies and resource servers. That it does is remembered for a minute, so that the
 * person's book is not read from the directory at each question; a withdrawal counts at once all the same, since its mark is looked for in the
 * store each time. */
#include <inttypes.h>
#include <pthread.h>
#include <string.h>
#include "authority/authority.h"
#include "authority/keys/keys.h"
#include "authority/sso/consent_kept.h"
#include "authority/sso/consent_told.h"
#include "base/clock.h"

#define PLACES 1024u
#define GOOD_FOR_MS 60000

/* This person, service and names, by a hash; since when the person agrees, and until when that is believed. */
struct stood {
	uint8_t hash[KEYS_HASH_SIZE];
	int64_t agreed, until_ms;
};

/* Who meets another's place takes it. */
static struct {
	pthread_mutex_t lock;
	struct stood places[PLACES];
} self = { .lock = PTHREAD_MUTEX_INITIALIZER };

static struct stood *place_of(const uint8_t hash[KEYS_HASH_SIZE])
{
	uint32_t first;
	memcpy(&first, hash, sizeof first);
	return &self.places[first % PLACES];
}

/* Since when; 0: it is not known. */
static int64_t recall(const uint8_t hash[KEYS_HASH_SIZE])
{
	int64_t agreed = 0;
	(void)pthread_mutex_lock(&self.lock);
	const struct stood *place = place_of(hash);
	if (memcmp(place->hash, hash, KEYS_HASH_SIZE) == 0 && place->until_ms > clock_steady_ms())
		agreed = place->agreed;
	(void)pthread_mutex_unlock(&self.lock);
	return agreed;
}

static void remember(const uint8_t hash[KEYS_HASH_SIZE], int64_t agreed)
{
	(void)pthread_mutex_lock(&self.lock);
	struct stood *place = place_of(hash);
	memcpy(place->hash, hash, KEYS_HASH_SIZE);
	place->agreed = agreed;
	place->until_ms = clock_steady_ms() + GOOD_FOR_MS;
	(void)pthread_mutex_unlock(&self.lock);
}

static enum err hash_of(struct call *call, const struct consent *consent, uint8_t hash[KEYS_HASH_SIZE])
{
	struct text names;
	enum err err = consent_names(call, consent, &names);
	if (err != OK)
		return err;
	const char *text =
	    arena_printf(&call->arena, "stands %" PRId64 " %.*s %.*s %.*s", consent->service->added,
		TEXT_ARGS(consent->service->name), TEXT_ARGS(consent->session->person), TEXT_ARGS(names));
	if (text == NULL)
		return ERR_NO_MEMORY;
	keys_hash(call->authority->keys, KEY_CONSENT_STORE, text, strlen(text), hash);
	return OK;
}

/* By the book. */
static enum err judge(struct call *call, const struct consent *consent, const uint8_t hash[KEYS_HASH_SIZE])
{
	enum consent_outcome outcome = CONSENT_ASK;
	int64_t agreed = 0;
	enum err err = consent_judge(call, consent, &outcome, &agreed);
	if (err == OK && outcome == CONSENT_YES)
		remember(hash, agreed);
	return err == OK && outcome != CONSENT_YES ? ERR_NOT_FOUND : err;
}

enum err consent_stands(
    struct call *call, const struct msg_service_record *service, const struct msg_session_record *session)
{
	const struct text parts[] = { TEXT_LITERAL("stands") };
	const struct consent consent = {
		.service = service, .session = session, .request = { parts, COUNT(parts) }
	};
	uint8_t hash[KEYS_HASH_SIZE];
	bool back = false;
	if (session == NULL || !service->consent)
		return OK;
	enum err err = hash_of(call, &consent, hash);
	int64_t agreed = err == OK ? recall(hash) : 0;
	if (err != OK || agreed == 0)
		return err == OK ? judge(call, &consent, hash) : err;
	err = consent_is_back(call, session->person, service->name, agreed, &back);
	return back ? judge(call, &consent, hash) : err;
}
