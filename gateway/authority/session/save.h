/* save.h - private to session: how a session is written and removed, always together with its name in the person's index. */
#ifndef SPOM_AUTHORITY_SESSION_SAVE_H
#define SPOM_AUTHORITY_SESSION_SAVE_H
#include "authority/store/store.h"

struct authority;
struct store_batch;

/* A person's place in the store, of that kind. */
struct store_key person_key(struct authority *authority, enum store_kind kind, struct text person);

/* Writes a record until the earlier of its idle and its absolute end. ERR_NOT_FOUND: that is past; else as store_put. */
NODISCARD enum err session_save(struct authority *authority, const struct store_key *key,
    const struct msg_session_record *record, enum store_when when);

/* Writes that of a new session: with later, or at once where that is NULL. */
NODISCARD enum err session_save_new(struct authority *authority, const struct store_key *key,
    const struct msg_session_record *record, struct store_batch *later);

/* The same over the value that was read. ERR_NOT_FOUND, ERR_STALE. */
NODISCARD enum err session_save_over(struct authority *authority, const struct store_key *key,
    struct bytes former, const struct msg_session_record *record);

/* Removes it, and ends it where it has been (visits.h): every end of a session that somebody brings about goes by this one. ERR_NOT_FOUND: somebody
 * else was first. */
enum err session_remove(
    struct authority *authority, const struct msg_session_record *record, const struct store_key *key);

/* The same for all of a person's, but keep (NULL: none is kept). *n_r: how many there were. */
enum err session_remove_all(struct authority *authority, struct text person, const struct store_key *keep,
    struct arena *arena, unsigned *n_r);

/* The same for one who cannot do anything about an error; it is logged. */
void session_drop_all(struct authority *authority, struct text person);

#endif
