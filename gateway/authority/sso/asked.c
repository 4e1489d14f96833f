#include "authority/sso/asked.h"
#include <inttypes.h>
#include <string.h>
#include "authority/authority.h"
#include "base/clock.h"
#include "base/enc.h"

#define ASKED_MS (15LL * 60 * 1000) /* the time of a slow sign-in */
#define MAC_LEN (ENC_BASE64URL_SIZE(KEYS_HASH_SIZE) - 1)

/* What makes a request this one: each text with its length before it. */
static uint8_t *append(uint8_t *to, struct text part)
{
	to = mempcpy(to, &part.len, sizeof part.len);
	return part.len > 0 ? mempcpy(to, part.at, part.len) : to;
}

static enum err bind(struct call *call, struct asked_request request, struct text mark, struct bytes *bound_r)
{
	size_t room = sizeof mark.len + mark.len;
	for (size_t i = 0; i < request.n; i++)
		room += sizeof request.parts[i].len + request.parts[i].len;
	uint8_t *bytes = arena_alloc(&call->arena, room), *to = bytes;
	if (bytes == NULL)
		return ERR_NO_MEMORY;
	to = append(to, mark);
	for (size_t i = 0; i < request.n; i++)
		to = append(to, request.parts[i]);
	*bound_r = (struct bytes){ bytes, room };
	return OK;
}

/* "s1790000000000.MAC": what for, since when, and that it is ours. */
static const char LETTERS[] = {
	[ASKED_SIGN_IN] = 's', [ASKED_MORE] = 'm', [ASKED_AGREED] = 'y', [ASKED_DENIED] = 'n'
};

bool asked_digest(struct call *call, struct asked_request request, uint8_t digest[KEYS_HASH_SIZE])
{
	struct bytes bound;
	if (bind(call, request, (struct text){ "", 0 }, &bound) != OK)
		return false;
	keys_hash(call->authority->keys, KEY_SSO_ASKED, bound.at, bound.len, digest);
	return true;
}

struct text asked_mark(struct call *call, struct asked_request request, enum asked_for what)
{
	uint8_t mac[KEYS_HASH_SIZE];
	char text[MAC_LEN + 1];
	struct bytes bound;
	struct text mark =
	    text_of(arena_printf(&call->arena, "%c%" PRIu64, LETTERS[what], (uint64_t)clock_now_ms()));
	if (mark.at == NULL || bind(call, request, mark, &bound) != OK)
		return (struct text){ NULL, 0 };
	keys_hash(call->authority->keys, KEY_SSO_ASKED, bound.at, bound.len, mac);
	enc_base64url(mac, sizeof mac, text);
	return text_of(arena_printf(&call->arena, "%.*s.%s", TEXT_ARGS(mark), text));
}

static bool is_ours(struct call *call, struct asked_request request, struct text mark, const char *mac)
{
	uint8_t bytes[KEYS_HASH_SIZE];
	struct bytes bound;
	return enc_from_base64url(mac, MAC_LEN, bytes, sizeof bytes) == OK &&
	       bind(call, request, mark, &bound) == OK &&
	       keys_hash_matches(call->authority->keys, KEY_SSO_ASKED, bound.at, bound.len, bytes);
}

struct asked asked_read(struct call *call, struct asked_request request, struct text whole)
{
	struct asked asked = { ASKED_NOTHING, 0 };
	unsigned long long time_ms;
	if (whole.len <= MAC_LEN + 2 || whole.at[whole.len - MAC_LEN - 1] != '.')
		return asked;
	struct text mark = { whole.at, whole.len - MAC_LEN - 1 };
	if (!text_to_number((struct text){ mark.at + 1, mark.len - 1 }, WIRE_TIME_MAX, &time_ms) ||
	    !is_ours(call, request, mark, mark.at + mark.len + 1) ||
	    clock_now_ms() - (int64_t)time_ms >= ASKED_MS)
		return asked;
	for (unsigned what = ASKED_SIGN_IN; what < COUNT(LETTERS); what++)
		if (mark.at[0] == LETTERS[what])
			asked = (struct asked){ (enum asked_for)what, (int64_t)time_ms };
	return asked;
}
