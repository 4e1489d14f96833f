/* store.h - what outlives a request: logins under way, sessions, tickets, counters; each with a time to live.
 *
 * One interface; Redis is the store behind it, the authority's memory stands in for it in unit tests. Keys are keyed hashes
 * (keys_hash), so that a copy of the store names nobody. Values are sealed before they get here (store_put_record), with
 * kind, key, expiry and the person's generation as associated data; counters and steps are plain numbers. A writer of the
 * store can delete and reset; he mints nobody (SECURITY 29). All functions are thread-safe and give ERR_STORE when the store
 * cannot be reached or does not answer within its timeout. Layout of keys: docs/redis.md. */
#ifndef SPOM_AUTHORITY_STORE_STORE_H
#define SPOM_AUTHORITY_STORE_STORE_H
#include <pthread.h>
#include <stdbool.h>
#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "wire/wire.h"

#define STORE_KEY_SIZE 32

enum store_kind {
	STORE_LOGIN,     /* a login between two turns */
	STORE_SESSION,   /* a session */
	STORE_ACT,       /* what waits for a proof */
	STORE_TICKET,    /* forward-auth's one-time ticket */
	STORE_INDEX,     /* a person's sessions: names of values, each with an end of its own */
	STORE_ACTIVITY,  /* a person's last events, newest first */
	STORE_STEP,      /* the ledger: the last accepted time step of a factor */
	STORE_COUNT,     /* counters of tries */
	STORE_HEAD,      /* the audit's signed head */
	STORE_CODE,      /* an authorization code */
	STORE_PUSHED,    /* an authorization request that a client has pushed */
	STORE_GRANT,     /* what a code has given */
	STORE_TOKEN,     /* an access token */
	STORE_REFRESH,   /* a refresh token */
	STORE_SPENT,     /* that a refresh token or an assertion was used, or a device has asked */
	STORE_CAS,       /* a service ticket or proxy ticket of CAS */
	STORE_PGT,       /* a proxy-granting ticket of CAS */
	STORE_ANSWERED,  /* that a request of SAML was answered */
	STORE_VISITS,    /* what was visited in a session, newest first */
	STORE_TOLD,      /* what came of telling it that the session has ended */
	STORE_AGENDA,    /* names of values that somebody has to look at, and when */
	STORE_DEVICE,    /* a device that waits for somebody */
	STORE_USER_CODE, /* the code which people type for it */
	STORE_INDEXED,   /* by what a service of SAML knows a session */
	STORE_CONSENT,   /* that a person has agreed to what a service is told, and since when */
	STORE_KIND_COUNT_
};

struct store_key {
	enum store_kind kind;
	uint8_t bytes[STORE_KEY_SIZE];
};

/* On which condition a value is written. */
enum store_when {
	STORE_ALWAYS,
	STORE_IF_THERE, /* only over a live value: so that a late writer revives nothing that was removed */
	STORE_IF_NEW,   /* only where none is: so that one of several is the first */
};

/* How many tries are free in a window, and what the next ones have to wait; see store_try. */
struct store_budget {
	unsigned free;        /* tries without a wait */
	unsigned max;         /* tries at all in the window; 0: no end */
	int64_t window_ms;    /* from the first try on */
	int64_t wait_ms;      /* after the free ones: this, then twice as long each time, */
	int64_t wait_most_ms; /* up to this */
};

/* One counter of a try that several limit; see store_tries. */
struct store_try {
	struct store_key key;
	struct store_budget budget;
	const struct store_key *mark; /* NULL, or a value that forbids it while it is there */
	bool stops;                   /* when it has to wait, those behind it are neither asked nor counted */
	int64_t wait_ms;              /* what came of it: STORE_TRY_COUNTED, a wait, or */
};

#define STORE_TRY_COUNTED 0
#define STORE_TRY_MARKED (-1)    /* its mark is there */
#define STORE_TRY_NOT_ASKED (-2) /* one before it stopped */

/* From when on the store remembers: an empty one begins a new epoch (SECURITY 30). */
struct store_epoch {
	char id[WIRE_ID_TEXT_SIZE]; /* random; NUL-terminated */
	int64_t began_ms;           /* 0: it has never been another */
};

struct conf;
struct store;
struct store_op;

/* What a store must be able to do; see the functions below for the contracts. Each operation is atomic. */
struct store_ops {
	enum err (*put)(struct store *store, const struct store_key *key, struct bytes value, int64_t ttl_ms,
	    enum store_when when);
	enum err (*replace)(struct store *store, const struct store_key *key, struct bytes former,
	    struct bytes value, int64_t ttl_ms);
	enum err (*load)(
	    struct store *store, const struct store_key *key, struct arena *arena, struct bytes *value_r);
	enum err (*load_many)(struct store *store, const struct store_key *keys, unsigned n,
	    struct arena *arena, struct bytes *values_r);
	enum err (*remove)(struct store *store, const struct store_key *key);
	enum err (*forget)(struct store *store, const struct store_key *keys, unsigned n);
	enum err (*index_add)(struct store *store, const struct store_key *index, const struct store_key *key,
	    int64_t now_ms, int64_t ttl_ms);
	enum err (*index_remove)(
	    struct store *store, const struct store_key *index, const struct store_key *key);
	enum err (*index_list)(struct store *store, const struct store_key *index, enum store_kind kind,
	    int64_t now_ms, unsigned max, struct arena *arena, struct store_key **keys_r, unsigned *n_r);
	enum err (*list_push)(struct store *store, const struct store_key *key, struct bytes value,
	    unsigned keep, int64_t ttl_ms);
	enum err (*list_read)(struct store *store, const struct store_key *key, unsigned from, unsigned max,
	    struct arena *arena, struct bytes **values_r, unsigned *n_r);
	enum err (*agenda_put)(struct store *store, const struct store_key *agenda,
	    const struct store_key *key, int64_t due_ms, bool only_new);
	enum err (*agenda_take)(struct store *store, const struct store_key *agenda, enum store_kind kind,
	    int64_t now_ms, int64_t again_ms, unsigned max, struct arena *arena, struct store_key **keys_r,
	    unsigned *n_r);
	enum err (*tries)(struct store *store, struct store_try *tries, unsigned n, int64_t now_ms);
	enum err (*untry)(struct store *store, const struct store_key *key);
	enum err (*count)(struct store *store, const struct store_key *key, struct bytes member,
	    int64_t ttl_ms, uint64_t *n_r);
	enum err (*step)(struct store *store, const struct store_key *key, uint64_t step, int64_t before_ms,
	    int64_t ttl_ms);
	enum err (*step_last)(struct store *store, const struct store_key *key, uint64_t *step_r);
	enum err (*epoch)(struct store *store, int64_t fresh_ms, struct store_epoch *epoch_r);
	enum err (*time)(struct store *store, int64_t *now_ms_r);
	/* NULL: there is no round trip to save; see batch.h */
	enum err (*batch)(struct store *store, struct store_op *ops, unsigned n, struct arena *arena);
	enum err (*object)(struct store *store, struct arena *arena, struct text *objection_r);
	void (*settings)(struct store *store, const struct conf *conf);
	bool (*is_well)(struct store *store);
	void (*free)(struct store *store);
};
struct keys;
struct over;

/* What happened to the store that nobody asked for. */
enum store_tale {
	STORE_TALE_REFUSED, /* a value was not ours, not of this place, or had outlived itself: what is its kind */
	STORE_TALE_EPOCH, /* it had forgotten everything, and began anew: what is the epoch */
};
typedef void (*store_teller)(void *context, enum store_tale tale, const char *what, const char *cause);

struct store {
	const struct store_ops *ops;
	const struct keys *keys; /* by which records are sealed; borrowed */
	store_teller teller;     /* NULL: nobody listens */
	void *listener;
	struct over *over;        /* what ended here stays so, whoever writes to the store (over.h) */
	pthread_mutex_t lock;     /* of what follows */
	struct store_epoch known; /* as it was seen last; id empty: never */
};

/* Who is told, on any thread that uses the store; before any does. */
void store_listen(struct store *store, store_teller teller, void *context);

/* Writes a value (copied) that is gone after ttl_ms. ERR_NOT_FOUND, ERR_EXISTS: the condition does not hold; ERR_BUSY: the
 * store is full. */
NODISCARD enum err store_put(struct store *store, const struct store_key *key, struct bytes value,
    int64_t ttl_ms, enum store_when when);

/* Writes a value over the one that was read before. ERR_NOT_FOUND: it is gone; ERR_STALE: it is another one by now. */
NODISCARD enum err store_replace(struct store *store, const struct store_key *key, struct bytes former,
    struct bytes value, int64_t ttl_ms);

/* Reads a value to the arena. ERR_NOT_FOUND: never there, expired or removed. */
NODISCARD enum err store_load(
    struct store *store, const struct store_key *key, struct arena *arena, struct bytes *value_r);

/* Reads n values in one round trip; values_r has n elements, at NULL where there is none. */
NODISCARD enum err store_load_many(struct store *store, const struct store_key *keys, unsigned n,
    struct arena *arena, struct bytes *values_r);

/* Removes a value. ERR_NOT_FOUND: somebody else was first; so exactly one of several callers gets OK. Who only
 * wants it gone may ignore the answer. */
enum err store_remove(struct store *store, const struct store_key *key);

/* The same for what never comes back under that name (a session, a ticket, a proof): a record that somebody writes back there is refused by
 * this process from then on. */
enum err store_end(struct store *store, const struct store_key *key);
/* The same where a connection broke before, so that nobody knows whether it is there still, or for who does not know
 * whether it ever was: OK, whether it was or not. May be repeated. */
enum err store_end_again(struct store *store, const struct store_key *key);

/* The index: a set of names of other values, each until its own end. Adding again moves the end. List: newest end first, at
 * most max, the ended ones left out. */
NODISCARD enum err store_index_add(
    struct store *store, const struct store_key *index, const struct store_key *key, int64_t ttl_ms);
enum err store_index_remove(struct store *store, const struct store_key *index, const struct store_key *key);
NODISCARD enum err store_index_list(struct store *store, const struct store_key *index, enum store_kind kind,
    unsigned max, struct arena *arena, struct store_key **keys_r, unsigned *n_r);

/* A list: pushes in front, keeps the newest `keep`; the whole list is gone ttl_ms after the last push. */
NODISCARD enum err store_list_push(
    struct store *store, const struct store_key *key, struct bytes value, unsigned keep, int64_t ttl_ms);
NODISCARD enum err store_list_read(struct store *store, const struct store_key *key, unsigned from,
    unsigned max, struct arena *arena, struct bytes **values_r, unsigned *n_r);

/* The agenda: names of values with the time from which on somebody has to look at each; it has no end of its own. only_new: a name that is
 * there keeps its time. Take: up to max that are due, each given to nobody else before again_ms, so that of several authorities one looks,
 * and another one where that one dies. Whoever has looked puts the name there anew, or takes it out by store_index_remove. */
NODISCARD enum err store_agenda_put(struct store *store, const struct store_key *agenda,
    const struct store_key *key, int64_t due_ms, bool only_new);
NODISCARD enum err store_agenda_take(struct store *store, const struct store_key *agenda,
    enum store_kind kind, int64_t again_ms, unsigned max, struct arena *arena, struct store_key **keys_r,
    unsigned *n_r);

/* Counts a try before what is tried is checked, atomically over all authorities. OK and *wait_ms_r 0: go on; it was counted. OK
 * and *wait_ms_r above 0: not now, and it was not counted; so of any number of tries at once only the budget goes on. */
NODISCARD enum err store_try(
    struct store *store, const struct store_key *key, const struct store_budget *budget, int64_t *wait_ms_r);

/* The same for a try that several counters limit, in one round trip and at once: each in its order counts it, or says why not. n at most
 * STORE_TRIES_MAX. */
#define STORE_TRIES_MAX 8u
NODISCARD enum err store_tries(struct store *store, struct store_try *tries, unsigned n);

/* Gives a try back that was counted and then could not be checked; the next one has no wait on its account. */
enum err store_untry(struct store *store, const struct store_key *key);

/* Forgets counters and marks, after the right answer: n at most STORE_FORGET_MAX, in one round trip, whether they are there or not. */
#define STORE_FORGET_MAX 64u
NODISCARD enum err store_forget(struct store *store, const struct store_key *keys, unsigned n);

/* Adds a member (a few bytes) to the counter of distinct members; *n_r: how many there are now, within some percent. */
NODISCARD enum err store_count(
    struct store *store, const struct store_key *key, struct bytes member, int64_t ttl_ms, uint64_t *n_r);

/* The ledger: OK exactly once for each step of a key, and only for one after all accepted ones; else ERR_EXISTS. Over all
 * authorities; before the yes. ERR_STALE: the present epoch did not begin before before_ms, so that step may have been used in one of which
 * nothing is known. Where none has begun (somebody emptied the store a moment ago) nothing is accepted either: that begins one. */
NODISCARD enum err store_step(
    struct store *store, const struct store_key *key, uint64_t step, int64_t before_ms, int64_t ttl_ms);

/* The last accepted step. ERR_NOT_FOUND: none is known. */
NODISCARD enum err store_step_last(struct store *store, const struct store_key *key, uint64_t *step_r);

/* When the present epoch of the store began: an empty, or differently restarted, store is a new one, and begins with fresh_ms
 * (SECURITY 30). 0: it has never been another. One-time values of before are refused by who reads this. */
NODISCARD enum err store_epoch(struct store *store, int64_t fresh_ms, int64_t *began_ms_r);

/* The same with the epoch's id, by which the directory remembers it. */
NODISCARD enum err store_epoch_load(struct store *store, int64_t fresh_ms, struct store_epoch *epoch_r);

/* The one that this process saw last, without asking. For what is written with it and refused later where it is no more the present one:
 * who writes asks beside it (store_batch_epoch), and writes anew where there is another; or has asked a moment ago. */
NODISCARD enum err store_epoch_known(struct store *store, int64_t fresh_ms, struct store_epoch *epoch_r);

/* Takes over what may change while it is used (store.timeout_ms). */
void store_settings(struct store *store, const struct conf *conf);

/* What the store takes for the time of day. */
NODISCARD enum err store_time(struct store *store, int64_t *now_ms_r);

/* Whether it answers now, and forgets nothing by itself (eviction). */
bool store_is_well(struct store *store);

void store_free(struct store **store);

/* The same for records of the wire tables, sealed: kind, key, expiry and generation are associated data, and the expiry is checked
 * inside. generation 0 for what belongs to nobody yet. ERR_NOT_FOUND also for what was tampered with, moved from another key, or
 * older than its expiry (logged). */
NODISCARD enum err store_put_record(struct store *store, const struct store_key *key, struct wire_any record,
    int64_t ttl_ms, enum store_when when);
/* As store_put_record writes it: sealed for that key and that long, on the arena. */
NODISCARD enum err store_seal_record(struct store *store, const struct store_key *key, struct wire_any record,
    int64_t ttl_ms, struct arena *arena, struct bytes *value_r);
NODISCARD enum err store_load_record(struct store *store, const struct store_key *key,
    const struct wire_msg *msg, struct arena *arena, const void **record_r);
/* store_replace for records: former is what store_load gave. */
NODISCARD enum err store_replace_record(struct store *store, const struct store_key *key, struct bytes former,
    struct wire_any record, int64_t ttl_ms);
/* Takes what lies there as sealed bytes (store_load_many) apart; the same errors. */
NODISCARD enum err store_open_record(struct store *store, const struct store_key *key, struct bytes sealed,
    const struct wire_msg *msg, struct arena *arena, const void **record_r);
NODISCARD enum err store_list_push_record(
    struct store *store, const struct store_key *key, struct wire_any record, unsigned keep, int64_t ttl_ms);
/* Rows that cannot be opened are left out. */
NODISCARD enum err store_list_read_records(struct store *store, const struct store_key *key,
    const struct wire_msg *msg, unsigned from, unsigned max, struct arena *arena, const void ***records_r,
    unsigned *n_r);

/* A store in this process's memory, for at most max values; values and expired ones are erased. */
NODISCARD enum err store_memory_new(size_t max, const struct keys *keys, struct store **store_r);

/* Redis, as section [store] of the settings says. It may be down. ERR_CONFIG: the password file, or settings that cannot be. */
NODISCARD enum err store_redis_new(const struct conf *conf, const struct keys *keys, struct store **store_r);

/* What is wrong with how the store is set up (eviction, rights of the user), as a sentence on the arena; absent: nothing.
 * ERR_STORE. For start-up, health and spomctl. */
NODISCARD enum err store_objection(struct store *store, struct arena *arena, struct text *objection_r);

#endif
