/* session.h - who is signed in, how strongly, and until when.
 *
 * The browser holds a token, the store only its keyed hash: a copy of the store signs nobody in. */
#ifndef SPOM_AUTHORITY_SESSION_SESSION_H
#define SPOM_AUTHORITY_SESSION_SESSION_H
#include "authority/store/store.h"
#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/secret.h"
#include "wire/wire.h"

struct authority;
struct store_batch;

#define SESSION_CSRF_SIZE 24
#define SESSION_TRAIL_SIZE \
	16 /* what all tokens of a session have in common (visits.h); names it when it has ended, and opens nothing */

/* Stores a session as the record says: its generation is the person's, as the directory said in this sign-in. Times are filled in
 * here, proved where it is 0, and a trail of its own where it has none (visits.h). Written with later, or at once where that is NULL. *token_r (on the arena) is its only copy; *key_r names it in the store. */
NODISCARD enum err session_create(struct authority *authority, const struct msg_session_record *record,
    struct arena *arena, struct store_batch *later, struct secret *token_r, struct store_key *key_r);

/* Loads a live session of a person who may still enter (guard.h), and notes, at most once a minute, that it was seen. Expired,
 * ended and unknown are all ERR_NOT_FOUND, so that no caller can tell a guesser which it was. May wait for the directory: for
 * the directory's threads. ERR_UNREACHABLE: only the directory could tell; ERR_STORE. */
NODISCARD enum err session_load(struct authority *authority, struct secret token, struct arena *arena,
    const struct msg_session_record **record_r);

/* The same for a session's key. */
NODISCARD enum err session_load_key(struct authority *authority, const struct store_key *key,
    struct arena *arena, const struct msg_session_record **record_r);

/* A look: who is signed in, as far as the store and the guard's memory tell. Notes nothing, never waits for the directory, and so
 * lets nobody in: a person locked a moment ago is still shown. To let somebody in: session_load, session_check. */
NODISCARD enum err session_peek(struct authority *authority, struct secret token, struct arena *arena,
    const struct msg_session_record **record_r);

/* Writes a changed record over a live one (the level rose, the generation changed). ERR_NOT_FOUND: it has ended. */
NODISCARD enum err session_change(
    struct authority *authority, const struct store_key *key, const struct msg_session_record *record);

/* A session's id for people and operators, on the arena: its key in the store as base64url, which opens nothing. */
struct text session_id(const struct store_key *key, struct arena *arena);
NODISCARD enum err session_id_parse(struct text id, struct store_key *key_r);

/* The live sessions of a person, newest first, at most max. */
struct session_found {
	struct store_key key;
	const struct msg_session_record *record;
};
NODISCARD enum err session_list(struct authority *authority, struct text person, unsigned max,
    struct arena *arena, struct session_found **found_r, unsigned *n_r);

/* Ends one session of a person. ERR_NOT_FOUND: the person has no such session. */
NODISCARD enum err session_end_key(
    struct authority *authority, struct text person, const struct store_key *key, struct arena *arena);

/* Ends all sessions of a person but keep (NULL: all), and raises the generation, so that no older copy of the store brings one
 * back; keep goes on under the new one. *n_r: how many there were. */
NODISCARD enum err session_end_all(struct authority *authority, struct text person,
    const struct store_key *keep, struct arena *arena, unsigned *n_r);

/* Forward-auth: what session_load would say of many sessions, in one round trip to the store, never waiting for the directory and
 * noting nothing. The result is ERR_STORE, or of each session: OK and its record; ERR_NOT_FOUND: over; ERR_BUSY: session_check on
 * a thread that may wait will tell (once a minute and person). */
struct session_peeked {
	enum err err;
	const struct msg_session_record *record; /* NULL but for OK */
};
NODISCARD enum err session_peek_many(struct authority *authority, const struct store_key *keys, unsigned n,
    struct arena *arena, struct session_peeked *peeked);

/* The answer of session_load for a session's key, noting nothing. May wait for the directory. */
NODISCARD enum err session_check(struct authority *authority, const struct store_key *key,
    struct arena *arena, const struct msg_session_record **record_r);

/* The same where the value that lies there was read with others. */
NODISCARD enum err session_check_value(struct authority *authority, const struct store_key *key,
    struct bytes value, struct arena *arena, const struct msg_session_record **record_r);

/* What session_peek_many says of one value that was read with others. */
NODISCARD enum err session_peek_value(struct authority *authority, const struct store_key *key,
    struct bytes value, struct arena *arena, const struct msg_session_record **record_r);

/* Where a token's session lies in the store. */
struct store_key session_key(struct authority *authority, struct secret token);

/* A look (session_peek) at the session of such a key. */
NODISCARD enum err session_peek_key(struct authority *authority, const struct store_key *key,
    struct arena *arena, const struct msg_session_record **record_r);

/* The groups of a person as a session keeps them: up to 200, by comma, a comma within a name as %2C; absent: none. Errors of
 * directory_groups. */
struct person;
NODISCARD enum err session_read_groups(
    struct authority *authority, const struct person *person, struct arena *arena, struct text *groups_r);

/* Takes the first of a session's groups from them: its name, with a NUL behind it, into room, where there are groups->len + 1 bytes.
 * false: there is none any more. */
bool session_next_group(struct text *groups, char *room, struct text *name_r);

/* Whether one of a session's groups, which stand there by comma, has this name; one of these names, of the settings or of a service's record. Where none
 * is named everybody is in. */
bool session_is_in(struct text groups, struct text name);
bool session_is_in_listed(struct text groups, const char *const *names, unsigned n);
bool session_is_in_rows(struct text groups, const struct msg_value_row *rows, unsigned n);

/* Whether the person gave a proof of who it is so short a time ago. */
bool session_is_fresh(const struct msg_session_record *session, int64_t most_ms);

/* Ends a session. ERR_NOT_FOUND: there was none, which who only wants it gone may ignore. */
enum err session_end(struct authority *authority, struct secret token);

/* The value that forms of this session carry, on the arena; absent when memory is out. */
struct secret session_csrf(struct authority *authority, struct secret token, struct arena *arena);

#endif
