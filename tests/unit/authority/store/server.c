#include "authority/store/server.h"
#include "unit.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "authority/directory/slapd.h"
#include "authority/store/kinds.h"
#include "base/enc.h"

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	(void)fputs(text, file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, 0600), 0);
}

static const char *in(const struct server *server, const char *name)
{
	static char path[200];
	(void)snprintf(path, sizeof path, "%s/%s", server->dir, name);
	return path;
}

void server_new(struct server *server, const char *name, const char *user, const char *more)
{
	char text[2000];
	static char password_file[200];
	*server = (struct server){ .pid = 0 };
	(void)signal(SIGPIPE, SIG_IGN); /* as in the authority */
	(void)snprintf(server->dir, sizeof server->dir, "%s/%s", slapd_folder(), name);
	(void)snprintf(server->socket, sizeof server->socket, "%s/socket", server->dir);
	assert_int_equal(mkdir(server->dir, 0700), 0);
	(void)snprintf(text, sizeof text,
	    "port 0\nunixsocket %s\ndir %s\nsave \"\"\nappendonly no\nmaxmemory-policy noeviction\n"
	    "user default on nopass ~* &* +@all\nuser spom %s\n%s\n",
	    server->socket, server->dir, user, more);
	write_file(in(server, "redis.conf"), text);
	write_file(in(server, "password"), "secret\n");
	(void)snprintf(password_file, sizeof password_file, "%s", in(server, "password"));
	server->conf.store = (struct conf_store){
		.socket = server->socket,
		.address = "",
		.user = "spom",
		.password_file = password_file,
		.prefix = "spom:",
		.connections = 4,
		.timeout_ms = 1000,
	};
	server_start(server);
}

static void connect_writer(struct server *server)
{
	for (int i = 0; i < 1000; i++) {
		server->writer = redisConnectUnix(server->socket);
		if (server->writer != NULL && server->writer->err == 0)
			return;
		redisFree(server->writer);
		(void)nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
	}
	fail_msg("redis does not answer at %s", server->socket);
}

void server_start(struct server *server)
{
	pid_t parent = getpid();
	char conf[200], log[200];
	(void)snprintf(conf, sizeof conf, "%s", in(server, "redis.conf"));
	(void)snprintf(log, sizeof log, "%s", in(server, "log"));
	server->pid = fork();
	if (server->pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
		if (getppid() == parent && fd >= 0 && dup2(fd, 1) >= 0 && dup2(fd, 2) >= 0)
			(void)execlp("redis-server", "redis-server", conf, NULL);
		_exit(127);
	}
	connect_writer(server);
}

void server_kill(struct server *server)
{
	if (server->pid == 0)
		return;
	(void)kill(server->pid, SIGKILL);
	while (waitpid(server->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	server->pid = 0;
	(void)unlink(server->socket);
	redisFree(server->writer);
	server->writer = NULL;
}

void server_signal(struct server *server, int signal)
{
	assert_int_equal(kill(server->pid, signal), 0);
}

struct store *server_store(const struct server *server, const struct keys *keys)
{
	struct store *store;
	assert_int_equal(store_redis_new(&server->conf, keys, &store), OK);
	return store;
}

const redisReply *server_do(struct server *server, const char *format, ...)
{
	static redisReply *reply;
	va_list list;
	if (reply != NULL)
		freeReplyObject(reply);
	va_start(list, format);
	reply = redisvCommand(server->writer, format, list);
	va_end(list);
	assert_non_null(reply);
	if (reply->type == REDIS_REPLY_ERROR)
		fail_msg("%s: %s", format, reply->str);
	return reply;
}

const char *server_key(const struct store_key *key)
{
	static char names[2][100];
	static unsigned turn;
	char text[ENC_BASE64URL_SIZE(STORE_KEY_SIZE)];
	char *name = names[turn++ % 2];
	enc_base64url(key->bytes, sizeof key->bytes, text);
	(void)snprintf(name, sizeof names[0], "spom:%s:%s", store_kind_name(key->kind), text);
	return name;
}
