/* frame.h - what stands in front of a body on a socket.
 *
 * 24 bytes, big-endian: u32 length of the body, u32 dialect (wire_dialect: both sides must have the same tables), u32
 * request id, u16 tag, u16 zero, u64 trace. An answer carries its request's id and trace. A frame that breaks a rule
 * ends its connection, and nothing else. */
#ifndef SPOM_WIRE_FRAME_H
#define SPOM_WIRE_FRAME_H
#include "wire/wire.h"

#define FRAME_HEAD 24u
#define FRAME_MAX (FRAME_HEAD + WIRE_BODY_MAX)

struct frame {
	uint32_t body_len;
	uint32_t request;
	uint64_t trace; /* ties log lines of one request together across programs; shown to people */
	const struct wire_msg *msg;
};

/* Reads a head. ERR_TOO_LARGE: the body; ERR_STALE: another dialect; ERR_MALFORMED: an unknown tag or no zero. */
NODISCARD enum err frame_read(const uint8_t head[FRAME_HEAD], struct frame *frame_r);

/* Encodes head and body into room bytes; fields as wire_encode. */
NODISCARD enum err frame_write(
    struct wire_any any, uint32_t request, uint64_t trace, uint8_t *bytes, size_t room, size_t *len_r);

/* The text of a trace, as logs and error pages show it: 11 characters. */
#define FRAME_TRACE_TEXT 12
void frame_trace_text(uint64_t trace, char text[FRAME_TRACE_TEXT]);

/* A new random trace, never 0. */
uint64_t frame_trace_new(void);

#endif
