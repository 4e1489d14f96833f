#include "authority/login/throttle.h"
#include <ctype.h>
#include <string.h>
#include "authority/keys/keys.h"
#include "authority/login/device.h"
#include "base/clock.h"
#include "base/net.h"
#include "conf/conf.h"

#define HOUR_MS 3600000LL
#define WAIT_FIRST_MS 2000
#define WAIT_MOST_MS 60000
#define NETWORK_WAIT_MS 60000
#define COUNTED_MAX 256u

/* Where a counter lies: its name, and what it counts. */
static struct store_key count_key(struct authority *authority, const char *name, const void *what, size_t len)
{
	struct store_key key = { .kind = STORE_COUNT };
	uint8_t bytes[16 + COUNTED_MAX + WIRE_ID_SIZE] = { 0 };
	size_t kept = len <= sizeof bytes - 16 ? len : sizeof bytes - 16;
	memcpy(bytes, name, strnlen(name, 16));
	memcpy(bytes + 16, what, kept);
	keys_hash(authority->keys, KEY_COUNT_STORE, bytes, 16 + kept, key.bytes);
	return key;
}

/* Who is counted: "i" and the immutable id, or "n" and the name as typed, in small letters; then the known browser. */
static size_t subject(const struct login *login, struct text id, const struct id *device, uint8_t *bytes)
{
	struct text name = id.at != NULL ? id : login->typed;
	size_t len = name.len < COUNTED_MAX - 1 ? name.len : COUNTED_MAX - 1;
	bytes[0] = id.at != NULL ? 'i' : 'n';
	for (size_t i = 0; i < len; i++)
		bytes[1 + i] = (uint8_t)(id.at != NULL ? name.at[i] : tolower((unsigned char)name.at[i]));
	if (device != NULL)
		memcpy(bytes + 1 + len, device->bytes, WIRE_ID_SIZE);
	return 1 + len + (device != NULL ? WIRE_ID_SIZE : 0);
}

static void fill(struct call *call, const struct login *login, struct text id, struct throttle *throttle)
{
	struct authority *authority = call->authority;
	uint8_t bytes[COUNTED_MAX + WIRE_ID_SIZE];
	struct id device;
	throttle->is_known = device_is_known(call, login, id, &device);
	size_t len = subject(login, id, throttle->is_known ? &device : NULL, bytes);
	throttle->tries = count_key(authority, "password", bytes, len);
	throttle->hour = count_key(authority, "passwords hour", bytes, len);
	throttle->has_network = !text_is_empty(login->record.address);
	len = net_counted(login->record.address, bytes, COUNTED_MAX);
	throttle->network = count_key(authority, "network", bytes, len);
}

static uint64_t seconds(int64_t ms)
{
	return ms > 0 ? (uint64_t)((ms + 999) / 1000) : 0;
}

/* The mark of a network from which too many different people failed; beside its counter. */
static struct store_key network_mark(const struct throttle *throttle)
{
	struct store_key mark = throttle->network;
	mark.bytes[0] ^= 0xff;
	return mark;
}

enum err throttle_try(struct call *call, const struct login *login, struct text id,
    struct throttle *throttle_r, uint64_t *wait_s_r)
{
	const struct conf *conf = call->authority->conf;
	fill(call, login, id, throttle_r);
	struct store_key mark = network_mark(throttle_r);
	struct store_try tries[] = {
		{ .key = throttle_r->tries, .stops = true },
		{ .key = throttle_r->hour },
	};
	tries[0].budget = (struct store_budget){
		.free = (unsigned)conf->limits.free,
		.window_ms = HOUR_MS,
		.wait_ms = WAIT_FIRST_MS,
		.wait_most_ms = WAIT_MOST_MS,
	};
	tries[1].budget = (struct store_budget){
		.free = (unsigned)conf->limits.passwords_hour,
		.max = (unsigned)conf->limits.passwords_hour,
		.window_ms = HOUR_MS,
	};
	if (throttle_r->has_network && !throttle_r->is_known) /* known browsers go through */
		tries[0].mark = &mark;
	enum err err = store_tries(call->authority->store, tries, COUNT(tries));
	if (err != OK)
		return err;
	bool is_marked = tries[0].wait_ms == STORE_TRY_MARKED;
	*wait_s_r = seconds(is_marked              ? NETWORK_WAIT_MS
			    : tries[0].wait_ms > 0 ? tries[0].wait_ms
						   : tries[1].wait_ms);
	return OK;
}

void throttle_give_back(struct call *call, const struct throttle *throttle)
{
	(void)store_untry(call->authority->store, &throttle->tries);
	(void)store_untry(call->authority->store, &throttle->hour);
}

void throttle_right(struct call *call, const struct throttle *throttle)
{
	store_op_waive(store_batch_remove(call->later, &throttle->tries), "tries");
	store_op_waive(store_batch_remove(call->later, &throttle->hour), "tries");
}

enum err throttle_wrong(struct call *call, const struct throttle *throttle)
{
	static const uint8_t MARK[] = { 1 };
	uint64_t people;
	int64_t hour = clock_now_ms() / HOUR_MS;
	if (!throttle->has_network)
		return OK;
	uint8_t bytes[STORE_KEY_SIZE + sizeof hour];
	memcpy(bytes, throttle->network.bytes, STORE_KEY_SIZE);
	memcpy(bytes + STORE_KEY_SIZE, &hour, sizeof hour);
	struct store_key key = count_key(call->authority, "people", bytes, sizeof bytes);
	struct bytes person = { throttle->tries.bytes, 16 };
	enum err err = store_count(call->authority->store, &key, person, HOUR_MS, &people);
	if (err != OK || people <= call->authority->conf->limits.people_hour)
		return err;
	struct store_key mark = network_mark(throttle);
	return store_put(call->authority->store, &mark, (struct bytes){ MARK, sizeof MARK }, NETWORK_WAIT_MS,
	    STORE_ALWAYS);
}
