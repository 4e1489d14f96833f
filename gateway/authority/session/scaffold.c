/* scaffold.c - so that the others link; its owner takes this file away. */
#include "authority/session/activity.h"
#include "authority/session/guard.h"
#include "authority/session/session.h"

enum err guard_new(struct guard **guard_r)
{
	(void)guard_r;
	return ERR_INTERNAL;
}

void guard_free(struct guard **guard)
{
	(void)guard;
}

enum err guard_check(struct authority *authority, const struct msg_session_record *session, bool may_wait)
{
	(void)authority;
	(void)session;
	(void)may_wait;
	return ERR_INTERNAL;
}

void guard_note(struct authority *authority, struct text person, uint64_t generation, bool may_enter)
{
	(void)authority;
	(void)person;
	(void)generation;
	(void)may_enter;
}

void guard_forget(struct authority *authority, struct text person)
{
	(void)authority;
	(void)person;
}

void activity_note(struct authority *authority, struct text person, const struct msg_activity_row *row)
{
	(void)authority;
	(void)person;
	(void)row;
}

enum err activity_read(struct authority *authority, struct text person, unsigned from, unsigned max,
    struct arena *arena, struct msg_activity_row **rows_r, unsigned *n_r)
{
	(void)authority;
	(void)person;
	(void)from;
	(void)max;
	(void)arena;
	(void)rows_r;
	(void)n_r;
	return ERR_INTERNAL;
}

enum err session_change(
    struct authority *authority, const struct store_key *key, const struct msg_session_record *record)
{
	(void)authority;
	(void)key;
	(void)record;
	return ERR_INTERNAL;
}

struct text session_id(const struct store_key *key, struct arena *arena)
{
	(void)key;
	(void)arena;
	return (struct text){ 0 };
}

enum err session_id_parse(struct text id, struct store_key *key_r)
{
	(void)id;
	(void)key_r;
	return ERR_INTERNAL;
}

enum err session_list(struct authority *authority, struct text person, unsigned max, struct arena *arena,
    struct session_found **found_r, unsigned *n_r)
{
	(void)authority;
	(void)person;
	(void)max;
	(void)arena;
	(void)found_r;
	(void)n_r;
	return ERR_INTERNAL;
}

enum err session_end_key(
    struct authority *authority, struct text person, const struct store_key *key, struct arena *arena)
{
	(void)authority;
	(void)person;
	(void)key;
	(void)arena;
	return ERR_INTERNAL;
}

enum err session_end_all(struct authority *authority, struct text person, const struct store_key *keep,
    struct arena *arena, unsigned *n_r)
{
	(void)authority;
	(void)person;
	(void)keep;
	(void)arena;
	(void)n_r;
	return ERR_INTERNAL;
}

enum err session_peek_many(struct authority *authority, const struct store_key *keys, unsigned n,
    struct arena *arena, struct session_peeked *peeked)
{
	for (unsigned i = 0; i < n; i++)
		peeked[i].err = session_peek_key(authority, &keys[i], arena, &peeked[i].record);
	return OK;
}

enum err session_check(struct authority *authority, const struct store_key *key, struct arena *arena,
    const struct msg_session_record **record_r)
{
	return session_peek_key(authority, key, arena, record_r);
}
