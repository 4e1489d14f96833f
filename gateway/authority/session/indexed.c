#include "authority/session/indexed.h"
#include <string.h>
#include "authority/authority.h"
#include "authority/keys/keys.h"
#include "authority/store/batch.h"
#include "base/clock.h"

#define KEPT_MS 3600000 /* behind the session's end, as its visits are */
#define ENTITY_MAX 256u
#define VALUE_MAX 512u

static size_t append(uint8_t *to, struct text part, size_t max)
{
	size_t len = part.len < max ? part.len : max;
	if (len > 0)
		memcpy(to, part.at, len);
	return len + 1; /* a NUL behind it, which none of them holds */
}

static struct store_key key_of(struct authority *authority, const struct indexed *pair)
{
	uint8_t bytes[ENTITY_MAX + 2 * VALUE_MAX + 3] = { 0 };
	struct store_key key = { .kind = STORE_INDEXED };
	size_t n = append(bytes, pair->entity_id, ENTITY_MAX);
	n += append(bytes + n, pair->index, VALUE_MAX);
	n += append(bytes + n, pair->name, VALUE_MAX);
	keys_hash(authority->keys, KEY_SAML_STORE, bytes, n, key.bytes);
	return key;
}

static int64_t ttl_ms(int64_t until_ms)
{
	return until_ms - clock_now_ms() + KEPT_MS;
}

void indexed_note(struct authority *authority, struct store_batch *batch,
    const struct msg_session_record *session, const struct indexed *pair, enum saml_format format)
{
	const struct msg_saml_index_record record = { session->trail, session->person, format };
	struct store_key key = key_of(authority, pair);
	if (session->trail.at != NULL)
		(void)store_batch_put_record(
		    batch, &key, WIRE(saml_index_record, &record), ttl_ms(session->expires), STORE_ALWAYS);
}

enum err indexed_find(struct authority *authority, const struct indexed *pair, struct arena *arena,
    const struct msg_saml_index_record **found_r)
{
	struct store_key key = key_of(authority, pair);
	const void *at;
	enum err err = store_load_record(authority->store, &key, wire_msg_saml_index_record(), arena, &at);
	if (err == OK)
		*found_r = at;
	return err;
}

enum err indexed_go_on(
    struct authority *authority, const struct indexed *pair, int64_t until_ms, struct arena *arena)
{
	struct store_key key = key_of(authority, pair);
	const struct msg_saml_index_record *found;
	enum err err = indexed_find(authority, pair, arena, &found);
	if (err == OK)
		err = store_put_record(
		    authority->store, &key, WIRE(saml_index_record, found), ttl_ms(until_ms), STORE_IF_THERE);
	return err == ERR_NOT_FOUND ? OK : err;
}
