#include "authority/login/device.h"
#include "authority/keys/keys.h"
#include "base/clock.h"
#include "conf/conf.h"

#define PEOPLE_MAX 8u /* who sign in with one browser; the one that ends first makes place */
#define PLAIN_MAX 1600u

/* What the cookie says; an empty one where it is forged, foreign or of another campus. */
static struct msg_device_cookie open_cookie(struct call *call, struct secret sealed)
{
	struct msg_device_cookie none = { .known = { NULL, 0 } };
	struct bytes plain;
	const void *at;
	if (sealed.at == NULL ||
	    keys_unseal(call->authority->keys, KEY_DEVICE_COOKIE, sealed, &call->arena, &plain) != OK)
		return none;
	if (wire_decode(wire_msg_device_cookie(), (uint8_t *)plain.at, plain.len, &call->arena, &at) != OK)
		return none;
	return *(const struct msg_device_cookie *)at;
}

static const struct msg_known_row *find(const struct msg_device_cookie *cookie, struct text person)
{
	int64_t now_ms = clock_now_ms();
	for (uint32_t i = 0; i < cookie->known.n; i++)
		if (text_equal(cookie->known.at[i].person, person) && cookie->known.at[i].expires > now_ms)
			return &cookie->known.at[i];
	return NULL;
}

bool device_is_known(struct call *call, const struct login *login, struct text id, struct id *device_r)
{
	struct msg_device_cookie cookie = open_cookie(call, login->record.device);
	*device_r = cookie.device;
	return find(&cookie, id.at != NULL ? id : TEXT_LITERAL("")) != NULL;
}

bool device_is_still_known(struct call *call, const struct login *login, int64_t known_after_ms)
{
	struct msg_device_cookie cookie = open_cookie(call, login->record.device);
	const struct msg_known_row *row = find(&cookie, login->record.person);
	return row != NULL && row->since >= known_after_ms;
}

/* The rows of the others that still count, the last to end first dropped when there are too many. */
static unsigned keep_others(
    const struct msg_device_cookie *cookie, struct text person, struct msg_known_row *rows)
{
	unsigned n = 0, first = 0;
	for (uint32_t i = 0; i < cookie->known.n; i++) {
		const struct msg_known_row *row = &cookie->known.at[i];
		if (!text_equal(row->person, person) && row->expires > clock_now_ms())
			rows[n++] = *row;
	}
	if (n < PEOPLE_MAX)
		return n;
	for (unsigned i = 1; i < n; i++)
		if (rows[i].expires < rows[first].expires)
			first = i;
	rows[first] = rows[n - 1];
	return n - 1;
}

static enum err seal(struct call *call, const struct msg_device_cookie *cookie, struct secret *cookie_r)
{
	uint8_t plain[PLAIN_MAX];
	size_t len;
	enum err err = wire_encode(WIRE(device_cookie, cookie), plain, sizeof plain, &len);
	if (err != OK)
		return err;
	return keys_seal(
	    call->authority->keys, KEY_DEVICE_COOKIE, (struct bytes){ plain, len }, &call->arena, cookie_r);
}

enum err device_renew(struct call *call, const struct msg_login_record *record, struct secret *cookie_r)
{
	int64_t ttl_ms = (int64_t)call->authority->conf->login.device_s * 1000, now_ms = clock_now_ms();
	struct msg_known_row *rows = arena_array(&call->arena, PEOPLE_MAX + 1, sizeof *rows);
	*cookie_r = (struct secret){ NULL, 0 };
	if (rows == NULL)
		return ERR_NO_MEMORY;
	if (ttl_ms == 0)
		return OK;
	struct msg_device_cookie cookie = open_cookie(call, record->device);
	const struct msg_known_row *before = record->known_device ? find(&cookie, record->person) : NULL;
	unsigned n = keep_others(&cookie, record->person, rows);
	rows[n++] = (struct msg_known_row){
		.person = record->person,
		.since = before != NULL ? before->since : now_ms,
		.expires = now_ms + ttl_ms,
	};
	if (wire_id_is_zero(&cookie.device))
		secret_random(cookie.device.bytes, sizeof cookie.device.bytes);
	cookie.known.at = rows;
	cookie.known.n = n;
	return seal(call, &cookie, cookie_r);
}
