#include "authority/call/conn.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "authority/audit/audit.h"
#include "authority/login/login.h"
#include "authority/report/metrics.h"
#include "base/clock.h"
#include "log/log.h"

#define MINUTE_MS 60000

/* The state that a conversation is in, as a bit of what handlers accept. */
static unsigned talk_of(const struct conn *conn)
{
	if (conn->login == NULL)
		return TALK_FRESH;
	return login_is_asked(conn->login) ? TALK_ASKED : TALK_ENDED;
}

/* Whether this message may be said here and now; a sentence for the log if not. */
static const char *refusal_of(
    const struct conn *conn, const struct frame *frame, const struct handler *handler)
{
	if (!wire_may_send(frame->msg, conn->socket->role))
		return "not allowed on this socket";
	if (handler == NULL)
		return "not served here";
	if (conn->calls >= CONN_CALLS_MAX || conn->socket->calls >= conn->socket->calls_max)
		return "too many calls at once";
	if (handler->talk != TALK_ANY && conn->talking)
		return "the conversation has not answered yet";
	if (handler->talk != TALK_ANY && (handler->talk & talk_of(conn)) == 0)
		return "not at this point of the conversation";
	return NULL;
}

static struct call *call_new(struct conn *conn, struct authority *authority, const struct frame *frame)
{
	struct call *call = calloc(1, sizeof *call);
	if (call == NULL)
		return NULL;
	call->body = arena_alloc(&call->arena, frame->body_len);
	if (call->body == NULL) {
		free(call);
		return NULL;
	}
	call->authority = authority;
	call->role = conn->socket->role;
	call->uid = conn->uid;
	call->login = &conn->login;
	call->frame = *frame;
	call->conn = conn;
	return call;
}

void conn_call_free(struct conn *conn, struct call *call)
{
	if (call->handler != NULL && call->handler->talk != TALK_ANY)
		conn->talking = false;
	arena_done(&call->arena);
	free(call);
	conn->calls--;
	conn->socket->calls--;
}

/* The head is complete: everything that can be refused without the body is refused now. */
static const char *begin_call(struct conn *conn, struct authority *authority)
{
	struct frame frame;
	enum err err = frame_read(conn->head, &frame);
	if (err != OK)
		return err_text(err);
	const struct handler *handler = handler_find(frame.msg->tag);
	const char *why = refusal_of(conn, &frame, handler);
	if (why != NULL)
		return why;
	conn->call = call_new(conn, authority, &frame);
	if (conn->call == NULL)
		return "out of memory";
	conn->calls++;
	conn->socket->calls++;
	conn->call->handler = handler;
	if (handler->talk != TALK_ANY)
		conn->talking = true;
	return NULL;
}

/* Takes of what was read ahead; it is erased there. */
static ssize_t take_ahead(struct conn *conn, uint8_t *to, size_t most)
{
	uint8_t *from = conn->ahead + conn->ahead_at;
	size_t n = conn->n_ahead < most ? conn->n_ahead : most;
	memcpy(to, from, n);
	explicit_bzero(from, n);
	conn->ahead_at += n;
	conn->n_ahead -= n;
	return (ssize_t)n;
}

/* A head brings with it what is there; the rest of a body goes where it belongs. */
static ssize_t take_some(struct conn *conn, uint8_t *to, size_t most)
{
	if (conn->n_ahead == 0 && conn->call != NULL)
		return recv(conn->fd, to, most, 0);
	if (conn->n_ahead == 0) {
		ssize_t n = recv(conn->fd, conn->ahead, sizeof conn->ahead, 0);
		if (n <= 0)
			return n;
		conn->ahead_at = 0;
		conn->n_ahead = (size_t)n;
	}
	return take_ahead(conn, to, most);
}

/* Reads into what is missing of head or body; the number of bytes, 0 for the end, -1 with errno. */
static ssize_t read_some(struct conn *conn)
{
	uint8_t *at = conn->head + conn->have;
	size_t missing = FRAME_HEAD - conn->have;
	if (conn->call != NULL) {
		size_t have = conn->have - FRAME_HEAD;
		at = conn->call->body + have;
		missing = conn->call->frame.body_len - have;
	}
	ssize_t n = take_some(conn, at, missing);
	if (n > 0 && conn->have == 0)
		conn->began_ms = clock_steady_ms();
	if (n > 0)
		conn->have += (size_t)n;
	return n;
}

static bool is_complete(const struct conn *conn)
{
	return conn->call != NULL && conn->have == FRAME_HEAD + conn->call->frame.body_len;
}

static const char *finish_call(struct conn *conn, struct call **call_r)
{
	struct call *call = conn->call;
	conn->call = NULL;
	conn->have = 0;
	conn->began_ms = 0;
	explicit_bzero(conn->head, sizeof conn->head);
	call->ask.msg = call->frame.msg;
	enum err err =
	    wire_decode(call->ask.msg, call->body, call->frame.body_len, &call->arena, &call->ask.at);
	if (err == OK) {
		*call_r = call;
		return NULL;
	}
	conn_call_free(conn, call);
	return err_text(err);
}

enum conn_event conn_read(
    struct conn *conn, struct authority *authority, struct call **call_r, const char **why_r)
{
	for (;;) {
		if (conn->call == NULL && conn->have == FRAME_HEAD) {
			*why_r = begin_call(conn, authority);
			if (*why_r != NULL)
				return CONN_BROKEN;
		}
		if (is_complete(conn)) {
			*why_r = finish_call(conn, call_r);
			return *why_r == NULL ? CONN_CALL : CONN_BROKEN;
		}
		ssize_t n = read_some(conn);
		if (n == 0)
			return CONN_CLOSED;
		if (n < 0 && errno == EAGAIN)
			return CONN_LATER;
		if (n < 0 && errno != EINTR)
			return CONN_CLOSED;
	}
}

static ssize_t send_some(const struct conn *conn, const struct call *call)
{
	ssize_t n;
	do
		n = send(conn->fd, call->out + call->out_sent, call->out_len - call->out_sent, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n;
}

bool conn_send_now(struct conn *conn, struct call *call)
{
	/* of a conversation the loop must know that it may go on before the peer goes on with it */
	if (call->out == NULL || call->fatal || call->handler->talk != TALK_ANY)
		return false;
	bool sent = false;
	(void)pthread_mutex_lock(&conn->out);
	if (!conn->ending && !conn->cut && conn->first == NULL) {
		ssize_t n = send_some(conn, call);
		call->out_sent = n > 0 ? (size_t)n : 0;
		sent = call->out_sent == call->out_len;
		conn->cut = call->out_sent > 0 && !sent;
	}
	(void)pthread_mutex_unlock(&conn->out);
	if (sent)
		arena_done(&call->arena);
	return sent;
}

/* Under out. */
static bool write_all(struct conn *conn)
{
	while (conn->first != NULL && !conn->cut) {
		struct call *call = conn->first;
		ssize_t n = send_some(conn, call);
		if (n < 0 && conn->stuck_ms == 0)
			conn->stuck_ms = clock_steady_ms();
		if (n < 0)
			return errno == EAGAIN;
		call->out_sent += (size_t)n;
		if (call->out_sent < call->out_len)
			continue;
		conn->first = call->next;
		conn->stuck_ms = 0;
		conn_call_free(conn, call);
	}
	return true;
}

bool conn_write(struct conn *conn)
{
	(void)pthread_mutex_lock(&conn->out);
	bool good = write_all(conn);
	(void)pthread_mutex_unlock(&conn->out);
	return good;
}

/* Under out. The rest of what was cut goes before the others. */
static void queue(struct conn *conn, struct call *call)
{
	bool rest = call->out_sent > 0;
	call->next = rest ? conn->first : NULL;
	if (rest || conn->first == NULL)
		conn->first = call;
	else
		conn->last->next = call;
	if (call->next == NULL)
		conn->last = call;
	conn->cut = conn->cut && !rest;
}

bool conn_answer(struct conn *conn, struct call *call)
{
	if (call->out == NULL || conn->ending) {
		conn_call_free(conn, call);
		return false;
	}
	(void)pthread_mutex_lock(&conn->out);
	queue(conn, call);
	bool good = write_all(conn);
	(void)pthread_mutex_unlock(&conn->out);
	return good;
}

bool conn_may_tell(struct conn_socket *socket)
{
	int64_t now_ms = clock_steady_ms();
	if (socket->minute_ms == 0 || now_ms - socket->minute_ms >= MINUTE_MS) {
		if (socket->untold > 0)
			log_line(LOG_LEVEL_WARNING, "faults_not_told", 0,
			    LOG_STR("socket", WIRE_ENUM_TEXT(role, socket->role)),
			    LOG_NUMBER("count", socket->untold));
		socket->minute_ms = now_ms;
		socket->told = socket->untold = 0;
	}
	bool may = socket->told_max == 0 || socket->told < socket->told_max;
	if (may)
		socket->told++;
	else
		socket->untold++;
	return may;
}

void conn_tell_broken(const struct conn *conn, struct authority *authority, const char *why)
{
	metric_add(METRIC_BAD_FRAMES);
	if (!conn_may_tell(conn->socket))
		return;
	log_line(LOG_LEVEL_WARNING, "bad_frame", 0,
	    LOG_STR("socket", WIRE_ENUM_TEXT(role, conn->socket->role)), LOG_NUMBER("uid", conn->uid),
	    LOG_STR("reason", why));
	const struct audit_entry entry = {
		.event = AUDIT_BAD_FRAME,
		.door = text_of(WIRE_ENUM_TEXT(role, conn->socket->role)),
		.reason = text_of(why),
	};
	audit_note(authority, &entry);
}
