#include "front/http.h"
#include <civetweb.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "front/http_buffer.h"
#include "front/listener.h"
#include "front/route.h"
#include "front/show.h"
#include "front/syntax.h"
#include "log/log.h"

#define BODY_TIMEOUT_MS 5000
#define HEAD_TIMEOUT_MS "5000"
#define IDLE_TIMEOUT_MS \
	"75000" /* longer than the edge keeps a connection, so that it is the edge who closes */
#define QUIET_LOOKS 3u
#define QUEUE 256 /* connections that the library has accepted, before a thread takes them */
#define DESCRIPTORS_OWN 64
#define STACK_SPARED 2048u /* for the function that erases */

struct http {
	struct front *front;
	struct mg_context *context;
	atomic_uint running;
	atomic_uint connections;
	int listener;     /* the number of the library's socket */
	bool is_given;    /* others have it as well */
	unsigned n_quiet; /* looks in a row that found no idle connection; without the socket, none at all */
	char fault[256];
};

/* One per thread of the library. */
struct worker {
	struct arena arena;
	char *stack_end; /* its lowest byte */
};

/* Handlers have put passwords on the stack below this function; the next request need not find them. Nothing lives there now but the frame
 * of the function that erases. */
__attribute__((noinline)) static void scrub_stack(char *stack_end)
{
	size_t left = (size_t)((char *)__builtin_frame_address(0) - stack_end);
	if (left > STACK_SPARED)
		explicit_bzero(stack_end, left - STACK_SPARED);
}

/* A byte at a time: the library waits for all that it is asked for, and its own timeout counts silence only. What came with the head is
 * in its buffer and costs no system call. */
static enum err read_body(struct mg_connection *connection, uint64_t length, struct request *request)
{
	int64_t deadline_ms = clock_steady_ms() + BODY_TIMEOUT_MS;
	unsigned char *body = arena_alloc(request->arena, (size_t)length + 1);
	if (body == NULL)
		return ERR_NO_MEMORY;
	for (uint64_t i = 0; i < length; i++) {
		if (clock_left_ms(deadline_ms) == 0)
			return ERR_TIMEOUT;
		if (mg_read(connection, body + i, 1) != 1)
			return clock_left_ms(deadline_ms) == 0 ? ERR_TIMEOUT : ERR_CLOSED;
	}
	request->body = (struct secret){ body, (size_t)length };
	return OK;
}

static void write_reply(struct mg_connection *connection, const struct exchange *x)
{
	if (atomic_load(&x->front->draining))
		x->reply->close = true;
	struct text head = reply_head(x->reply, x->front->dress->policy);
	struct text body = x->request->method != METHOD_HEAD ? x->reply->body : (struct text){ NULL, 0 };
	char *whole = arena_alloc(x->request->arena, head.len + body.len + 1);
	if (x->reply->close)
		mg_disable_connection_keep_alive(connection);
	if (whole == NULL || head.at == NULL)
		return;
	memcpy(whole, head.at, head.len);
	if (body.len > 0)
		memcpy(whole + head.len, body.at, body.len);
	(void)mg_write(connection, whole, head.len + body.len);
}

/* One line a request. Checks that pass are too many to tell each. */
static void log_request(const struct exchange *x, int64_t began_ms)
{
	bool quiet = x->front->instance == ROLE_CHECK && x->reply->status == 200;
	log_line(quiet ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO, "request", x->request->trace,
	    LOG_STR("method", request_method_text(x->request->method)), LOG_TEXT("path", x->request->path),
	    LOG_NUMBER("status", x->reply->status), LOG_NUMBER("ms", clock_steady_ms() - began_ms),
	    LOG_TEXT("address", x->request->address));
}

static void serve(struct mg_connection *connection, struct exchange *x, uint64_t length)
{
	if (!front_admit(x, length)) {
		x->reply->close = x->reply->close || length > 0; /* nobody reads what follows */
		return;
	}
	enum err err = read_body(connection, length, x->request);
	if (err == OK) {
		front_serve(x);
		return;
	}
	x->reply->close = true;
	show_fault(x,
	    err == ERR_TIMEOUT  ? FAULT_TOO_SLOW
	    : err == ERR_CLOSED ? FAULT_MALFORMED
				: FAULT_INTERNAL,
	    0);
}

/* A thread belongs to a connection. When most are taken, connections are given back instead of kept. */
static bool is_crowded(const struct http *http)
{
	return atomic_load(&http->connections) > http->front->config->threads * 3 / 4;
}

static void exchange(struct http *http, struct mg_connection *connection, struct arena *arena)
{
	int64_t began_ms = clock_steady_ms();
	struct mg_request_info *info = http_buffer_info(connection);
	struct head head;
	struct request request;
	struct reply reply = { .arena = arena, .close = is_crowded(http) };
	struct exchange x = { http->front, NULL, &request, &reply, false };
	uint64_t length = 0;
	const char *why = NULL;
	bool whole = http_buffer_head(info, &head, &why);
	bool good = whole && head_check(&head, &length, &why) == OK;
	request_read(http->front, &head, arena, &request);
	if (good) {
		serve(connection, &x, length);
	} else {
		log_line(LOG_LEVEL_WARNING, "head_refused", request.trace, LOG_STR("reason", why));
		reply.close = true;
		show_fault(&x, FAULT_MALFORMED, 0);
	}
	write_reply(connection, &x);
	log_request(&x, began_ms);
	syntax_tell(&x);
	http_buffer_erase(info, reply.close ? UINT64_MAX : length);
}

static int on_request(struct mg_connection *connection)
{
	struct http *http = mg_get_user_data(mg_get_context(connection));
	struct worker *worker = mg_get_thread_pointer(connection);
	atomic_fetch_add(&http->running, 1);
	exchange(http, connection, &worker->arena);
	arena_reset(&worker->arena);
	scrub_stack(worker->stack_end);
	atomic_fetch_sub(&http->running, 1);
	return 200; /* only for the library's access log, which is off */
}

/* What the library itself refuses: no request was read. */
static int on_error(struct mg_connection *connection, int status, const char *message)
{
	static const char ANSWER[] =
	    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"
	    "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
	    "Content-Length: 29\r\nConnection: close\r\n\r\nWe could not read that.\n     ";
	log_line(LOG_LEVEL_WARNING, "request_unreadable", 0, LOG_NUMBER("status", status),
	    LOG_STR("reason", message));
	mg_disable_connection_keep_alive(connection);
	(void)mg_write(connection, ANSWER, sizeof ANSWER - 1);
	return 0;
}

static int on_log(const struct mg_connection *connection, const char *message)
{
	(void)connection;
	log_line(LOG_LEVEL_WARNING, "http", 0, LOG_STR("message", message));
	return 1;
}

static char *own_stack_end(void)
{
	pthread_attr_t attributes;
	void *at = NULL;
	size_t size, guard;
	if (pthread_getattr_np(pthread_self(), &attributes) != 0)
		abort();
	if (pthread_attr_getstack(&attributes, &at, &size) != 0 ||
	    pthread_attr_getguardsize(&attributes, &guard) != 0)
		abort();
	(void)pthread_attr_destroy(&attributes);
	return (char *)at + guard; /* whether or not the guard is counted in */
}

static void *on_thread(const struct mg_context *context, int type)
{
	(void)context;
	struct worker *worker = type == 1 ? calloc(1, sizeof *worker) : NULL;
	if (worker != NULL)
		worker->stack_end = own_stack_end();
	return worker;
}

static void on_thread_end(const struct mg_context *context, int type, void *pointer)
{
	struct worker *worker = pointer;
	(void)context;
	if (type != 1 || worker == NULL)
		return;
	arena_done(&worker->arena);
	free(worker);
}

static int on_connection(const struct mg_connection *connection, void **data)
{
	struct http *http = mg_get_user_data(mg_get_context(connection));
	(void)data;
	atomic_fetch_add(&http->connections, 1);
	return 0;
}

static void on_connection_end(const struct mg_connection *connection)
{
	struct http *http = mg_get_user_data(mg_get_context(connection));
	atomic_fetch_sub(&http->connections, 1);
}

static struct mg_context *start(struct http *http, const struct mg_callbacks *callbacks)
{
	char port[32], threads[16], buffer[16], queue[16];
	snprintf(port, sizeof port, "127.0.0.1:%" PRIu64,
	    http->is_given ? UINT64_C(0) : http->front->config->port);
	snprintf(threads, sizeof threads, "%" PRIu64, http->front->config->threads);
	snprintf(buffer, sizeof buffer, "%zu", HTTP_BUFFER_SIZE);
	snprintf(queue, sizeof queue, "%d", QUEUE);
	const char *options[] = { "listening_ports", port, "num_threads", threads, "max_request_size", buffer,
		"request_timeout_ms", HEAD_TIMEOUT_MS, "keep_alive_timeout_ms", IDLE_TIMEOUT_MS,
		"enable_keep_alive", "yes", "tcp_nodelay", "1", "decode_url", "no",
		"enable_directory_listing", "no", "connection_queue", queue, "listen_backlog", "511", NULL };
	struct mg_error_data error = { .text = http->fault, .text_buffer_size = sizeof http->fault };
	struct mg_init_data init = { callbacks, http, options };
	return mg_start2(&init, &error);
}

/* What was given takes the place of what the library has opened. */
static enum err take_listener(struct http *http, int given)
{
	enum err err = listener_find(given, &http->listener);
	return err == OK && given >= 0 ? listener_replace(http->listener, given, true) : err;
}

enum err http_start(struct front *front, int given, struct http **http_r, const char **why_r)
{
	static const struct mg_callbacks CALLBACKS = {
		.begin_request = on_request,
		.http_error = on_error,
		.log_message = on_log,
		.init_thread = on_thread,
		.exit_thread = on_thread_end,
		.init_connection = on_connection,
		.connection_closed = on_connection_end,
	};
	static char fault[LISTENER_FAULT_SIZE];
	const char *name = WIRE_ENUM_TEXT(role, front->instance);
	*why_r = fault;
	if (given >= 0 && listener_check(given, name, front->config->port, fault) != OK)
		return ERR_CONFIG;
	struct http *http = calloc(1, sizeof *http);
	if (http == NULL)
		return ERR_NO_MEMORY;
	http->front = front;
	http->is_given = given >= 0;
	mg_init_library(0);
	http->context = start(http, &CALLBACKS);
	if (http->context == NULL) {
		static char why[sizeof http->fault];
		memcpy(why, http->fault, sizeof why);
		*why_r = why;
		free(http);
		return ERR_IO;
	}
	enum err err = take_listener(http, given);
	if (err != OK) {
		*why_r = "the library's socket is not where it is looked for";
		http_stop(&http);
		return err;
	}
	*http_r = http;
	return OK;
}

/* A connection that is kept between requests may not be ended by us: the edge may be saying something on it, and could not know whether we
 * took it. It ends behind its next answer, or when the edge ends it; until then who connects is served as well, so that
 * nobody waits. Once no connection is idle nobody new is let in, and those few that there are get their answers. One look tells too
 * little: the library may be between a connection and its thread, or between an answer and the count of who is running. On a busy machine
 * a connection may wait for its thread for any time; whether one does, its descriptor tells. */
static bool is_quiet(const struct http *http)
{
	unsigned connections = atomic_load(&http->connections), running = atomic_load(&http->running);
	if (http->listener >= 0)
		return connections <= running;
	int threads = (int)http->front->config->threads;
	return connections == 0 && !listener_has_taken(2 * threads + QUEUE + DESCRIPTORS_OWN);
}

bool http_drain(struct http *http)
{
	atomic_store(&http->front->draining, true);
	http->n_quiet = is_quiet(http) ? http->n_quiet + 1 : 0;
	if (http->n_quiet < QUIET_LOOKS)
		return false;
	if (http->listener < 0)
		return true;
	if (listener_retire(http->listener, !http->is_given) == OK)
		http->listener = -1;
	http->n_quiet = 0; /* from here on it is another question */
	return false;
}

/* The library waits for a handler but loses its answer. */
void http_stop(struct http **http)
{
	mg_stop((*http)->context);
	mg_exit_library();
	free(*http);
	*http = NULL;
}
