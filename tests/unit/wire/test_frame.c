#include "unit.h"
#include <string.h>
#include "base/arena.h"
#include "wire/frame.h"

static size_t written(uint8_t *bytes, size_t room)
{
	struct msg_health health = { TEXT_LITERAL(SPOM_VERSION) };
	size_t len;
	assert_int_equal(frame_write(WIRE(health, &health), 7, 0x0102030405060708u, bytes, room, &len), OK);
	return len;
}

static void a_head_comes_back(void **state)
{
	(void)state;
	uint8_t bytes[200];
	size_t len = written(bytes, sizeof bytes);
	struct frame frame;
	assert_int_equal(frame_read(bytes, &frame), OK);
	assert_int_equal(frame.body_len, len - FRAME_HEAD);
	assert_int_equal(frame.request, 7);
	assert_true(frame.trace == 0x0102030405060708u);
	assert_ptr_equal(frame.msg, wire_msg_health());
}

/* Every bit of the head but request id and trace is checked. */
static void a_changed_head_is_refused(void **state)
{
	(void)state;
	static const struct {
		unsigned byte;
		uint8_t value;
		enum err expected;
	} ROWS[] = {
		{ 0, 1, ERR_TOO_LARGE },
		{ 1, 1, ERR_TOO_LARGE },
		{ 2, 0xff, ERR_TOO_LARGE },
		{ 12, 1, ERR_MALFORMED },
		{ 13, 0, ERR_MALFORMED },
		{ 13, 255, ERR_MALFORMED },
		{ 14, 1, ERR_MALFORMED },
		{ 15, 1, ERR_MALFORMED },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		uint8_t bytes[200];
		struct frame frame;
		written(bytes, sizeof bytes);
		bytes[ROWS[i].byte] = ROWS[i].value;
		if (ROWS[i].byte == 2)
			bytes[3] = 0xff;
		assert_int_equal(frame_read(bytes, &frame), ROWS[i].expected);
	}
	for (unsigned bit = 0; bit < 32; bit++) {
		uint8_t bytes[200];
		struct frame frame;
		written(bytes, sizeof bytes);
		bytes[4 + bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_equal(frame_read(bytes, &frame), ERR_STALE);
	}
}

static void the_longest_body_is_the_bound(void **state)
{
	(void)state;
	uint8_t bytes[200];
	struct frame frame;
	written(bytes, sizeof bytes);
	memcpy(bytes, (const uint8_t[]){ 0, 0, (WIRE_BODY_MAX >> 8) & 0xff, WIRE_BODY_MAX & 0xff }, 4);
	assert_int_equal(frame_read(bytes, &frame), OK);
	memcpy(bytes,
	    (const uint8_t[]){ 0, 0, ((WIRE_BODY_MAX + 1) >> 8) & 0xff, (WIRE_BODY_MAX + 1) & 0xff }, 4);
	assert_int_equal(frame_read(bytes, &frame), ERR_TOO_LARGE);
}

static void no_room_is_no_overflow(void **state)
{
	(void)state;
	uint8_t bytes[200];
	size_t whole = written(bytes, sizeof bytes), len;
	struct msg_health health = { TEXT_LITERAL(SPOM_VERSION) };
	for (size_t room = 0; room < whole; room++)
		assert_int_equal(frame_write(WIRE(health, &health), 7, 1, bytes, room, &len), ERR_TOO_LARGE);
}

static void traces_are_random_and_readable(void **state)
{
	(void)state;
	char text[FRAME_TRACE_TEXT];
	frame_trace_text(1, text);
	assert_string_equal(text, "AAAAAAAAAAE");
	uint64_t one = frame_trace_new(), other = frame_trace_new();
	assert_true(one != 0 && other != 0 && one != other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_head_comes_back),
		cmocka_unit_test(a_changed_head_is_refused),
		cmocka_unit_test(the_longest_body_is_the_bound),
		cmocka_unit_test(no_room_is_no_overflow),
		cmocka_unit_test(traces_are_random_and_readable),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
