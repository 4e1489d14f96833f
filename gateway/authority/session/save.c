#include "authority/session/save.h"
#include "authority/authority.h"
#include "authority/keys/keys.h"
#include "authority/session/visits.h"
#include "authority/store/batch.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "log/log.h"

struct store_key person_key(struct authority *authority, enum store_kind kind, struct text person)
{
	struct store_key key = { .kind = kind };
	keys_hash(authority->keys, KEY_PERSON_STORE, person.at, person.len, key.bytes);
	return key;
}

static int64_t ttl_of(struct authority *authority, const struct msg_session_record *record)
{
	int64_t idle_ms = (int64_t)authority->conf->session.idle_s * 1000;
	int64_t left_ms = record->expires - clock_now_ms();
	return left_ms < idle_ms ? left_ms : idle_ms;
}

/* The name first: a session that nobody could list would be one that nobody could end. */
static enum err name(struct authority *authority, const struct store_key *key,
    const struct msg_session_record *record, int64_t ttl_ms)
{
	struct store_key index = person_key(authority, STORE_INDEX, record->person);
	return ttl_ms > 0 ? store_index_add(authority->store, &index, key, ttl_ms) : ERR_NOT_FOUND;
}

enum err session_save(struct authority *authority, const struct store_key *key,
    const struct msg_session_record *record, enum store_when when)
{
	int64_t ttl_ms = ttl_of(authority, record);
	enum err err = name(authority, key, record, ttl_ms);
	if (err != OK)
		return err;
	return store_put_record(authority->store, key, WIRE(session_record, record), ttl_ms, when);
}

enum err session_save_new(struct authority *authority, const struct store_key *key,
    const struct msg_session_record *record, struct store_batch *later)
{
	int64_t ttl_ms = ttl_of(authority, record);
	struct store_key index = person_key(authority, STORE_INDEX, record->person);
	if (later == NULL)
		return session_save(authority, key, record, STORE_IF_NEW);
	if (ttl_ms <= 0)
		return ERR_NOT_FOUND;
	(void)store_batch_index_add(later, &index, key, ttl_ms);
	(void)store_batch_put_record(later, key, WIRE(session_record, record), ttl_ms, STORE_IF_NEW);
	return OK;
}

enum err session_save_over(struct authority *authority, const struct store_key *key, struct bytes former,
    const struct msg_session_record *record)
{
	int64_t ttl_ms = ttl_of(authority, record);
	enum err err = name(authority, key, record, ttl_ms);
	if (err != OK)
		return err;
	return store_replace_record(authority->store, key, former, WIRE(session_record, record), ttl_ms);
}

enum err session_remove(
    struct authority *authority, const struct msg_session_record *record, const struct store_key *key)
{
	struct store_key index = person_key(authority, STORE_INDEX, record->person), trail;
	enum err err = store_end(authority->store, key);
	if (err != OK)
		return err;
	if (store_index_remove(authority->store, &index, key) != OK)
		log_line(LOG_LEVEL_DEBUG, "session_name_left", 0); /* it ends by itself, and names nothing */
	if (!record->replaced && visits_key(authority, record, &trail))
		visits_end(authority, &trail);
	return OK;
}
