/* Sessions: how they begin, are listed, change and end; and that none comes back. */
#include <string.h>
#include "authority/account/account.h"
#include "authority/directory/slapd.h"
#include "authority/session/activity.h"
#include "authority/session/epoch.h"
#include "authority/session/lives.h"
#include "base/clock.h"

static const struct msg_session_record *record_of(const struct lived *lived)
{
	const struct msg_session_record *record;
	assert_int_equal(session_peek_key(&lives, &lived->key, &lives_arena, &record), OK);
	return record;
}

static unsigned n_listed(struct text person)
{
	struct session_found *found;
	unsigned n;
	assert_int_equal(session_list(&lives, person, 100, &lives_arena, &found, &n), OK);
	return n;
}

static void test_begins_and_ends(void **state)
{
	(void)state;
	struct lived lived = lives_sign_in(ADA);
	struct secret foreign = secret_copy(&lives_arena, "no token", 8), none = { NULL, 0 };
	const struct msg_session_record *record;
	assert_int_equal(session_load(&lives, foreign, &lives_arena, &record), ERR_NOT_FOUND);
	assert_int_equal(session_load(&lives, none, &lives_arena, &record), ERR_NOT_FOUND);
	assert_int_equal(session_load(&lives, lived.token, &lives_arena, &record), OK);
	assert_true(text_equal(record->person, ADA));
	assert_int_equal(record->proved, record->since);
	assert_int_equal(record->expires, record->since + 36000000);
	assert_int_equal(session_peek(&lives, lived.token, &lives_arena, &record), OK);
	assert_int_equal(session_end(&lives, lived.token), OK);
	assert_int_equal(session_end(&lives, lived.token), ERR_NOT_FOUND);
	assert_int_equal(session_peek(&lives, lived.token, &lives_arena, &record), ERR_NOT_FOUND);
	assert_int_equal(lives_load(&lived), ERR_NOT_FOUND);
	assert_int_equal(n_listed(ADA), 0);
}

static void test_ids(void **state)
{
	(void)state;
	struct lived lived = lives_sign_in(ADA);
	struct store_key key;
	struct text id = session_id(&lived.key, &lives_arena);
	assert_int_equal(id.len, 43);
	assert_int_equal(session_id_parse(id, &key), OK);
	assert_int_equal(key.kind, STORE_SESSION);
	assert_memory_equal(key.bytes, lived.key.bytes, sizeof key.bytes);
	assert_int_equal(session_id_parse(TEXT_LITERAL("short"), &key), ERR_MALFORMED);
	assert_int_equal(session_id_parse((struct text){ NULL, 0 }, &key), ERR_MALFORMED);
	struct secret as_token = secret_copy(&lives_arena, id.at, id.len); /* it opens nothing */
	const struct msg_session_record *record;
	assert_int_equal(session_load(&lives, as_token, &lives_arena, &record), ERR_NOT_FOUND);
}

static void test_list_and_end_one(void **state)
{
	(void)state;
	struct lived first = lives_sign_in(ADA), second = lives_sign_in(ADA), other = lives_sign_in(MAX);
	struct session_found *found;
	unsigned n;
	assert_int_equal(session_list(&lives, ADA, 100, &lives_arena, &found, &n), OK);
	assert_int_equal(n, 2);
	assert_true(found[0].record->since >= found[1].record->since);
	assert_int_equal(session_list(&lives, ADA, 1, &lives_arena, &found, &n), OK);
	assert_int_equal(n, 1);
	assert_int_equal(session_end_key(&lives, ADA, &other.key, &lives_arena), ERR_NOT_FOUND);
	assert_int_equal(session_end_key(&lives, ADA, &first.key, &lives_arena), OK);
	assert_int_equal(session_end_key(&lives, ADA, &first.key, &lives_arena), ERR_NOT_FOUND);
	assert_int_equal(lives_load(&first), ERR_NOT_FOUND);
	assert_int_equal(lives_load(&second), OK);
	assert_int_equal(lives_load(&other), OK);
	assert_int_equal(n_listed(ADA), 1);
}

/* An index into which somebody wrote a foreign session's name shows only the person's own. */
static void test_a_foreign_name_in_the_index(void **state)
{
	(void)state;
	struct lived other = lives_sign_in(MAX);
	struct store_key index = { .kind = STORE_INDEX };
	struct text person = ADA;
	(void)lives_sign_in(ADA);
	keys_hash(lives.keys, KEY_PERSON_STORE, person.at, person.len, index.bytes);
	assert_int_equal(store_index_add(store, &index, &other.key, 60000), OK);
	assert_int_equal(n_listed(ADA), 1);
}

static void test_change(void **state)
{
	(void)state;
	struct lived lived = lives_sign_in(ADA);
	struct msg_session_record changed = *record_of(&lived);
	changed.level = SESSION_LEVEL_TWO_FACTORS;
	assert_int_equal(session_change(&lives, &lived.key, &changed), OK);
	assert_int_equal(record_of(&lived)->level, SESSION_LEVEL_TWO_FACTORS);
	assert_int_equal(session_end(&lives, lived.token), OK);
	assert_int_equal(session_change(&lives, &lived.key, &changed), ERR_NOT_FOUND); /* revives nothing */
	assert_int_equal(lives_load(&lived), ERR_NOT_FOUND);
}

#ifdef SPOM_TEST_CLOCK
static void test_seen(void **state)
{
	(void)state;
	struct lived lived = lives_sign_in(ADA);
	int64_t since = record_of(&lived)->since;
	clock_offset(59000);
	assert_int_equal(lives_load(&lived), OK);
	assert_int_equal(record_of(&lived)->seen, since);
	clock_offset(61000);
	assert_int_equal(lives_load(&lived), OK);
	assert_true(record_of(&lived)->seen >= since + 61000);
	const struct msg_session_record *record;
	clock_offset(200000);
	assert_int_equal(session_check(&lives, &lived.key, &lives_arena, &record), OK);
	assert_true(record_of(&lived)->seen < since + 200000); /* checks note nothing */
	clock_offset(61000 + 1799000);
	assert_int_equal(lives_load(&lived), OK); /* idle from the last time on */
	clock_offset(61000 + 1799000 + 1801000);
	assert_int_equal(lives_load(&lived), ERR_NOT_FOUND);
}

static void test_absolute_end(void **state)
{
	(void)state;
	struct lived lived = lives_sign_in(ADA);
	for (int64_t at_ms = 0; at_ms < 36000000; at_ms += 1700000) {
		clock_offset(at_ms);
		assert_int_equal(lives_load(&lived), OK);
	}
	clock_offset(36000001);
	assert_int_equal(lives_load(&lived), ERR_NOT_FOUND);
}
#endif

/* One browser is looked at while the session is changed by another request: the change stays. */
static void test_a_late_look_takes_nothing_back(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct lived lived = lives_sign_in(ADA);
	struct bytes before;
	struct msg_session_record changed = *record_of(&lived), seen = changed;
	assert_int_equal(store_load(store, &lived.key, &arena, &before), OK);
	changed.level = SESSION_LEVEL_TWO_FACTORS;
	assert_int_equal(session_change(&lives, &lived.key, &changed), OK);
	assert_int_equal(
	    store_replace_record(store, &lived.key, before, WIRE(session_record, &seen), 60000), ERR_STALE);
	assert_int_equal(record_of(&lived)->level, SESSION_LEVEL_TWO_FACTORS);
}

static void test_end_all(void **state)
{
	(void)state;
	struct lived kept = lives_sign_in(ADA), gone = lives_sign_in(ADA), other = lives_sign_in(MAX);
	unsigned n = 9;
	uint64_t generation;
	assert_int_equal(session_end_all(&lives, ADA, &kept.key, &lives_arena, &n), OK);
	assert_int_equal(n, 1);
	assert_int_equal(account_generation(&lives, ADA, &generation), OK);
	assert_int_equal(generation, 1);
	assert_int_equal(lives_load(&gone), ERR_NOT_FOUND);
	assert_int_equal(lives_load(&kept), OK);
	assert_int_equal(record_of(&kept)->generation, 1);
	assert_int_equal(lives_load(&other), OK);
	assert_int_equal(n_listed(ADA), 1);
	lives_age();
	assert_int_equal(lives_load(&kept), OK);
	assert_int_equal(session_end_all(&lives, ADA, NULL, &lives_arena, &n), OK);
	assert_int_equal(n, 1);
	assert_int_equal(lives_load(&kept), ERR_NOT_FOUND);
	struct lived fresh = lives_sign_in(ADA);
	assert_int_equal(lives_load(&fresh), OK);
	assert_int_equal(session_end_all(&lives, ADA, &other.key, &lives_arena, &n), OK); /* no one else's */
	assert_int_equal(lives_load(&fresh), ERR_NOT_FOUND);
	assert_int_equal(lives_load(&other), OK);
}

/* The directory does not answer: nothing is ended by halves, and it is said. */
static void test_end_all_without_directory(void **state)
{
	(void)state;
	struct lived lived = lives_sign_in(ADA);
	unsigned n = 9;
	fake_account_fails(ERR_UNREACHABLE);
	assert_int_equal(session_end_all(&lives, ADA, NULL, &lives_arena, &n), ERR_UNREACHABLE);
	assert_int_equal(lives_load(&lived), OK);
}

/* A copy of the store's value that somebody writes back. What ended everything holds for all authorities; one session
 * that was ended alone for the one that ended it: SECURITY 29, docs/redis.md. */
static void test_written_back(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct lived lived = lives_sign_in(ADA);
	struct bytes copy;
	unsigned n;
	assert_int_equal(store_load(store, &lived.key, &arena, &copy), OK);
	assert_int_equal(session_end_all(&lives, ADA, NULL, &lives_arena, &n), OK);
	assert_int_equal(store_put(store, &lived.key, copy, 60000, STORE_ALWAYS), OK);
	assert_int_equal(lives_load(&lived), ERR_NOT_FOUND);
	guard_free(&lives.guard); /* nor does another authority take it, that knows nothing yet */
	assert_int_equal(guard_new(&lives.guard), OK);
	assert_int_equal(store_put(store, &lived.key, copy, 60000, STORE_ALWAYS), OK);
	assert_int_equal(lives_load(&lived), ERR_NOT_FOUND);
	struct lived alone = lives_sign_in(ADA);
	assert_int_equal(store_load(store, &alone.key, &arena, &copy), OK);
	assert_int_equal(session_end(&lives, alone.token), OK);
	assert_int_equal(lives_load(&alone), ERR_NOT_FOUND);
	assert_int_equal(store_put(store, &alone.key, copy, 60000, STORE_ALWAYS), OK);
	assert_int_equal(lives_load(&alone), ERR_NOT_FOUND);
}

/* A session cannot be handed to another token or another person. */
static void test_swapped(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct lived ada = lives_sign_in(ADA), max = lives_sign_in(MAX);
	struct bytes value;
	assert_int_equal(store_load(store, &max.key, &arena, &value), OK);
	assert_int_equal(store_put(store, &ada.key, value, 60000, STORE_ALWAYS), OK);
	assert_int_equal(lives_load(&ada), ERR_NOT_FOUND);
	assert_int_equal(lives_load(&max), OK);
}

static void test_peek_many(void **state)
{
	(void)state;
	enum { N = 5 };
	struct lived live = lives_sign_in(ADA), ended = lives_sign_in(ADA), unsure = lives_sign_in(MAX);
	struct lived locked = lives_sign_in(TEXT_LITERAL("id-eve"));
	struct session_peeked peeked[N];
	assert_int_equal(session_end(&lives, ended.token), OK);
	guard_forget(&lives, MAX);
	guard_note(&lives, TEXT_LITERAL("id-eve"), 0, false);
	struct store_key keys[N] = { live.key, ended.key, unsure.key, key_of(STORE_SESSION, 9), locked.key };
	static const enum err ERRS[N] = { OK, ERR_NOT_FOUND, ERR_BUSY, ERR_NOT_FOUND, ERR_NOT_FOUND };
	unsigned looks = fake_directory_looks();
	assert_int_equal(session_peek_many(&lives, keys, N, &lives_arena, peeked), OK);
	assert_int_equal(fake_directory_looks(), looks);
	for (unsigned i = 0; i < N; i++) {
		assert_int_equal(peeked[i].err, ERRS[i]);
		assert_true((peeked[i].record != NULL) == (ERRS[i] == OK));
	}
	const struct msg_session_record *record;
	assert_int_equal(session_check(&lives, &unsure.key, &lives_arena, &record), OK);
	assert_int_equal(session_peek_many(&lives, &unsure.key, 1, &lives_arena, peeked), OK);
	assert_int_equal(peeked[0].err, OK);
}

static void test_activity(void **state)
{
	(void)state;
	struct msg_activity_row *rows, row = { .event = text_of("activity_signed_in") };
	unsigned n = 9;
	assert_int_equal(activity_read(&lives, ADA, 0, 50, &lives_arena, &rows, &n), OK);
	assert_int_equal(n, 0);
	for (unsigned i = 0; i < ACTIVITY_KEPT + 5; i++) {
		char address[16];
		(void)snprintf(address, sizeof address, "%u", i);
		row.address = text_of(address);
		activity_note(&lives, ADA, &row, NULL);
	}
	assert_int_equal(activity_read(&lives, ADA, 1, 50, &lives_arena, &rows, &n), OK);
	assert_int_equal(n, 50);
	assert_string_equal(text_str(rows[0].address), "203");
	assert_true(clock_now_ms() - rows[0].at < 60000);
	assert_int_equal(activity_read(&lives, ADA, 190, 50, &lives_arena, &rows, &n), OK);
	assert_int_equal(n, 10);
	assert_int_equal(activity_read(&lives, MAX, 0, 50, &lives_arena, &rows, &n), OK);
	assert_int_equal(n, 0);
}

/* The first store ever begins at 0; one that was emptied since, at now. */
static void test_epoch_is_remembered(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct text known;
	struct store_epoch epoch;
	assert_int_equal(epoch_settle(&lives), OK);
	assert_int_equal(account_epoch_load(&lives, &arena, &known), OK);
	assert_int_equal(store_epoch_load(store, 5, &epoch), OK);
	assert_int_equal(epoch.began_ms, 0);
	assert_string_equal(text_str(known), epoch.id);
	assert_int_equal(epoch_settle(&lives), OK);
	struct store *emptied, *used = lives.store;
	assert_int_equal(store_memory_new(10, store_keys, &emptied), OK);
	lives.store = emptied;
	enum err err = epoch_settle(&lives);
	lives.store = used;
	assert_int_equal(err, OK);
	assert_int_equal(store_epoch_load(emptied, 5, &epoch), OK);
	store_free(&emptied);
	assert_true(epoch.began_ms > 0);
	assert_int_equal(account_epoch_load(&lives, &arena, &known), OK);
	assert_string_equal(text_str(known), epoch.id);
}

/* Where the directory does not say that this is the first one ever, it is not taken for that. */
static void test_epoch_without_directory(void **state)
{
	(void)state;
	struct store *fresh, *used = lives.store;
	struct store_epoch epoch;
	assert_int_equal(store_memory_new(10, store_keys, &fresh), OK);
	fake_account_fails(ERR_UNREACHABLE);
	lives.store = fresh;
	enum err err = epoch_settle(&lives);
	lives.store = used;
	assert_int_equal(err, ERR_UNREACHABLE);
	assert_int_equal(store_epoch_load(fresh, 5, &epoch), OK);
	store_free(&fresh);
	assert_true(epoch.began_ms > 5);
}

static int run(void)
{
	const struct CMUnitTest tests[] = {
		LIVES(test_begins_and_ends),
		LIVES(test_ids),
		LIVES(test_list_and_end_one),
		LIVES(test_a_foreign_name_in_the_index),
		LIVES(test_change),
#ifdef SPOM_TEST_CLOCK
		{ "test_seen", test_seen, lives_memory, lives_end, NULL },
		{ "test_absolute_end", test_absolute_end, lives_memory, lives_end, NULL },
#endif
		LIVES(test_a_late_look_takes_nothing_back),
		LIVES(test_end_all),
		LIVES(test_end_all_without_directory),
		LIVES(test_written_back),
		LIVES(test_swapped),
		LIVES(test_peek_many),
		LIVES(test_activity),
		LIVES(test_epoch_is_remembered),
		LIVES(test_epoch_without_directory),
	};
	return cmocka_run_group_tests(tests, both_start, both_stop);
}

int main(void)
{
	return slapd_guard(run);
}
