#include "unit.h"
#include <stdio.h>
#include <string.h>
#include "base/arena.h"
#include "wire/kinds.h"
#include "wire/sample.h"

static uint8_t again[WIRE_BODY_MAX];

/* What one body met. */
struct trial {
	enum err decoded;
	enum err encoded;
	bool same;
};

static struct trial try_body(const struct wire_msg *msg, uint8_t *body, size_t len, struct arena *arena)
{
	struct trial trial = { ERR_INTERNAL, ERR_INTERNAL, false };
	const void *at = NULL;
	size_t again_len = 0;
	trial.decoded = wire_decode(msg, body, len, arena, &at);
	if (trial.decoded != OK)
		return trial;
	trial.encoded = wire_encode((struct wire_any){ msg, at }, again, sizeof again, &again_len);
	trial.same = trial.encoded == OK && again_len == len && memcmp(again, body, len) == 0;
	return trial;
}

static void each_sample(
    void (*check)(const struct wire_msg *, const char *row, uint8_t *, size_t, struct arena *))
{
	static const char *const SIZES[] = { "min", "full", "max" };
	unsigned count;
	const struct wire_msg *const *all = kinds_all(&count);
	for (unsigned i = 0; i < count; i++)
		for (unsigned size = SAMPLE_MIN; size <= SAMPLE_MAX; size++) {
			struct arena arena = { 0 };
			uint8_t *body;
			size_t len;
			char row[100];
			(void)snprintf(row, sizeof row, "%s %s", all[i]->name, SIZES[size]);
			ROW(row, sample_body(all[i], (enum sample_size)size, SAMPLE_NONE, 0, &arena, &body,
				     &len) == OK);
			check(all[i], row, body, len, &arena);
			arena_done(&arena);
		}
}

static void check_round_trip(
    const struct wire_msg *msg, const char *row, uint8_t *body, size_t len, struct arena *arena)
{
	struct trial trial = try_body(msg, body, len, arena);
	ROW(row, trial.decoded == OK);
	ROW(row, trial.encoded == OK);
	ROW(row, trial.same);
}

static void every_message_comes_back_as_it_was(void **state)
{
	(void)state;
	each_sample(check_round_trip);
}

static void check_greatest(
    const struct wire_msg *msg, const char *row, uint8_t *body, size_t len, struct arena *arena)
{
	(void)body;
	(void)arena;
	ROW(row, len <= wire_greatest(msg));
	if (strstr(row, " max") != NULL)
		ROW(row, len == wire_greatest(msg));
}

static void the_greatest_body_is_the_one_at_all_bounds(void **state)
{
	(void)state;
	each_sample(check_greatest);
}

static void every_message_fits_into_a_frame(void **state)
{
	(void)state;
	unsigned count;
	const struct wire_msg *const *all = wire_all(&count);
	for (unsigned i = 0; i < count; i++)
		if (all[i]->tag != 0 && wire_greatest(all[i]) > WIRE_BODY_MAX)
			fail_msg(
			    "row '%s' of the .def tables can have %llu bytes, a frame has %zu: lower its "
			    "bounds, or page it",
			    all[i]->name, (unsigned long long)wire_greatest(all[i]), WIRE_BODY_MAX);
}

/* A shorter body is refused, or is itself one that would have been written. */
static void check_truncations(
    const struct wire_msg *msg, const char *row, uint8_t *body, size_t len, struct arena *arena)
{
	bool min = strstr(row, " min") != NULL;
	if (len > 4096)
		return;
	arena->limit = 64u * MIB;
	for (size_t cut = 0; cut < len; cut++) {
		uint8_t *copy = (uint8_t *)arena_copy(arena, body, cut);
		struct trial trial = try_body(msg, copy, cut, arena);
		ROW(row, trial.decoded != OK || (!min && trial.same));
	}
}

static void every_truncation_is_refused(void **state)
{
	(void)state;
	each_sample(check_truncations);
}

static void twist_message(const struct wire_msg *msg, enum sample_twist twist, unsigned *tried)
{
	for (unsigned at = 0; at < sample_fields(msg); at++) {
		CLEANUP(arena_done) struct arena arena = { .limit = 16u * MIB };
		uint8_t *body;
		size_t len;
		char row[120];
		enum err err = sample_body(msg, SAMPLE_FULL, twist, at, &arena, &body, &len);
		if (err == ERR_NOT_FOUND)
			continue;
		(void)snprintf(row, sizeof row, "%s %s %u", msg->name, sample_twist_text(twist), at);
		ROW(row, err == OK);
		struct trial trial = try_body(msg, body, len, &arena);
		ROW(row, trial.decoded == ERR_MALFORMED || trial.decoded == ERR_TOO_LARGE);
		++*tried;
		const void *lenient = NULL;
		err = wire_decode_lenient(msg, body, len, &arena, &lenient);
		ROW(row, (err == OK) == (twist == SAMPLE_UNKNOWN));
	}
}

static void every_twist_is_refused(void **state)
{
	(void)state;
	unsigned count;
	const struct wire_msg *const *all = kinds_all(&count);
	for (unsigned twist = SAMPLE_NONE + 1; twist < SAMPLE_TWIST_COUNT_; twist++) {
		unsigned tried = 0;
		for (unsigned i = 0; i < count; i++)
			twist_message(all[i], (enum sample_twist)twist, &tried);
		ROW(sample_twist_text((enum sample_twist)twist), tried > 0);
	}
}

/* A field that a later release appended is skipped, and what is known is all there. */
static void a_lenient_reader_keeps_what_it_knows(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_kinds kinds = kinds_valid();
	uint8_t body[1000];
	size_t len;
	assert_int_equal(wire_encode(WIRE(kinds, &kinds), body, sizeof body, &len), OK);
	static const uint8_t NEW[] = { 17, 0, 0, 0, 1, 9, 30, 0, 0, 0, 0 };
	memcpy(body + len, NEW, sizeof NEW);
	const void *at = NULL;
	assert_int_equal(wire_decode(wire_msg_kinds(), body, len + sizeof NEW, &arena, &at), ERR_MALFORMED);
	assert_int_equal(wire_decode_lenient(wire_msg_kinds(), body, len + sizeof NEW, &arena, &at), OK);
	const struct msg_kinds *read = at;
	assert_true(text_equal(read->text, kinds.text));
	assert_int_equal(read->list.n, 2);
	body[len + 6] = 17; /* the same number twice */
	assert_int_equal(
	    wire_decode_lenient(wire_msg_kinds(), body, len + sizeof NEW, &arena, &at), ERR_MALFORMED);
}

static void a_copy_needs_nothing_of_what_it_was_made_of(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_kinds kinds = kinds_valid();
	struct arena other = { 0 };
	const void *at = NULL;
	assert_true(text_copy(&other, kinds.text, &kinds.text));
	assert_int_equal(wire_copy(WIRE(kinds, &kinds), &arena, &at), OK);
	arena_done(&other);
	struct msg_kinds valid = kinds_valid();
	const struct msg_kinds *read = at;
	assert_true(text_equal(read->text, valid.text));
	assert_true(secret_equal(read->hidden, valid.hidden));
	assert_int_equal(read->list.n, valid.list.n);
	valid.small = 1001;
	assert_int_equal(wire_copy(WIRE(kinds, &valid), &arena, &at), ERR_TOO_LARGE);
	assert_ptr_equal(at, read);
}

static void decoded_texts_and_secrets_end_with_nul(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_kinds kinds = kinds_valid();
	uint8_t body[1000];
	size_t len;
	assert_int_equal(wire_encode(WIRE(kinds, &kinds), body, sizeof body, &len), OK);
	const void *at = NULL;
	assert_int_equal(wire_decode(wire_msg_kinds(), body, len, &arena, &at), OK);
	const struct msg_kinds *read = at;
	assert_string_equal(text_str(read->text), kinds.text.at);
	assert_int_equal(read->hidden.at[read->hidden.len], 0);
	assert_true(secret_equal(read->hidden, kinds.hidden));
	assert_null(read->lines.at);
	assert_null(read->maybe);
	assert_true((const uint8_t *)read->text.at > body && (const uint8_t *)read->text.at < body + len);
}

/* Encodes n nested ones by hand. */
static size_t nest(uint8_t *body, unsigned n)
{
	size_t len = 0;
	for (unsigned i = n; i > 1; i--) {
		uint32_t inner = (i - 2) * 5;
		const uint8_t head[] = { 1, 0, 0, (uint8_t)(inner >> 8), (uint8_t)inner };
		memcpy(body + len, head, sizeof head);
		len += sizeof head;
	}
	return len;
}

static void nesting_is_bounded(void **state)
{
	(void)state;
	static uint8_t body[WIRE_BODY_MAX];
	for (unsigned n = 1; n < 60; n++) {
		CLEANUP(arena_done) struct arena arena = { 0 };
		const void *at = NULL;
		enum err err = wire_decode(wire_msg_deep(), body, nest(body, n), &arena, &at);
		assert_int_equal(err, n <= WIRE_DEPTH_MAX ? OK : ERR_MALFORMED);
	}
	struct msg_deep deep[WIRE_DEPTH_MAX + 1];
	for (unsigned i = 0; i <= WIRE_DEPTH_MAX; i++)
		deep[i].deep = i > 0 ? &deep[i - 1] : NULL;
	size_t len;
	assert_int_equal(wire_encode(WIRE(deep, &deep[WIRE_DEPTH_MAX - 1]), body, sizeof body, &len), OK);
	assert_int_equal(
	    wire_encode(WIRE(deep, &deep[WIRE_DEPTH_MAX]), body, sizeof body, &len), ERR_MALFORMED);
}

/* What a program must not send, by mistake or because it handed on what it was told. */
static void encoding_refuses_what_decoding_would(void **state)
{
	(void)state;
	static const struct msg_leaf LEAF = { { "toolongname", 11 }, 0 };
	static const struct msg_leaf LEAVES[4] = { { { "a", 1 }, 0 }, { { "a", 1 }, 0 }, { { "a", 1 }, 0 },
		{ { "a", 1 }, 0 } };
	uint8_t body[1000];
	size_t len = 77;
#define REFUSED(change, expected) \
	do { \
		struct msg_kinds kinds = kinds_valid(); \
		kinds.change; \
		ROW(#change, wire_encode(WIRE(kinds, &kinds), body, sizeof body, &len) == (expected)); \
		assert_int_equal(len, 77); \
	} while (0)
	REFUSED(small = 1001, ERR_TOO_LARGE);
	REFUSED(seldom = 6, ERR_TOO_LARGE);
	REFUSED(when = -1, ERR_TOO_LARGE);
	REFUSED(when = WIRE_TIME_MAX + 1, ERR_TOO_LARGE);
	REFUSED(role = (enum role)77, ERR_MALFORMED);
	REFUSED(text = TEXT_LITERAL("123456789012345678901"), ERR_TOO_LARGE);
	REFUSED(text = TEXT_LITERAL("a\nb"), ERR_MALFORMED);
	REFUSED(text = TEXT_LITERAL("\xc0\x80"), ERR_MALFORMED);
	REFUSED(text.at = NULL, ERR_MALFORMED);
	REFUSED(lines = TEXT_LITERAL("a\rb"), ERR_MALFORMED);
	REFUSED(bytes.at = NULL, ERR_MALFORMED);
	REFUSED(hidden.at = NULL, ERR_MALFORMED);
	REFUSED(hidden.len = 13, ERR_TOO_LARGE);
	REFUSED(one = NULL, ERR_MALFORMED);
	REFUSED(one = &LEAF, ERR_TOO_LARGE);
	REFUSED(list.n = 4, ERR_TOO_LARGE);
	REFUSED(list = ((struct leaves){ LEAVES, 4 }), ERR_TOO_LARGE);
#undef REFUSED
}

static void lines_may_have_line_feeds(void **state)
{
	(void)state;
	uint8_t body[1000];
	size_t len;
	struct msg_kinds kinds = kinds_valid();
	kinds.lines = TEXT_LITERAL("a\n\tb");
	assert_int_equal(wire_encode(WIRE(kinds, &kinds), body, sizeof body, &len), OK);
}

static void no_room_is_no_overflow(void **state)
{
	(void)state;
	uint8_t body[1000];
	struct msg_kinds kinds = kinds_valid();
	size_t whole, len;
	assert_int_equal(wire_encode(WIRE(kinds, &kinds), body, sizeof body, &whole), OK);
	for (size_t room = 0; room < whole; room++) {
		memset(body, 0xaa, sizeof body);
		assert_int_equal(wire_encode(WIRE(kinds, &kinds), body, room, &len), ERR_TOO_LARGE);
		assert_int_equal(body[room], 0xaa);
	}
	assert_int_equal(wire_encode(WIRE(kinds, &kinds), body, whole, &len), OK);
	assert_int_equal(len, whole);
}

static void a_full_arena_is_no_crash(void **state)
{
	(void)state;
	uint8_t body[1000];
	struct msg_kinds kinds = kinds_valid();
	size_t len;
	assert_int_equal(wire_encode(WIRE(kinds, &kinds), body, sizeof body, &len), OK);
	for (size_t limit = 1; limit < sizeof kinds + 100; limit += 16) {
		CLEANUP(arena_done) struct arena arena = { .limit = limit };
		const void *at = NULL;
		enum err err = wire_decode(wire_msg_kinds(), body, len, &arena, &at);
		assert_true(err == ERR_NO_MEMORY || limit > sizeof kinds);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_message_comes_back_as_it_was),
		cmocka_unit_test(the_greatest_body_is_the_one_at_all_bounds),
		cmocka_unit_test(every_message_fits_into_a_frame),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(every_twist_is_refused),
		cmocka_unit_test(a_lenient_reader_keeps_what_it_knows),
		cmocka_unit_test(a_copy_needs_nothing_of_what_it_was_made_of),
		cmocka_unit_test(decoded_texts_and_secrets_end_with_nul),
		cmocka_unit_test(nesting_is_bounded),
		cmocka_unit_test(encoding_refuses_what_decoding_would),
		cmocka_unit_test(lines_may_have_line_feeds),
		cmocka_unit_test(no_room_is_no_overflow),
		cmocka_unit_test(a_full_arena_is_no_crash),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
