/* guard.c - a cache of bounded size: SETS sets of WAYS people each, found by a keyed hash of the person. Who comes new takes the place of the
 * one of the set who was asked for longest ago. */
#include "authority/session/guard.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "authority/account/account.h"
#include "authority/authority.h"
#include "authority/directory/directory.h"
#include "authority/keys/keys.h"
#include "base/clock.h"
#include "base/wait.h"
#include "log/log.h"

#define SETS 8192u
#define WAYS 8u /* 65,536 people, about 4 MiB */
#define FRESH_MS 60000
#define AGAIN_MS 5000 /* after the directory did not answer */
#define WAIT_S 15     /* for another thread that asks about the same person; the directory gives up before */

struct known {
	uint8_t person[KEYS_HASH_SIZE];
	bool used;
	bool known; /* the directory has answered at least once: */
	bool may_enter;
	bool asking; /* a thread asks the directory now */
	uint64_t generation;
	int64_t until_ms; /* then it is asked again; of the steady clock */
};

struct guard {
	pthread_mutex_t mutex;
	pthread_cond_t answered;
	int64_t fresh_ms;
	struct known people[SETS][WAYS];
};

enum err guard_new(struct guard **guard_r)
{
	struct guard *guard = calloc(1, sizeof *guard);
	if (guard == NULL)
		return ERR_NO_MEMORY;
	guard->fresh_ms = FRESH_MS;
	(void)pthread_mutex_init(&guard->mutex, NULL);
	(void)pthread_cond_init(&guard->answered, NULL);
	*guard_r = guard;
	return OK;
}

void guard_free(struct guard **guard)
{
	if (*guard == NULL)
		return;
	(void)pthread_cond_destroy(&(*guard)->answered);
	(void)pthread_mutex_destroy(&(*guard)->mutex);
	free(*guard);
	*guard = NULL;
}

void guard_set_fresh(struct guard *guard, int64_t fresh_ms)
{
	guard->fresh_ms = fresh_ms;
}

/* --- the memory: inside the mutex --------------------------------------------------------------------------------- */

struct name {
	uint8_t hash[KEYS_HASH_SIZE];
};

static struct name name_of(struct authority *authority, struct text person)
{
	struct name name;
	keys_hash(authority->keys, KEY_PERSON_STORE, person.at, person.len, name.hash);
	return name;
}

static struct known *set_of(struct guard *guard, const struct name *name)
{
	size_t hash;
	memcpy(&hash, name->hash, sizeof hash);
	return guard->people[hash % SETS];
}

static struct known *find(struct guard *guard, const struct name *name)
{
	struct known *set = set_of(guard, name);
	for (unsigned i = 0; i < WAYS; i++)
		if (set[i].used && memcmp(set[i].person, name->hash, sizeof name->hash) == 0)
			return &set[i];
	return NULL;
}

static struct known *find_or_make(struct guard *guard, const struct name *name)
{
	struct known *known = find(guard, name), *set = set_of(guard, name);
	if (known != NULL)
		return known;
	known = &set[0];
	for (unsigned i = 1; i < WAYS; i++)
		if (set[i].until_ms < known->until_ms)
			known = &set[i];
	*known = (struct known){ .used = true };
	memcpy(known->person, name->hash, sizeof known->person);
	return known;
}

/* A generation only rises; a sealed record of a higher one proves that it did. */
static void raise_to(struct known *known, uint64_t generation)
{
	if (generation > known->generation)
		known->generation = generation;
}

static enum err verdict(const struct known *known, const struct msg_session_record *session)
{
	return known->may_enter && session->generation >= known->generation ? OK : ERR_NOT_FOUND;
}

/* --- the directory ------------------------------------------------------------------------------------------------- */

struct answer {
	uint64_t generation;
	bool may_enter;
};

/* What ended a person's sessions shall not come back when it is taken away again. */
static void end_for_good(struct authority *authority, struct text person, uint64_t *generation)
{
	enum err err = account_generation_raise(authority, person, generation);
	if (err != OK)
		log_line(LOG_LEVEL_WARNING, "generation_not_raised", 0, LOG_TEXT("person", person),
		    LOG_STR("reason", err_text(err)));
}

static enum err ask_directory(struct authority *authority, struct text person, struct answer *answer_r)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct person found;
	struct answer answer = { 0 };
	enum err err = account_generation(authority, person, &answer.generation);
	if (err != OK)
		return err;
	err = directory_find_id(authority->directory, person, &arena, &found);
	bool is_there = err != ERR_NOT_FOUND;
	if (err == OK)
		err = directory_may_enter(authority->directory, &found, &arena, &answer.may_enter);
	if (is_there && err != OK)
		return err;
	if (!answer.may_enter)
		log_line(LOG_LEVEL_INFO, "person_may_not_enter", 0, LOG_TEXT("person", person),
		    LOG_STR("cause", is_there ? "locked" : "gone"));
	if (!answer.may_enter && is_there)
		end_for_good(authority, person, &answer.generation);
	*answer_r = answer;
	return OK;
}

static void note(struct guard *guard, const struct name *name, const struct answer *answer)
{
	struct known *known = find_or_make(guard, name);
	known->known = true;
	known->may_enter = answer->may_enter;
	known->until_ms = clock_steady_ms() + guard->fresh_ms;
	raise_to(known, answer->generation);
}

/* Asks as the only one who does for this person. What was known goes on to count where the directory does not answer. */
static enum err ask(
    struct authority *authority, const struct msg_session_record *session, const struct name *name)
{
	struct guard *guard = authority->guard;
	struct answer answer;
	enum err err = ask_directory(authority, session->person, &answer);
	(void)pthread_mutex_lock(&guard->mutex);
	if (err == OK)
		note(guard, name, &answer);
	struct known *known = find_or_make(guard, name);
	known->asking = false;
	if (err != OK)
		known->until_ms = clock_steady_ms() + AGAIN_MS;
	if (err == OK || known->known)
		err = verdict(known, session);
	else if (err != ERR_NO_MEMORY)
		err = ERR_UNREACHABLE;
	(void)pthread_cond_broadcast(&guard->answered);
	(void)pthread_mutex_unlock(&guard->mutex);
	return err;
}

/* Inside: waits while another thread asks about a person of whom nothing is known yet. */
static struct known *wait_for_answer(struct guard *guard, const struct name *name)
{
	const struct timespec end = wait_end(WAIT_S * 1000LL);
	struct known *known = find_or_make(guard, name);
	while (known->asking && !known->known && wait_more(&guard->answered, &guard->mutex, &end))
		known = find_or_make(guard, name);
	return known;
}

static bool is_fresh(const struct known *known)
{
	return known->known && known->until_ms > clock_steady_ms();
}

/* Inside: what can be said without the directory. ERR_BUSY: it is to be asked. */
static enum err look(const struct known *known, const struct msg_session_record *session)
{
	if (known->known && session->generation < known->generation)
		return ERR_NOT_FOUND;
	return is_fresh(known) ? verdict(known, session) : ERR_BUSY;
}

enum err guard_check(struct authority *authority, const struct msg_session_record *session, bool may_wait)
{
	struct guard *guard = authority->guard;
	struct name name = name_of(authority, session->person);
	(void)pthread_mutex_lock(&guard->mutex);
	struct known *known = find_or_make(guard, &name);
	bool waited = known->asking && !known->known && may_wait;
	if (waited)
		known = wait_for_answer(guard, &name);
	raise_to(known, session->generation);
	enum err err = look(known, session);
	bool mine = err == ERR_BUSY && may_wait && !known->asking && !waited;
	if (mine)
		known->asking = true;
	else if (err == ERR_BUSY && may_wait) /* somebody else asks: go on with what was known */
		err = known->known ? verdict(known, session) : ERR_UNREACHABLE;
	(void)pthread_mutex_unlock(&guard->mutex);
	return mine ? ask(authority, session, &name) : err;
}

bool guard_is_over(struct authority *authority, const struct msg_session_record *session)
{
	struct guard *guard = authority->guard;
	struct name name = name_of(authority, session->person);
	(void)pthread_mutex_lock(&guard->mutex);
	const struct known *known = find(guard, &name);
	bool over = known != NULL && known->known && verdict(known, session) != OK;
	(void)pthread_mutex_unlock(&guard->mutex);
	return over;
}

bool guard_is_shut(struct authority *authority, struct text person)
{
	struct guard *guard = authority->guard;
	struct name name = name_of(authority, person);
	(void)pthread_mutex_lock(&guard->mutex);
	const struct known *known = find(guard, &name);
	bool shut = known != NULL && known->known && !known->may_enter;
	(void)pthread_mutex_unlock(&guard->mutex);
	return shut;
}

void guard_note(struct authority *authority, struct text person, uint64_t generation, bool may_enter)
{
	struct guard *guard = authority->guard;
	struct name name = name_of(authority, person);
	struct answer answer = { generation, may_enter };
	(void)pthread_mutex_lock(&guard->mutex);
	note(guard, &name, &answer);
	(void)pthread_mutex_unlock(&guard->mutex);
}

void guard_forget(struct authority *authority, struct text person)
{
	struct guard *guard = authority->guard;
	struct name name = name_of(authority, person);
	(void)pthread_mutex_lock(&guard->mutex);
	struct known *known = find(guard, &name);
	if (known != NULL) { /* not the generation, which only rises */
		known->known = false;
		known->until_ms = 0;
	}
	(void)pthread_mutex_unlock(&guard->mutex);
}
