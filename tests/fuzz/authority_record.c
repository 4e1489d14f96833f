/* authority_record.c - a store whose writer is somebody else: what he changes, cuts or makes himself opens nowhere, and what another
 * release has sealed is taken apart with care. The first byte says what lies there and what is done to it. */
#include <stdint.h>
#include <string.h>
#include "authority/keys/keys.h"
#include "authority/store/store.h"
#include "fuzz/help/fill.h"
#include "fuzz/help/must.h"
#include "log/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TTL_MS 60000

/* In the place of log/log.c: a line for each refusal would be all that is seen. */
void log_fields(enum log_level level, const char *event, uint64_t trace, const struct log_field *fields)
{
	(void)level, (void)event, (void)trace, (void)fields;
}

static const struct store_key KEY = { STORE_LOGIN, { 1 } };
static const struct store_key OTHER = { STORE_LOGIN, { 2 } };

static struct store *house(void)
{
	static struct keys *keys;
	static struct store *store;
	if (store == NULL)
		MUST(keys_new("", &keys) == OK && store_memory_new(64, keys, &store) == OK);
	return store;
}

static const struct wire_msg *kind(struct supply *supply)
{
	static const struct wire_msg *(*const KINDS[])(void) = { wire_msg_login_record,
		wire_msg_session_record, wire_msg_act_record, wire_msg_ticket_record };
	return KINDS[supply_byte(supply) % COUNT(KINDS)]();
}

/* Whether the bytes of a value are others now. */
static bool spoil(struct supply *supply, unsigned how, struct bytes value, uint8_t *to, size_t *len)
{
	memcpy(to, value.at, value.len);
	*len = value.len;
	if ((how & 1) != 0)
		*len = supply_byte(supply) * value.len / 256;
	while ((how & 2) != 0 && supply->left > 1 && *len > 0) {
		size_t at = supply_byte(supply) * *len / 256;
		to[at] ^= supply_byte(supply);
	}
	return *len != value.len || memcmp(to, value.at, value.len) != 0;
}

/* A value of his own. */
static void try_made(struct supply *supply, struct arena *arena)
{
	const struct wire_msg *msg = kind(supply);
	const void *record;
	struct bytes value = supply_bytes(supply, supply->left);
	MUST(store_open_record(house(), &KEY, value, msg, arena, &record) != OK);
}

static void try_changed(unsigned how, struct supply *supply, struct arena *arena)
{
	const struct wire_msg *msg = kind(supply), *as = (how & 4) != 0 ? kind(supply) : msg;
	const void *record = fill_message(msg, supply, FILL_AS_THEY_ARE, arena), *opened = NULL;
	struct bytes value;
	uint8_t *to;
	size_t len;
	if (record == NULL ||
	    store_put_record(house(), &KEY, (struct wire_any){ msg, record }, TTL_MS, STORE_ALWAYS) != OK ||
	    store_load(house(), &KEY, arena, &value) != OK || (to = arena_alloc(arena, value.len)) == NULL)
		return;
	bool other = spoil(supply, how, value, to, &len);
	const struct store_key *key = (how & 8) != 0 ? &OTHER : &KEY;
	enum err err = store_open_record(house(), key, (struct bytes){ to, len }, as, arena, &opened);
	MUST(err == OK || err == ERR_NOT_FOUND || err == ERR_NO_MEMORY);
	MUST(err != OK || (!other && key == &KEY));
	MUST(err == OK || other || as != msg || key != &KEY || err == ERR_NO_MEMORY);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct supply supply = { data, size };
	unsigned how = supply_byte(&supply);
	if ((how & 0x80) != 0)
		try_made(&supply, &arena);
	else
		try_changed(how, &supply, &arena);
	return 0;
}
