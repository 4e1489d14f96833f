/* A browser's turns through the real gate and the real module, with an authority of the test's own. */
#include "unit.h"
#include <string.h>
#include "gate/house.h"

static struct house house;

static int stop(void **state)
{
	(void)state;
	house_stop(&house);
	return 0;
}

static void the_right_password_passes(void **state)
{
	(void)state;
	house_start(&house, NULL, NULL);
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct wire_any answer;
	assert_true(house_turn("ask-1", HOUSE_PASSWORD, &arena, &answer));
	assert_string_equal(answer.msg->name, "turn_passed");
	const struct msg_turn_passed *passed = answer.at;
	assert_memory_equal(passed->transaction.bytes, "sixteen bytes...", WIRE_ID_SIZE);
	assert_int_equal(house.plan->passed, 1);
	assert_int_equal(house.plan->open_trace, 0x1234);
}

static void without_an_answer_the_ask_comes_back(void **state)
{
	(void)state;
	house_start(&house, NULL, NULL);
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct wire_any answer;
	assert_true(house_turn(NULL, NULL, &arena, &answer));
	assert_string_equal(answer.msg->name, "ask_password");
	assert_true(text_equal_str(((const struct msg_ask_password *)answer.at)->id, "ask-1"));
	assert_string_equal(house_turn_name("ask-9", HOUSE_PASSWORD), "ask_password");
	assert_int_equal(house.plan->passed, 0);
}

static void a_denial_comes_as_the_authority_said_it(void **state)
{
	(void)state;
	house_start(&house, NULL, NULL);
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct wire_any answer;
	assert_true(house_turn("ask-1", "wrong", &arena, &answer));
	assert_string_equal(answer.msg->name, "login_denied");
	assert_int_equal(((const struct msg_login_denied *)answer.at)->retry_s, 2);
	house.plan->refusal = REFUSAL_DIRECTORY;
	assert_true(house_turn("ask-1", HOUSE_PASSWORD, &arena, &answer));
	assert_string_equal(answer.msg->name, "refused");
	assert_int_equal(((const struct msg_refused *)answer.at)->reason, REFUSAL_DIRECTORY);
	assert_int_equal(house.plan->passed, 0);
}

static void a_second_ask_takes_a_second_turn(void **state)
{
	(void)state;
	house_start(&house, NULL, NULL);
	house.plan->has_notice = true;
	assert_string_equal(house_turn_name("ask-1", HOUSE_PASSWORD), "ask_notice");
	assert_int_equal(house.plan->passed, 0);
	assert_string_equal(house_turn_name("ask-2", ""), "turn_passed");
	assert_int_equal(house.plan->passed, 1);
}

/* Every kind of ask comes to front as the authority said it, and all parts of an answer to the authority. */
static void every_kind_of_ask_passes(void **state)
{
	(void)state;
	unsigned n;
	const struct wire_any *seconds = house_seconds(&n);
	house_start(&house, NULL, NULL);
	house.plan->has_notice = true;
	for (unsigned i = 0; i < n; i++) {
		CLEANUP(arena_done) struct arena arena = { 0 };
		struct wire_any answer;
		house.plan->second = i;
		assert_true(house_turn("ask-1", HOUSE_PASSWORD, &arena, &answer));
		ROW(seconds[i].msg->name, answer.msg == seconds[i].msg);
		uint8_t sent[1000], got[1000];
		size_t sent_len = 0, got_len = 0;
		assert_int_equal(wire_encode(seconds[i], sent, sizeof sent, &sent_len), OK);
		assert_int_equal(wire_encode(answer, got, sizeof got, &got_len), OK);
		ROW(seconds[i].msg->name, sent_len == got_len && memcmp(sent, got, sent_len) == 0);
		const struct msg_login_answer reply = { .id = TEXT_LITERAL("ask-2"),
			.answer = { (unsigned char *)"answer", 6 },
			.old = { (unsigned char *)"old", 3 },
			.name = TEXT_LITERAL("a name") };
		assert_true(house_reply(&reply, &arena, &answer));
		ROW(seconds[i].msg->name, answer.msg == wire_msg_turn_passed());
		ROW(seconds[i].msg->name,
		    house.plan->answer_len == 6 && house.plan->old_len == 3 && house.plan->name_len == 6);
	}
	assert_int_equal(house.plan->passed, n);
}

static void denied_text(const char *ask, const char *password, const char *text)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct wire_any answer;
	assert_true(house_turn(ask, password, &arena, &answer));
	assert_string_equal(answer.msg->name, "login_denied");
	assert_string_equal(text_str(((const struct msg_login_denied *)answer.at)->text), text);
}

static void a_refused_account_does_not_pass(void **state)
{
	(void)state;
	house_start(&house, NULL, NULL);
	house.plan->account_refused = true;
	denied_text("ask-1", HOUSE_PASSWORD, "account_refused");
	assert_int_equal(house.plan->passed, 0);
}

static void a_refused_passed_does_not_pass(void **state)
{
	(void)state;
	house_start(&house, NULL, NULL);
	house.plan->passed_refused = true;
	assert_string_equal(house_turn_name("ask-1", HOUSE_PASSWORD), "refused");
}

static void an_authority_that_is_away_comes_back(void **state)
{
	(void)state;
	house_start(&house, NULL, NULL);
	assert_string_equal(house_turn_name("ask-1", HOUSE_PASSWORD), "turn_passed");
	house.plan->is_away = true;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct wire_any answer;
	assert_true(house_turn("ask-1", HOUSE_PASSWORD, &arena, &answer));
	assert_string_equal(answer.msg->name, "refused");
	assert_string_equal(text_str(((const struct msg_refused *)answer.at)->text), "authority_unreachable");
	house.plan->is_away = false;
	assert_string_equal(house_turn_name("ask-1", HOUSE_PASSWORD), "turn_passed");
}

static void an_authority_that_is_another_one_is_noticed(void **state)
{
	(void)state;
	house_start(&house, NULL, NULL);
	for (unsigned i = 0; i < 6; i++) /* so that each child has a connection to it */
		assert_string_equal(house_turn_name("ask-1", HOUSE_PASSWORD), "turn_passed");
	house_restart_authority(&house);
	for (unsigned i = 0; i < 6; i++)
		assert_string_equal(house_turn_name("ask-1", HOUSE_PASSWORD), "turn_passed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(the_right_password_passes, stop),
		cmocka_unit_test_teardown(without_an_answer_the_ask_comes_back, stop),
		cmocka_unit_test_teardown(a_denial_comes_as_the_authority_said_it, stop),
		cmocka_unit_test_teardown(a_second_ask_takes_a_second_turn, stop),
		cmocka_unit_test_teardown(every_kind_of_ask_passes, stop),
		cmocka_unit_test_teardown(a_refused_account_does_not_pass, stop),
		cmocka_unit_test_teardown(a_refused_passed_does_not_pass, stop),
		cmocka_unit_test_teardown(an_authority_that_is_away_comes_back, stop),
		cmocka_unit_test_teardown(an_authority_that_is_another_one_is_noticed, stop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
