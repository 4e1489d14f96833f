#include "judge/binding.h"
#include <string.h>
#include <zlib.h>
#include "base/percent.h"
#include "judge/xml.h"

#define RELAY_STATE_MAX 1000u

static enum judge_fault decode(struct text from, struct arena *arena, struct bytes *bytes_r)
{
	struct text base64;
	if (percent_decode(from, true, arena, &base64) != OK || !xml_bytes(base64, arena, bytes_r))
		return JUDGE_MALFORMED;
	return JUDGE_NONE;
}

/* Raw DEFLATE (RFC 1951), a whole one and nothing behind it. */
static enum judge_fault inflate_bounded(struct bytes from, struct arena *arena, struct bytes *message_r)
{
	uint8_t *to = arena_alloc(arena, XML_BYTES_MAX);
	z_stream stream = { .next_in = (Bytef *)(uintptr_t)from.at, .avail_in = (uInt)from.len };
	if (to == NULL || inflateInit2(&stream, -MAX_WBITS) != Z_OK)
		return JUDGE_TOO_LARGE;
	stream.next_out = to;
	stream.avail_out = XML_BYTES_MAX;
	int end = inflate(&stream, Z_FINISH);
	size_t len = XML_BYTES_MAX - stream.avail_out;
	bool rest = stream.avail_in > 0, full = stream.avail_out == 0;
	(void)inflateEnd(&stream);
	if (end != Z_STREAM_END || rest)
		return full ? JUDGE_TOO_LARGE : JUDGE_MALFORMED;
	*message_r = (struct bytes){ to, len };
	return JUDGE_NONE;
}

enum judge_fault binding_message(
    const struct msg_judge_saml_request *ask, struct arena *arena, struct bytes *message_r)
{
	struct bytes bytes;
	enum judge_fault fault = decode(ask->request, arena, &bytes);
	if (fault == JUDGE_NONE && ask->binding == SAML_REDIRECT)
		return inflate_bounded(bytes, arena, message_r);
	if (fault == JUDGE_NONE)
		*message_r = bytes;
	return fault;
}

enum judge_fault binding_relay_state(
    const struct msg_judge_saml_request *ask, struct arena *arena, struct text *relay_state_r)
{
	struct text state = { NULL, 0 };
	if (ask->relay_state.len > 0 && percent_decode(ask->relay_state, true, arena, &state) != OK)
		return JUDGE_MALFORMED;
	if (state.len > RELAY_STATE_MAX)
		return JUDGE_TOO_LARGE;
	if (state.len > 0 &&
	    (!text_is_utf8(state.at, state.len) || text_has_control(state.at, state.len, false)))
		return JUDGE_MALFORMED;
	*relay_state_r = state;
	return JUDGE_NONE;
}

/* As they came: nobody spells them anew. */
static const char *octets(
    const struct msg_judge_saml_request *ask, const char *parameter, struct arena *arena)
{
	if (ask->relay_state.at == NULL)
		return arena_printf(arena, "%s=%.*s&SigAlg=%.*s", parameter, TEXT_ARGS(ask->request),
		    TEXT_ARGS(ask->sig_alg));
	return arena_printf(arena, "%s=%.*s&RelayState=%.*s&SigAlg=%.*s", parameter, TEXT_ARGS(ask->request),
	    TEXT_ARGS(ask->relay_state), TEXT_ARGS(ask->sig_alg));
}

enum judge_fault binding_signed(const struct msg_judge_saml_request *ask, const char *parameter,
    struct arena *arena, struct binding_signed *signed_r)
{
	const char *text = octets(ask, parameter, arena);
	if (text == NULL)
		return JUDGE_TOO_LARGE;
	signed_r->octets = (struct bytes){ (const uint8_t *)text, strlen(text) };
	if (percent_decode(ask->sig_alg, true, arena, &signed_r->algorithm) != OK)
		return JUDGE_MALFORMED;
	return decode(ask->signature, arena, &signed_r->signature);
}
