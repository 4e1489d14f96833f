#include "authority/call/loop.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "authority/authority.h"
#include "authority/call/conn.h"
#include "authority/call/rates.h"
#include "authority/call/returned.h"
#include "authority/keys/keys.h"
#include "authority/login/login.h"
#include "authority/report/metrics.h"
#include "authority/timekeeper.h"
#include "base/clock.h"
#include "base/io.h"
#include "conf/conf.h"
#include "log/log.h"

#define BACKLOG 512
#define EVENTS 64
#define SWEEP_MS 1000
#define FRAME_TIMEOUT_MS \
	5000          /* a frame that was begun, or an answer that is not taken, must be complete by then */
#define ROUND_CALLS 8 /* of one connection in a round */
#define ROUND_ACCEPTS 64 /* of one socket: then the others have their turn */
#define DRAIN_LOOK_MS 10

struct listener {
	int fd;
	uid_t uid;
	struct conn_socket socket;
};

struct loop {
	struct loop_settings settings;
	struct workers *pools[POOL_COUNT_];
	int epoll;
	int spare; /* gives way when descriptors run out, so that who waits can be turned away */
	_Atomic bool stopping;
	struct listener listeners[ROLE_COURIER + 1];
	unsigned n_listeners;
	struct conn *conns;
	struct call *batch[LOOP_BATCH_MAX]; /* read in this round, for settings.batch */
	unsigned n_batch;
	bool behind;              /* it was full: some connections may have something ahead */
	struct returned returned; /* calls that were carried out */
};

/* Runs on a worker's thread, which may be another loop's. */
static void give_back(void *context, struct call *call)
{
	struct loop *loop = call->conn->socket->loop;
	(void)context;
	if (conn_send_now(call->conn, call))
		returned_put_sent(&loop->returned, call);
	else
		returned_put(&loop->returned, call);
}

static bool watch(struct loop *loop, int fd, uint32_t events, void *what, int op)
{
	struct epoll_event event = { .events = events, .data.ptr = what };
	return epoll_ctl(loop->epoll, op, fd, &event) == 0;
}

static int spare_open(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static enum err pool_new(struct loop *loop, enum pool_kind kind)
{
	const struct loop_settings *settings = &loop->settings;
	struct workers_settings workers = {
		.threads = settings->threads[kind],
		.queue = settings->queue[kind],
		.patience_ms = settings->patience_ms,
		.done = give_back,
	};
	for (unsigned role = 0; settings->many && role < WORKERS_ROLES; role++)
		workers.reserved[role] = handler_reserved((enum role)role, kind);
	return workers_new(&workers, &loop->pools[kind]);
}

enum err loop_new(const struct loop_settings *settings, struct loop **loop_r)
{
	struct loop *loop = calloc(1, sizeof *loop);
	if (loop == NULL)
		return ERR_NO_MEMORY;
	loop->settings = *settings;
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	loop->spare = spare_open();
	enum err err = returned_open(&loop->returned);
	if (err == OK &&
	    (loop->epoll < 0 || !watch(loop, loop->returned.fd, EPOLLIN, &loop->returned, EPOLL_CTL_ADD)))
		err = ERR_IO;
	for (unsigned i = 0; err == OK && i < POOL_COUNT_; i++)
		if (settings->lender != NULL)
			loop->pools[i] = settings->lender->pools[i];
		else if (settings->threads[i] > 0)
			err = pool_new(loop, (enum pool_kind)i);
	if (err != OK)
		loop_free(&loop);
	else
		*loop_r = loop;
	return err;
}

/* Accepting must never wait: a connection that was there may have gone, or been taken by who has the same socket. */
enum err loop_take(struct loop *loop, int fd, enum role role, uid_t uid)
{
	if (loop->n_listeners == COUNT(loop->listeners))
		return ERR_INTERNAL;
	struct listener *listener = &loop->listeners[loop->n_listeners];
	*listener = (struct listener){ .fd = fd, .uid = uid };
	listener->socket = (struct conn_socket){
		.loop = loop,
		.role = role,
		.calls_max = loop->settings.connections + CONN_CALLS_MAX,
		.told_max = loop->settings.told,
	};
	if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0 || !watch(loop, fd, EPOLLIN, listener, EPOLL_CTL_ADD))
		return ERR_IO;
	loop->n_listeners++;
	return OK;
}

enum err loop_listen(struct loop *loop, const char *path, enum role role, uid_t uid)
{
	CLEANUP(io_close) int fd = -1;
	enum err err = io_listen(path, BACKLOG, &fd);
	if (err == OK)
		err = loop_take(loop, fd, role, uid);
	if (err == OK)
		fd = -1;
	return err;
}

static void conn_unlink(struct loop *loop, struct conn *conn)
{
	if (conn->previous != NULL)
		conn->previous->next = conn->next;
	else
		loop->conns = conn->next;
	if (conn->next != NULL)
		conn->next->previous = conn->previous;
}

/* Takes nothing more from the peer; the memory goes when no thread works for it any more. */
static void conn_end(struct loop *loop, struct conn *conn)
{
	if (!conn->ending) {
		(void)pthread_mutex_lock(&conn->out);
		conn->ending = true;
		(void)pthread_mutex_unlock(&conn->out);
		/* the descriptor stays while a worker may write to it */
		(void)watch(loop, conn->fd, 0, NULL, EPOLL_CTL_DEL);
		(void)shutdown(conn->fd, SHUT_RDWR);
		conn->socket->connections--;
		explicit_bzero(conn->ahead, sizeof conn->ahead);
		conn->n_ahead = 0;
		if (conn->call != NULL)
			conn_call_free(conn, conn->call);
		conn->call = NULL;
		while (conn->first != NULL) {
			struct call *call = conn->first;
			conn->first = call->next;
			conn_call_free(conn, call);
		}
	}
	if (conn->calls > 0)
		return;
	conn_unlink(loop, conn);
	io_close(&conn->fd);
	login_free(&conn->login);
	(void)pthread_mutex_destroy(&conn->out);
	free(conn);
}

/* Says who we take the peer for. A fresh socket's buffer takes it, or the peer is not worth having. */
static bool welcome(const struct conn *conn)
{
	struct msg_welcome hello = { .role = conn->socket->role, .release = TEXT_LITERAL(SPOM_VERSION) };
	uint8_t bytes[FRAME_HEAD + 128];
	size_t len;
	if (frame_write(WIRE(welcome, &hello), 0, 0, bytes, sizeof bytes, &len) != OK)
		return false;
	return send(conn->fd, bytes, len, MSG_NOSIGNAL) == (ssize_t)len;
}

static bool admit(const struct loop *loop, struct listener *listener, int fd, uid_t *uid_r)
{
	enum err err = io_peer(fd, uid_r);
	/* operators are people: the folder says who reaches them, the directory who they are (SECURITY 33) */
	if (err == OK && *uid_r != listener->uid && listener->socket.role != ROLE_ADMIN)
		err = ERR_FORBIDDEN;
	if (err == OK && listener->socket.connections >= loop->settings.connections)
		err = ERR_BUSY;
	if (err != OK && conn_may_tell(&listener->socket))
		log_line(LOG_LEVEL_WARNING, "connection_refused", 0,
		    LOG_STR("socket", WIRE_ENUM_TEXT(role, listener->socket.role)),
		    LOG_STR("reason", err_text(err)),
		    LOG_NUMBER("uid", err == ERR_IO ? -1 : (long long)*uid_r));
	return err == OK;
}

static void conn_new(struct loop *loop, struct listener *listener, int fd, uid_t uid)
{
	struct conn *conn = calloc(1, sizeof *conn);
	if (conn == NULL) {
		(void)close(fd);
		return;
	}
	*conn = (struct conn){
		.fd = fd, .uid = uid, .socket = &listener->socket, .out = PTHREAD_MUTEX_INITIALIZER
	};
	conn->events = EPOLLIN;
	if (!welcome(conn) || !watch(loop, fd, conn->events, conn, EPOLL_CTL_ADD)) {
		(void)close(fd);
		free(conn);
		return;
	}
	listener->socket.connections++;
	conn->next = loop->conns;
	if (conn->next != NULL)
		conn->next->previous = conn;
	loop->conns = conn;
}

/* Without a descriptor left the one who waits cannot even be refused, and would wake us for ever. */
static void turn_away(struct loop *loop, const struct listener *listener)
{
	log_line(LOG_LEVEL_ERROR, "no_descriptors", 0,
	    LOG_STR("socket", WIRE_ENUM_TEXT(role, listener->socket.role)));
	io_close(&loop->spare);
	int fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	io_close(&fd);
	loop->spare = spare_open();
}

/* One who finds no room behind those who have left is refused; more of them wait for the next round, which sees who has gone since. */
static void accept_all(struct loop *loop, struct listener *listener)
{
	for (unsigned i = 0; i < ROUND_ACCEPTS; i++) {
		if (i > 0 && listener->socket.connections >= loop->settings.connections)
			return;
		int fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		uid_t uid = 0;
		if (fd < 0 && errno == EINTR)
			continue;
		if (fd < 0 && (errno == EMFILE || errno == ENFILE))
			turn_away(loop, listener);
		if (fd < 0)
			return;
		if (admit(loop, listener, fd, &uid))
			conn_new(loop, listener, fd, uid);
		else
			(void)close(fd);
	}
}

/* After every touch: waits for room to write while there is something to write, and reads nothing more meanwhile: who takes no answers
 * asks no more questions. */
static void conn_settle(struct loop *loop, struct conn *conn)
{
	uint32_t events = conn->first != NULL ? (uint32_t)EPOLLOUT : (uint32_t)EPOLLIN;
	loop->behind |= conn->first == NULL && conn->n_ahead > 0; /* no event tells of that */
	if (events == conn->events)
		return;
	conn->events = events;
	(void)watch(loop, conn->fd, events, conn, EPOLL_CTL_MOD);
}

/* false: the connection has ended. */
static bool answer(struct loop *loop, struct conn *conn, struct call *call)
{
	bool fatal = call->fatal;
	if (conn_answer(conn, call) && !fatal) {
		conn_settle(loop, conn);
		return true;
	}
	conn_end(loop, conn);
	return false;
}

static bool refuse(struct loop *loop, struct conn *conn, struct call *call, enum err why)
{
	const struct msg_refused refused = call_refusal(why);
	call_answer(call, WIRE(refused, &refused));
	return answer(loop, conn, call);
}

static bool hand_on(struct loop *loop, struct conn *conn, struct call *call)
{
	enum pool_kind pool = handler_pool(call->handler, conn->login);
	if (loop->pools[pool] == NULL)
		pool = POOL_DIRECTORY;
	if (workers_put(loop->pools[pool], call) == OK)
		return true;
	metric_add(METRIC_BUSY);
	return refuse(loop, conn, call, ERR_BUSY);
}

/* Pages and forms of a person name the session first. Who the session's person is nobody knows yet: its name is enough. */
static bool is_too_fast(const struct loop *loop, const struct call *call)
{
	static const struct text SESSION = { "session", 7 };
	struct authority *authority = loop->settings.authority;
	const struct wire_field *field = &call->ask.msg->fields[0];
	if (field->kind != WIRE_SECRET || !text_equal_str(SESSION, field->name))
		return false;
	struct secret token;
	memcpy(&token, (const char *)call->ask.at + field->offset, sizeof token);
	if (token.at == NULL)
		return false;
	uint8_t name[KEYS_HASH_SIZE];
	keys_hash(authority->keys, KEY_SESSION_STORE, token.at, token.len, name);
	const struct conf *conf = authority->conf;
	return !rates_take(authority->rates, name, RATES_MESSAGES, (unsigned)conf->limits.messages_second,
	    clock_steady_ms());
}

/* false: the connection has ended. */
static bool dispatch(struct loop *loop, struct conn *conn, struct call *call)
{
	if (!timekeeper_trusts() && handler_needs_clock(call->handler))
		return refuse(loop, conn, call, ERR_CLOCK);
	if (is_too_fast(loop, call)) {
		metric_add(METRIC_TOO_FAST);
		return refuse(loop, conn, call, ERR_RATE);
	}
	if (loop->settings.batch == NULL || call->ask.msg->tag != loop->settings.batch_tag)
		return hand_on(loop, conn, call);
	loop->batch[loop->n_batch++] = call;
	return true;
}

/* After the events of a round: answers may free connections that those name. */
static void run_batch(struct loop *loop)
{
	bool done[LOOP_BATCH_MAX] = { false };
	unsigned n = loop->n_batch;
	loop->n_batch = 0;
	loop->settings.batch(loop->batch, n, done);
	for (unsigned i = 0; i < n; i++) {
		struct call *call = loop->batch[i];
		if (done[i])
			(void)answer(loop, call->conn, call);
		else
			(void)hand_on(loop, call->conn, call);
	}
}

/* false: there is no more to read now, or the connection has ended. */
static bool read_one(struct loop *loop, struct conn *conn)
{
	struct call *call = NULL;
	const char *why = NULL;
	switch (conn_read(conn, loop->settings.authority, &call, &why)) {
	case CONN_CALL:
		return dispatch(loop, conn, call);
	case CONN_LATER:
		return false;
	case CONN_BROKEN:
		conn_tell_broken(conn, loop->settings.authority, why);
		break;
	case CONN_CLOSED:
		break;
	}
	conn_end(loop, conn);
	return false;
}

/* One call, and those that were read with it: a look for others would cost a system call, and mostly there is none. Not more than a few, and none
 * while the peer takes no answers: the others have their turn, and what was read ahead has its own in the next round. */
static void on_readable(struct loop *loop, struct conn *conn)
{
	for (unsigned i = 0; i < ROUND_CALLS; i++) {
		if (loop->n_batch == LOOP_BATCH_MAX)
			break;
		if (!read_one(loop, conn) || conn->n_ahead == 0)
			return;
		if (conn->first != NULL)
			return; /* conn_settle tells when it has gone */
	}
	loop->behind |= conn->n_ahead > 0;
}

static void on_conn(struct loop *loop, struct conn *conn, uint32_t events)
{
	if ((events & EPOLLOUT) != 0) {
		if (!conn_write(conn)) {
			conn_end(loop, conn);
			return;
		}
		conn_settle(loop, conn);
	}
	if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
		on_readable(loop, conn);
}

static void on_returned(struct loop *loop)
{
	struct call *next;
	for (struct call *call = returned_take(&loop->returned); call != NULL; call = next) {
		next = call->next;
		(void)answer(loop, call->conn, call);
	}
}

/* Connections that ended in an earlier round, and waited for these, go with them; no event of this round names one. */
static void free_sent(struct loop *loop)
{
	struct call *next;
	for (struct call *call = returned_take_sent(&loop->returned); call != NULL; call = next) {
		struct conn *conn = call->conn;
		next = call->next;
		conn_call_free(conn, call);
		if (conn->ending)
			conn_end(loop, conn);
	}
}

/* Ends connections whose frame stays incomplete, or which do not take their answers. */
static void sweep(struct loop *loop)
{
	int64_t now_ms = clock_steady_ms();
	for (struct conn *conn = loop->conns, *next; conn != NULL; conn = next) {
		next = conn->next;
		bool slow = conn->began_ms != 0 && now_ms - conn->began_ms > FRAME_TIMEOUT_MS;
		bool stuck = conn->stuck_ms != 0 && now_ms - conn->stuck_ms > FRAME_TIMEOUT_MS;
		if (!conn->ending && (slow || stuck))
			conn_end(loop, conn);
	}
}

static bool is_listener(const struct loop *loop, const void *what)
{
	const struct listener *at = what;
	return at >= loop->listeners && at < loop->listeners + COUNT(loop->listeners);
}

/* What was read ahead, and had no room in the batch of the round before. */
static void catch_up(struct loop *loop)
{
	loop->behind = false;
	for (struct conn *conn = loop->conns, *next; conn != NULL; conn = next) {
		next = conn->next;
		if (!conn->ending && conn->n_ahead > 0 && conn->first == NULL)
			on_readable(loop, conn);
	}
}

/* An ending connection is watched no more, and an event of the round names a connection once: so what ends, and may be freed, while the events are
 * worked on is named by none of those that are left. */
static void turn_once(struct loop *loop, int timeout_ms)
{
	struct epoll_event events[EVENTS];
	if (loop->behind) /* before it is known which connections have events */
		catch_up(loop);
	bool busy = loop->behind || loop->n_batch > 0;
	int n = epoll_wait(loop->epoll, events, EVENTS, busy ? 0 : timeout_ms);
	bool back = false;
	free_sent(loop);
	for (int i = 0; i < n; i++) {
		void *what = events[i].data.ptr;
		if (what == &loop->returned)
			back = true;
		else if (!is_listener(loop, what))
			on_conn(loop, what, events[i].events);
	}
	for (int i = 0; i < n; i++) /* behind those who leave: their room is free */
		if (is_listener(loop, events[i].data.ptr))
			accept_all(loop, events[i].data.ptr);
	/* last: these may free connections that this round's events name */
	if (loop->n_batch > 0)
		run_batch(loop);
	if (back)
		on_returned(loop);
}

/* Closing alone would not do: a socket that others have as well stays in the set of epoll. */
static void stop_listening(struct loop *loop)
{
	for (unsigned i = 0; i < loop->n_listeners; i++) {
		if (loop->listeners[i].fd >= 0)
			(void)watch(loop, loop->listeners[i].fd, 0, NULL, EPOLL_CTL_DEL);
		io_close(&loop->listeners[i].fd);
	}
}

/* A login of the gate is a few questions in a row on one connection, and nobody else can go on with it. A person at a terminal may
 * take minutes, and is asked anew. */
static bool is_finished(const struct conn *conn)
{
	return conn->calls == 0 && conn->have == 0 && conn->n_ahead == 0 &&
	       (conn->login == NULL || conn->socket->role != ROLE_GATE);
}

/* Whether none is left. */
static bool end_finished(struct loop *loop)
{
	for (struct conn *conn = loop->conns, *next; conn != NULL; conn = next) {
		next = conn->next;
		if (is_finished(conn))
			conn_end(loop, conn);
	}
	return loop->conns == NULL;
}

static void drain(struct loop *loop, int grace_ms)
{
	stop_listening(loop);
	int64_t deadline_ms = clock_steady_ms() + grace_ms;
	while (!end_finished(loop) && clock_left_ms(deadline_ms) > 0) {
		turn_once(loop, DRAIN_LOOK_MS);
		sweep(loop);
	}
}

void loop_run(struct loop *loop, int grace_ms)
{
	int64_t swept_ms = clock_steady_ms();
	while (!loop->stopping) {
		turn_once(loop, SWEEP_MS);
		if (clock_steady_ms() - swept_ms < SWEEP_MS)
			continue;
		sweep(loop);
		swept_ms = clock_steady_ms();
	}
	drain(loop, grace_ms);
}

void loop_stop(struct loop *loop)
{
	loop->stopping = true;
	returned_ring(&loop->returned);
}

void loop_free(struct loop **loop_at)
{
	struct loop *loop = *loop_at;
	if (loop == NULL)
		return;
	for (unsigned i = 0; loop->settings.lender == NULL && i < POOL_COUNT_; i++)
		workers_free(&loop->pools[i]);
	free_sent(loop);
	on_returned(loop);
	stop_listening(loop);
	for (struct conn *conn = loop->conns, *next; conn != NULL; conn = next) {
		next = conn->next;
		conn_end(loop, conn);
	}
	io_close(&loop->epoll);
	io_close(&loop->spare);
	returned_close(&loop->returned);
	free(loop);
	*loop_at = NULL;
}
