#include "authority/sso/asked.h"
#include <inttypes.h>
#include <string.h>
#include "authority/authority.h"
#include "authority/keys/keys.h"
#include "base/clock.h"
#include "base/enc.h"

#define ASKED_MS (15LL * 60 * 1000) /* the time of a slow sign-in */
#define MAC_LEN (ENC_BASE64URL_SIZE(KEYS_HASH_SIZE) - 1)

/* What makes a request this one: each text with its length before it. */
static enum err bind(struct call *call, struct asked request, uint64_t time_ms, struct bytes *bound_r)
{
	const struct text *parts = request.parts;
	size_t room = sizeof time_ms, len = 0;
	for (size_t i = 0; i < request.n; i++)
		room += sizeof parts[i].len + parts[i].len;
	uint8_t *bytes = arena_alloc(&call->arena, room);
	if (bytes == NULL)
		return ERR_NO_MEMORY;
	memcpy(bytes, &time_ms, sizeof time_ms);
	len = sizeof time_ms;
	for (size_t i = 0; i < request.n; i++) {
		memcpy(bytes + len, &parts[i].len, sizeof parts[i].len);
		len += sizeof parts[i].len;
		if (parts[i].len > 0)
			memcpy(bytes + len, parts[i].at, parts[i].len);
		len += parts[i].len;
	}
	*bound_r = (struct bytes){ bytes, len };
	return OK;
}

struct text asked_mark(struct call *call, struct asked request)
{
	uint64_t now_ms = (uint64_t)clock_now_ms();
	uint8_t mac[KEYS_HASH_SIZE];
	char text[MAC_LEN + 1];
	struct bytes bound;
	if (bind(call, request, now_ms, &bound) != OK)
		return (struct text){ NULL, 0 };
	keys_hash(call->authority->keys, KEY_SSO_ASKED, bound.at, bound.len, mac);
	enc_base64url(mac, sizeof mac, text);
	return text_of(arena_printf(&call->arena, "%" PRIu64 ".%s", now_ms, text));
}

int64_t asked_ms(struct call *call, struct asked request, struct text mark)
{
	struct text time;
	uint8_t mac[KEYS_HASH_SIZE];
	unsigned long long time_ms;
	struct bytes bound;
	if (mark.len <= MAC_LEN + 1 || mark.at[mark.len - MAC_LEN - 1] != '.')
		return 0;
	time = (struct text){ mark.at, mark.len - MAC_LEN - 1 };
	bool good = text_to_number(time, WIRE_TIME_MAX, &time_ms) &&
		    enc_from_base64url(mark.at + time.len + 1, MAC_LEN, mac, sizeof mac) == OK &&
		    bind(call, request, time_ms, &bound) == OK &&
		    keys_hash_matches(call->authority->keys, KEY_SSO_ASKED, bound.at, bound.len, mac);
	return good && clock_now_ms() - (int64_t)time_ms < ASKED_MS ? (int64_t)time_ms : 0;
}
