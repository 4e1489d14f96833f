#include "authority/store/redisc.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "base/clock.h"
#include "base/io.h"
#include "log/log.h"

void redisc_reply_free(redisReply **reply)
{
	if (*reply != NULL)
		freeReplyObject(*reply);
	*reply = NULL;
}

void redisc_close(struct redisc **redisc)
{
	if (*redisc == NULL)
		return;
	if ((*redisc)->context != NULL)
		redisFree((*redisc)->context);
	free(*redisc);
	*redisc = NULL;
}

bool redisc_is_quiet(const struct redisc *redisc)
{
	struct pollfd poll_fd = { .fd = redisc->context->fd, .events = POLLIN };
	return poll(&poll_fd, 1, 0) == 0;
}

static enum err wait_for(struct redisc *redisc, short events, int64_t deadline_ms)
{
	struct pollfd poll_fd = { .fd = redisc->context->fd, .events = events };
	int ready;
	do
		ready = poll(&poll_fd, 1, clock_left_ms(deadline_ms));
	while (ready < 0 && errno == EINTR);
	return ready > 0 ? OK : ready == 0 ? ERR_TIMEOUT : ERR_IO;
}

/* --- commands and replies ---------------------------------------------------------------------------------------- */

enum err redisc_send(struct redisc *redisc, const struct command *command)
{
	int done =
	    redisAppendCommandArgv(redisc->context, command->n, (const char **)command->words, command->lens);
	return done == REDIS_OK ? OK : ERR_NO_MEMORY;
}

static enum err flush(struct redisc *redisc, int64_t deadline_ms)
{
	for (int done = 0;;) {
		if (redisBufferWrite(redisc->context, &done) != REDIS_OK)
			return ERR_CLOSED;
		if (done)
			return OK;
		enum err err = wait_for(redisc, POLLOUT, deadline_ms);
		if (err != OK)
			return err;
	}
}

static enum err receive(struct redisc *redisc, int64_t deadline_ms, redisReply **reply_r)
{
	for (void *reply = NULL;;) {
		if (redisGetReplyFromReader(redisc->context, &reply) != REDIS_OK)
			return ERR_CLOSED;
		if (reply != NULL) {
			*reply_r = reply;
			return OK;
		}
		enum err err = wait_for(redisc, POLLIN, deadline_ms);
		if (err != OK)
			return err;
		if (redisBufferRead(redisc->context) != REDIS_OK)
			return ERR_CLOSED;
	}
}

/* What the words of an error mean for us. */
static enum err meaning(const char *words)
{
	static const struct {
		const char *word;
		enum err err;
	} MEANINGS[] = {
		{ "OOM ", ERR_BUSY },
		{ "NOSCRIPT ", ERR_STALE },
		{ "WRONGTYPE ", ERR_MALFORMED },
		{ "LOADING ", ERR_STORE },
		{ "BUSY ", ERR_STORE },
		{ "READONLY ", ERR_STORE }, /* a replica by now: the master is to be found anew */
		{ "MASTERDOWN ", ERR_STORE },
		{ "MISCONF ", ERR_STORE },
		{ "NOREPLICAS ", ERR_STORE },
		{ "CLUSTERDOWN ", ERR_STORE },
		{ "NOAUTH ", ERR_STORE },
		{ "WRONGPASS ", ERR_STORE },
		{ "NOPERM ", ERR_FORBIDDEN },
	};
	for (size_t i = 0; i < COUNT(MEANINGS); i++)
		if (strncmp(words, MEANINGS[i].word, strlen(MEANINGS[i].word)) == 0)
			return MEANINGS[i].err;
	return ERR_INTERNAL;
}

static enum err judge(struct redisc *redisc, redisReply **reply)
{
	if ((*reply)->type != REDIS_REPLY_ERROR)
		return OK;
	enum err err = meaning((*reply)->str);
	redisc->broken |= err == ERR_STORE;
	(void)snprintf(redisc->words, sizeof redisc->words, "%s", (*reply)->str);
	if (err == ERR_INTERNAL)
		log_line(LOG_LEVEL_WARNING, "store_error", 0, LOG_STR("words", (*reply)->str));
	redisc_reply_free(reply);
	return err;
}

enum err redisc_take(struct redisc *redisc, int64_t deadline_ms, redisReply **reply_r)
{
	redisReply *reply = NULL;
	enum err err = flush(redisc, deadline_ms);
	if (err == OK)
		err = receive(redisc, deadline_ms, &reply);
	if (err != OK) {
		redisc->broken = true;
		return err;
	}
	err = judge(redisc, &reply);
	if (err == OK)
		*reply_r = reply;
	return err;
}

static enum err ask(
    struct redisc *redisc, const struct command *command, int64_t deadline_ms, redisReply **reply_r)
{
	enum err err = redisc_send(redisc, command);
	return err == OK ? redisc_take(redisc, deadline_ms, reply_r) : err;
}

enum err redisc_ask(struct redisc *redisc, struct command *command, int64_t deadline_ms, redisReply **reply_r)
{
	if (command->script == SCRIPT_NONE)
		return ask(redisc, command, deadline_ms, reply_r);
	command_call(command, "EVALSHA", redisc->shas[command->script]);
	enum err err = ask(redisc, command, deadline_ms, reply_r);
	if (err != ERR_STALE)
		return err;
	/* Redis has forgotten its scripts: nothing was done. It keeps this one. */
	command_call(command, "EVAL", script_text(command->script));
	return ask(redisc, command, deadline_ms, reply_r);
}

/* --- opening ----------------------------------------------------------------------------------------------------- */

static enum err connect_to(struct redisc *redisc, const struct redisc_place *place, int64_t deadline_ms)
{
	redisContext *context = *place->socket != '\0' ? redisConnectUnixNonBlock(place->socket)
						       : redisConnectNonBlock(place->host, place->port);
	redisc->context = context;
	if (context == NULL)
		return ERR_NO_MEMORY;
	if (context->err != 0)
		return ERR_STORE;
	(void)fcntl(context->fd, F_SETFD, FD_CLOEXEC);
	enum err err = wait_for(redisc, POLLOUT, deadline_ms);
	int cause = 0;
	socklen_t len = sizeof cause;
	if (err == OK && getsockopt(context->fd, SOL_SOCKET, SO_ERROR, &cause, &len) == 0 && cause == 0)
		return OK;
	(void)snprintf(
	    context->errstr, sizeof context->errstr, "%s", err == OK ? strerror(cause) : err_text(err));
	return ERR_STORE;
}

/* Why nobody is reached, and what to do where that is known. */
static void say_why(const struct redisc *redisc, const struct redisc_place *place, char why[200])
{
	const char *words = redisc->context != NULL ? redisc->context->errstr : "";
	if (*place->socket != '\0' && strcmp(words, strerror(EACCES)) == 0)
		(void)snprintf(why, 200,
		    "Permission denied: our user must be in the group of %.80s (adduser spom-authority "
		    "redis, "
		    "and restart)",
		    place->socket);
	else
		(void)snprintf(why, 200, "%s", words);
}

/* The password goes out by our own hand: hiredis would leave copies of it behind. */
static enum err introduce(struct redisc *redisc, const struct redisc_place *place, int64_t deadline_ms)
{
	char words[512];
	CLEANUP(redisc_reply_free) redisReply *reply = NULL;
	if (place->password.at == NULL)
		return OK;
	bool named = *place->user != '\0';
	int head = snprintf(words, sizeof words - 256, "*%d\r\n$4\r\nAUTH\r\n", named ? 3 : 2);
	if (named)
		head += snprintf(words + head, 128, "$%zu\r\n%s\r\n", strlen(place->user), place->user);
	head += snprintf(words + head, 32, "$%zu\r\n", place->password.len);
	size_t len = (size_t)head;
	memcpy(words + len, place->password.at, place->password.len);
	len += place->password.len;
	memcpy(words + len, "\r\n", 2);
	enum err err = io_write(redisc->context->fd, words, len + 2, deadline_ms);
	explicit_bzero(words, sizeof words);
	return err == OK ? redisc_take(redisc, deadline_ms, &reply) : err;
}

static enum err load_scripts(struct redisc *redisc, int64_t deadline_ms)
{
	struct command command;
	enum err err = OK;
	for (unsigned i = 1; i < SCRIPT_COUNT_ && err == OK; i++) {
		command_begin(&command, "SCRIPT");
		command_string(&command, "LOAD");
		command_string(&command, script_text(i));
		err = redisc_send(redisc, &command);
	}
	for (unsigned i = 1; i < SCRIPT_COUNT_ && err == OK; i++) {
		CLEANUP(redisc_reply_free) redisReply *reply = NULL;
		err = redisc_take(redisc, deadline_ms, &reply);
		if (err == OK && (reply->type != REDIS_REPLY_STRING || reply->len != 40))
			err = ERR_INTERNAL;
		if (err == OK)
			memcpy(redisc->shas[i], reply->str, 41);
	}
	return err;
}

enum err redisc_open(
    const struct redisc_place *place, int64_t deadline_ms, struct redisc **redisc_r, char why[200])
{
	struct redisc *redisc = calloc(1, sizeof *redisc);
	if (redisc == NULL)
		return ERR_NO_MEMORY;
	enum err err = connect_to(redisc, place, deadline_ms);
	if (err != OK) {
		say_why(redisc, place, why);
	} else {
		err = introduce(redisc, place, deadline_ms);
		if (err == OK)
			err = load_scripts(redisc, deadline_ms);
		if (err != OK)
			(void)snprintf(why, 200, "introducing us: %.180s",
			    *redisc->words != '\0' ? redisc->words : err_text(err));
	}
	if (err != OK) {
		redisc_close(&redisc);
		return err == ERR_NO_MEMORY ? err : ERR_STORE;
	}
	*redisc_r = redisc;
	return OK;
}
