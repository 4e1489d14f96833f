#include "wire/frame.h"
#include "base/enc.h"

static void put32(uint8_t *at, uint32_t number)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (uint8_t)(number >> (24 - 8 * i));
}

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

enum err frame_read(const uint8_t head[FRAME_HEAD], struct frame *frame_r)
{
	uint32_t len = get32(head);
	if (len > WIRE_BODY_MAX)
		return ERR_TOO_LARGE;
	if (get32(head + 4) != wire_dialect())
		return ERR_STALE;
	uint32_t tag_and_zero = get32(head + 12);
	const struct wire_msg *msg = wire_find(tag_and_zero >> 16);
	if (msg == NULL || (tag_and_zero & 0xffff) != 0)
		return ERR_MALFORMED;
	*frame_r =
	    (struct frame){ len, get32(head + 8), (uint64_t)get32(head + 16) << 32 | get32(head + 20), msg };
	return OK;
}

enum err frame_write(
    struct wire_any any, uint32_t request, uint64_t trace, uint8_t *bytes, size_t room, size_t *len_r)
{
	if (room < FRAME_HEAD)
		return ERR_TOO_LARGE;
	size_t len;
	enum err err = wire_encode(any, bytes + FRAME_HEAD, room - FRAME_HEAD, &len);
	if (err != OK)
		return err;
	put32(bytes, (uint32_t)len);
	put32(bytes + 4, wire_dialect());
	put32(bytes + 8, request);
	put32(bytes + 12, (uint32_t)any.msg->tag << 16);
	put32(bytes + 16, (uint32_t)(trace >> 32));
	put32(bytes + 20, (uint32_t)trace);
	*len_r = FRAME_HEAD + len;
	return OK;
}

void frame_trace_text(uint64_t trace, char text[FRAME_TRACE_TEXT])
{
	uint8_t bytes[8];
	put32(bytes, (uint32_t)(trace >> 32));
	put32(bytes + 4, (uint32_t)trace);
	enc_base64url(bytes, sizeof bytes, text);
}

uint64_t frame_trace_new(void)
{
	uint64_t trace = 0;
	while (trace == 0)
		secret_random(&trace, sizeof trace);
	return trace;
}
