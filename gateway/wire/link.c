#include "wire/link.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "base/arena.h"
#include "base/clock.h"
#include "base/io.h"

#define FIRST_BODY 1024u /* as much of an answer is read with its head */
#define TRIES 3u         /* for a question: one that ends, one that was about to, the one that comes */

enum err link_receive(struct link *link, struct arena *arena, int64_t deadline_ms, struct frame *frame_r,
    struct wire_any *any_r)
{
	uint8_t head[FRAME_HEAD];
	struct frame frame;
	enum err err = io_read(link->fd, head, sizeof head, deadline_ms);
	if (err == OK)
		err = frame_read(head, &frame);
	if (err != OK)
		return err;
	uint8_t *body = arena_alloc(arena, frame.body_len);
	if (body == NULL)
		return ERR_NO_MEMORY;
	const void *at;
	err = io_read(link->fd, body, frame.body_len, deadline_ms);
	if (err == OK)
		err = wire_decode(frame.msg, body, frame.body_len, arena, &at);
	if (err != OK)
		return err;
	*frame_r = frame;
	*any_r = (struct wire_any){ frame.msg, at };
	return OK;
}

/* The body lies on the arena as far as it was read with the head; the rest of it comes. */
static enum err read_body(struct link *link, uint8_t *body, size_t have, const struct frame *frame,
    struct arena *arena, int64_t deadline_ms, struct wire_any *any_r)
{
	const void *at;
	if (have > frame->body_len)
		return ERR_MALFORMED;
	if (frame->body_len > FIRST_BODY) {
		uint8_t *whole = arena_alloc(arena, frame->body_len);
		if (whole == NULL)
			return ERR_NO_MEMORY;
		body = memcpy(whole, body, have);
	}
	enum err err = io_read(link->fd, body + have, frame->body_len - have, deadline_ms);
	if (err == OK)
		err = wire_decode(frame->msg, body, frame->body_len, arena, &at);
	if (err == OK)
		*any_r = (struct wire_any){ frame->msg, at };
	return err;
}

/* As link_receive where nothing but one frame can come: in most cases all of it is read at once. */
static enum err receive_answer(struct link *link, struct arena *arena, int64_t deadline_ms,
    struct frame *frame_r, struct wire_any *any_r)
{
	uint8_t *bytes = arena_alloc(arena, FRAME_HEAD + FIRST_BODY);
	size_t have = 0;
	if (bytes == NULL)
		return ERR_NO_MEMORY;
	enum err err = io_read_some(link->fd, bytes, FRAME_HEAD + FIRST_BODY, deadline_ms, &have);
	if (err == OK && have < FRAME_HEAD) {
		err = io_read(link->fd, bytes + have, FRAME_HEAD - have, deadline_ms);
		have = FRAME_HEAD;
	}
	if (err == OK)
		err = frame_read(bytes, frame_r);
	return err == OK ? read_body(link, bytes + FRAME_HEAD, have - FRAME_HEAD, frame_r, arena, deadline_ms,
			       any_r)
			 : err;
}

/* The frame is built in full, so that it leaves in one piece and is erased at one place; not on the stack, which is small in
 * threads that others made. */
enum err link_send(
    struct link *link, struct wire_any any, uint32_t request, uint64_t trace, int64_t deadline_ms)
{
	uint64_t greatest = FRAME_HEAD + wire_greatest(any.msg);
	size_t room = greatest < FRAME_MAX ? (size_t)greatest : FRAME_MAX, len;
	uint8_t *bytes = malloc(room);
	if (bytes == NULL)
		return ERR_NO_MEMORY;
	enum err err = frame_write(any, request, trace, bytes, room, &len);
	if (err == OK)
		err = io_write(link->fd, bytes, len, deadline_ms);
	explicit_bzero(bytes, room); /* also one that failed half-way */
	free(bytes);
	return err;
}

enum err link_open(struct link *link, const char *path, int64_t deadline_ms)
{
	*link = LINK_CLOSED;
	int64_t welcome_ms = clock_steady_ms() + LINK_WELCOME_MS;
	enum err err = io_connect(path, deadline_ms, &link->fd);
	if (err != OK)
		return err;
	struct arena arena = { 0 };
	struct frame frame;
	struct wire_any any;
	err = link_receive(link, &arena, deadline_ms < welcome_ms ? deadline_ms : welcome_ms, &frame, &any);
	if (err == OK && (any.msg->tag != TAG_welcome || frame.request != 0))
		err = ERR_MALFORMED;
	if (err == OK)
		link->role = ((const struct msg_welcome *)any.at)->role;
	arena_done(&arena);
	if (err != OK)
		link_close(link);
	return err;
}

bool link_is_live(const struct link *link)
{
	char byte;
	if (link->fd < 0)
		return false;
	ssize_t n = recv(link->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

enum err link_ask(struct link *link, struct wire_any ask, uint64_t trace, struct arena *arena,
    int64_t deadline_ms, struct wire_any *answer_r)
{
	if (++link->next_request == 0)
		++link->next_request;
	enum err err = link_send(link, ask, link->next_request, trace, deadline_ms);
	if (err != OK)
		return err == ERR_CLOSED ? ERR_UNREAD : err;
	struct frame frame;
	struct wire_any answer;
	err = receive_answer(link, arena, deadline_ms, &frame, &answer);
	if (err == ERR_CLOSED && errno == ECONNRESET)
		return ERR_UNREAD;
	if (err == OK && frame.request != link->next_request)
		err = ERR_MALFORMED;
	if (err == OK)
		*answer_r = answer;
	return err;
}

static enum err open_as(struct link *link, const struct link_end *end, int64_t deadline_ms)
{
	enum err err = link_open(link, end->path, deadline_ms);
	if (err == OK && link->role != end->role)
		err = ERR_FORBIDDEN;
	return err == ERR_CLOSED ? ERR_UNREAD : err;
}

enum err link_call(struct link *link, const struct link_end *end, struct wire_any ask, uint64_t trace,
    struct arena *arena, int64_t deadline_ms, struct wire_any *answer_r)
{
	enum err err = ERR_UNREAD;
	for (unsigned i = 0; err == ERR_UNREAD && i < TRIES; i++) {
		err = link->fd >= 0 ? OK : open_as(link, end, deadline_ms);
		if (err == OK)
			err = link_ask(link, ask, trace, arena, deadline_ms, answer_r);
		if (err != OK)
			link_close(link);
	}
	return err;
}

void link_close(struct link *link)
{
	io_close(&link->fd);
}
