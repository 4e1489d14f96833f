/* server.h - a private Redis for tests, in the folder of slapd_guard; and the hand of somebody who may write to it. */
#ifndef SPOM_TESTS_STORE_SERVER_H
#define SPOM_TESTS_STORE_SERVER_H
#include <hiredis/hiredis.h>
#include <sys/types.h>
#include "authority/store/store.h"
#include "conf/conf.h"

struct server {
	char dir[128], socket[160];
	pid_t pid; /* 0: does not run */
	redisContext *writer;
	struct conf conf; /* section [store] of the settings, for it */
};

/* What the demo's user may do, and what the production's should: docs/redis.md. */
#define SERVER_USER "on >secret resetkeys ~spom:* resetchannels -@all +@all -@dangerous +info"

/* Makes a server of that name; user: the rights of our user; more: further lines of its configuration. Starts it. */
void server_new(struct server *server, const char *name, const char *user, const char *more);
void server_start(struct server *server);
void server_kill(struct server *server); /* NULL-safe when it does not run */
void server_signal(struct server *server, int signal);

/* A store on it. */
struct store *server_store(const struct server *server, const struct keys *keys);

/* What somebody with all rights does; the reply must be no error, and is freed by the next call. */
const redisReply *server_do(struct server *server, const char *format, ...);

/* The name of a key in Redis; static buffer of which there are two. */
const char *server_key(const struct store_key *key);

#endif
