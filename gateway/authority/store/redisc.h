/* redisc.h - private to store: one connection to Redis, and commands on it. With deadlines: hiredis runs without blocking. */
#ifndef SPOM_AUTHORITY_STORE_REDISC_H
#define SPOM_AUTHORITY_STORE_REDISC_H
#include <hiredis/hiredis.h>
#include <stdbool.h>
#include "authority/store/scripts.h"
#include "authority/store/store.h"

/* Where Redis is, and who we are there. */
struct redisc_place {
	const char *socket; /* empty: host and port */
	char host[200];
	int port;
	const char *user;       /* empty: none is named */
	struct secret password; /* absent: none */
	const char *prefix;     /* of all our keys */
};

/* A command: its words point to what the caller keeps, or into room. */
#define COMMAND_WORDS_MAX 72
struct command {
	enum script script; /* SCRIPT_NONE: the words are all of it */
	int n, n_keys;
	const char *words[COMMAND_WORDS_MAX];
	size_t lens[COMMAND_WORDS_MAX];
	char n_keys_text[4];
	size_t used;
	char room[6400];
};

/* A script's keys come before its other words. */
void command_begin(struct command *command, const char *name);
void command_begin_script(struct command *command, enum script script);
void command_call(struct command *command, const char *verb, const char *script); /* how it is sent */
void command_string(struct command *command, const char *string);                 /* borrowed */
void command_bytes(struct command *command, struct bytes bytes);                  /* borrowed */
void command_number(struct command *command, int64_t number);
void command_key(struct command *command, const char *prefix, const struct store_key *key);
void command_name(struct command *command, const char *prefix, const char *name);

struct redisc {
	redisContext *context;
	char shas[SCRIPT_COUNT_][41];
	bool broken;     /* of no more use */
	char words[200]; /* of the last error that Redis gave */
};

/* Connects and introduces us. ERR_STORE: why says why; ERR_NO_MEMORY. */
NODISCARD enum err redisc_open(
    const struct redisc_place *place, int64_t deadline_ms, struct redisc **redisc_r, char why[200]);
void redisc_close(struct redisc **redisc); /* NULL-safe; clears */

/* Whether nothing has come meanwhile on a connection that lay idle: not even its end. */
bool redisc_is_quiet(const struct redisc *redisc);

/* Carries a command out. The reply is of no error; freed with redisc_reply_free. ERR_CLOSED, ERR_TIMEOUT: whether it was carried out is not
 * known; ERR_BUSY: Redis is full; ERR_STORE: it does not serve us now; ERR_INTERNAL: it did not understand. */
NODISCARD enum err redisc_ask(
    struct redisc *redisc, struct command *command, int64_t deadline_ms, redisReply **reply_r);

/* The same in two halves, for several at once: all are sent, then each one's reply is taken. Not for scripts. */
NODISCARD enum err redisc_send(struct redisc *redisc, const struct command *command);
NODISCARD enum err redisc_take(struct redisc *redisc, int64_t deadline_ms, redisReply **reply_r);

void redisc_reply_free(redisReply **reply); /* NULL-safe; for CLEANUP */

#endif
