#include "authority/session/sweep.h"
#include <string.h>
#include "authority/authority.h"
#include "authority/every.h"
#include "authority/session/guard.h"
#include "authority/session/save.h"
#include "authority/session/session.h"
#include "authority/session/visits.h"
#include "base/clock.h"
#include "log/log.h"

#define EVERY_MS 2000
#define AT_ONCE 64u
#define LOOKS_MAX 4096u /* of one round */
#define LEASE_MS 60000
#define SESSIONS_MAX 1000u

static struct every sweeper;

static bool is_of(
    struct authority *authority, const struct store_key *trail, const struct msg_session_record *session)
{
	struct store_key key;
	return !session->replaced && visits_key(authority, session, &key) &&
	       memcmp(key.bytes, trail->bytes, sizeof key.bytes) == 0;
}

/* The live session of a trail. ERR_NOT_FOUND: there is none any more. */
static enum err find(struct authority *authority, const struct store_key *trail, struct text person,
    struct arena *arena, struct session_found *found_r)
{
	struct session_found *found;
	unsigned n = 0;
	enum err err = session_list(authority, person, SESSIONS_MAX, arena, &found, &n);
	for (unsigned i = 0; err == OK && i < n; i++)
		if (is_of(authority, trail, found[i].record)) {
			*found_r = found[i];
			return OK;
		}
	return err == OK ? ERR_NOT_FOUND : err;
}

/* A store or a directory that does not answer now is asked again when the lease ends. */
static void look_for_session(struct authority *authority, const struct store_key *trail,
    const struct visits *visits, struct arena *arena)
{
	struct session_found found;
	struct text person = visits->at[0].person;
	enum err err = find(authority, trail, person, arena, &found);
	if (err == ERR_NOT_FOUND) {
		visits_end(authority, trail);
		return;
	}
	if (err == OK)
		err = guard_check(authority, found.record, true);
	if (err == OK)
		err = visits_go_on(authority, trail, visits, found.record);
	else if (err == ERR_NOT_FOUND && guard_is_shut(authority, person))
		session_drop_all(authority, person);
	else if (err == ERR_NOT_FOUND) /* by its generation: what lies there is dead */
		visits_end(authority, trail);
	if (err != OK && err != ERR_NOT_FOUND)
		log_line(LOG_LEVEL_DEBUG, "trail_left_on_agenda", 0, LOG_STR("reason", err_text(err)));
}

static void look(struct authority *authority, const struct store_key *trail)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct visits visits = { .n = 0 };
	struct store_key agenda = visits_agenda(authority);
	enum err err = visits_list(authority, trail, &arena, &visits);
	if (err == OK && visits.n > 0)
		look_for_session(authority, trail, &visits, &arena);
	else if (err == OK && store_index_remove(authority->store, &agenda, trail) != OK)
		log_line(LOG_LEVEL_DEBUG, "trail_left_on_agenda", 0);
}

void sweep_once(struct authority *authority)
{
	struct store_key agenda = visits_agenda(authority), *trails = NULL;
	unsigned n = AT_ONCE, looks = 0;
	while (n == AT_ONCE && looks < LOOKS_MAX) {
		CLEANUP(arena_done) struct arena arena = { 0 };
		n = 0;
		if (store_agenda_take(authority->store, &agenda, STORE_VISITS, clock_now_ms() + LEASE_MS,
			AT_ONCE, &arena, &trails, &n) != OK)
			return;
		for (unsigned i = 0; i < n; i++)
			look(authority, &trails[i]);
		looks += n;
	}
}

/* A store that was emptied begins its epoch as soon as somebody looks: were it the first code that somebody shows, that one would not count. */
static void look_at_epoch(struct authority *authority)
{
	struct store_epoch epoch;
	if (store_epoch_load(authority->store, clock_now_ms(), &epoch) != OK)
		log_line(LOG_LEVEL_DEBUG, "epoch_not_seen", 0);
}

static void round_of(void *context)
{
	struct authority *authority = context;
	look_at_epoch(authority);
	sweep_once(authority);
}

enum err sweep_start(struct authority *authority)
{
	return every_start(&sweeper, round_of, authority, EVERY_MS);
}

void sweep_stop(void)
{
	every_stop(&sweeper);
}
