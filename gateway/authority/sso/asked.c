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
static enum err bind(
    struct call *call, const struct msg_oidc_authorize *ask, struct text mark, struct bytes *bound_r)
{
	const struct text parts[] = { mark, ask->client_id, ask->redirect_uri, ask->state, ask->nonce,
		ask->code_challenge, ask->scope, ask->prompt, ask->max_age, ask->acr_values, ask->claims,
		ask->resource };
	size_t room = 0, len = 0;
	for (size_t i = 0; i < COUNT(parts); i++)
		room += sizeof parts[i].len + parts[i].len;
	uint8_t *bytes = arena_alloc(&call->arena, room);
	if (bytes == NULL)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < COUNT(parts); i++) {
		memcpy(bytes + len, &parts[i].len, sizeof parts[i].len);
		len += sizeof parts[i].len;
		if (parts[i].len > 0)
			memcpy(bytes + len, parts[i].at, parts[i].len);
		len += parts[i].len;
	}
	*bound_r = (struct bytes){ bytes, len };
	return OK;
}

/* "s1790000000000.MAC": what for, since when, and that it is ours. */
static const char LETTERS[] = { [ASKED_SIGN_IN] = 's', [ASKED_MORE] = 'm' };

struct text asked_mark(struct call *call, const struct msg_oidc_authorize *ask, enum asked_for what)
{
	uint8_t mac[KEYS_HASH_SIZE];
	char text[MAC_LEN + 1];
	struct bytes bound;
	struct text mark =
	    text_of(arena_printf(&call->arena, "%c%" PRIu64, LETTERS[what], (uint64_t)clock_now_ms()));
	if (mark.at == NULL || bind(call, ask, mark, &bound) != OK)
		return (struct text){ NULL, 0 };
	keys_hash(call->authority->keys, KEY_SSO_ASKED, bound.at, bound.len, mac);
	enc_base64url(mac, sizeof mac, text);
	return text_of(arena_printf(&call->arena, "%.*s.%s", TEXT_ARGS(mark), text));
}

static bool is_ours(
    struct call *call, const struct msg_oidc_authorize *ask, struct text mark, const char *mac)
{
	uint8_t bytes[KEYS_HASH_SIZE];
	struct bytes bound;
	return enc_from_base64url(mac, MAC_LEN, bytes, sizeof bytes) == OK &&
	       bind(call, ask, mark, &bound) == OK &&
	       keys_hash_matches(call->authority->keys, KEY_SSO_ASKED, bound.at, bound.len, bytes);
}

struct asked asked_read(struct call *call, const struct msg_oidc_authorize *ask)
{
	struct text whole = ask->asked;
	struct asked asked = { ASKED_NOTHING, 0 };
	unsigned long long time_ms;
	if (whole.len <= MAC_LEN + 2 || whole.at[whole.len - MAC_LEN - 1] != '.')
		return asked;
	struct text mark = { whole.at, whole.len - MAC_LEN - 1 };
	if (!text_to_number((struct text){ mark.at + 1, mark.len - 1 }, WIRE_TIME_MAX, &time_ms) ||
	    !is_ours(call, ask, mark, mark.at + mark.len + 1) ||
	    clock_now_ms() - (int64_t)time_ms >= ASKED_MS)
		return asked;
	asked.what = mark.at[0] == LETTERS[ASKED_MORE] ? ASKED_MORE : ASKED_SIGN_IN;
	asked.since_ms = (int64_t)time_ms;
	return asked;
}
