#include "unit.h"
#include <string.h>
#include "wire/kinds.h"
#include "wire/lines.h"

/* Who may send what is a matter of security: each change of it shows in this file. */
static void senders_are_those_of_the_golden_file(void **state)
{
	(void)state;
	lines_compare("senders", "tests/unit/wire/golden/senders.txt");
}

static void nobody_sends_nothing(void **state)
{
	(void)state;
	unsigned count;
	const struct wire_msg *const *all = wire_all(&count);
	for (unsigned i = 0; i < count; i++) {
		ROW(all[i]->name, !wire_may_send(all[i], ROLE_NOBODY));
		ROW(all[i]->name, (all[i]->tag == 0) == (all[i]->by == BY_NOBODY));
	}
}

/* The instance check sends forward-auth and asks for its settings, and nothing else ever (SECURITY 2). */
static void check_sends_two_messages(void **state)
{
	(void)state;
	unsigned count;
	const struct wire_msg *const *all = wire_all(&count);
	for (unsigned i = 0; i < count; i++)
		ROW(all[i]->name, wire_may_send(all[i], ROLE_CHECK) ==
				      (all[i]->tag == TAG_check || all[i]->tag == TAG_front_settings));
}

static void check_tag(const struct wire_msg *msg, const struct wire_msg *const *all, unsigned before)
{
	if (msg->tag == 0)
		return;
	ROW(msg->name, wire_find(msg->tag) == msg);
	for (unsigned i = 0; i < before; i++)
		ROW(msg->name, all[i]->tag != msg->tag);
}

static void names_and_tags_are_unique(void **state)
{
	(void)state;
	unsigned count;
	const struct wire_msg *const *all = wire_all(&count);
	assert_true(count > 10);
	for (unsigned i = 0; i < count; i++) {
		check_tag(all[i], all, i);
		ROW(all[i]->name, wire_find_name(all[i]->name) == all[i]);
		for (unsigned j = 0; j < i; j++)
			ROW(all[i]->name, strcmp(all[i]->name, all[j]->name) != 0);
	}
	assert_null(wire_find(0));
	assert_null(wire_find(255));
	assert_null(wire_find(65535));
	assert_null(wire_find_name("no_such_message"));
}

/* Every answer is a message; what is asked of somebody is answered by somebody else. */
static void answers_are_messages(void **state)
{
	(void)state;
	unsigned count;
	const struct wire_msg *const *all = wire_all(&count);
	for (unsigned i = 0; i < count; i++) {
		const struct wire_msg *answer = wire_find_name(all[i]->answer);
		ROW(all[i]->name,
		    strcmp(all[i]->answer, "none") == 0 || (answer != NULL && answer->tag != 0));
		if (wire_is_ask(all[i]))
			ROW(all[i]->name, strcmp(all[i]->fields[0].name, "id") == 0);
	}
}

static unsigned depth_of(const struct wire_msg *msg)
{
	unsigned deepest = 0;
	for (unsigned i = 0; i < msg->n_fields; i++) {
		unsigned below = msg->fields[i].sub != NULL ? depth_of(msg->fields[i].sub()) : 0;
		deepest = below > deepest ? below : deepest;
	}
	return deepest + 1;
}

static void check_field(const struct wire_msg *msg, const struct wire_field *field)
{
	ROW(msg->name, wire_field(msg, text_of(field->name)) == field);
	ROW(msg->name, (field->kind == WIRE_ONE || field->kind == WIRE_LIST) == (field->sub != NULL));
	ROW(msg->name, (field->kind == WIRE_ENUM) == (field->list != NULL));
	ROW(msg->name, (field->flags & LINES) == 0 || field->kind == WIRE_TEXT);
	ROW(msg->name, (field->flags & SHOW_ONCE) == 0 || field->kind == WIRE_SECRET);
	ROW(msg->name, field->kind == WIRE_ENUM || field->bound > 0);
}

static void texts_by_name(void **state)
{
	(void)state;
	const struct msg_oidc_fault fault = { .text = TEXT_LITERAL("x"), .name = { NULL, 0 } };
	const struct msg_saml_again again = { .mark = TEXT_LITERAL("m"), .sign_in = true };
	assert_true(text_equal_str(wire_text(WIRE(oidc_fault, &fault), TEXT_LITERAL("text")), "x"));
	assert_null(wire_text(WIRE(oidc_fault, &fault), TEXT_LITERAL("name")).at);
	assert_null(wire_text(WIRE(oidc_fault, &fault), TEXT_LITERAL("nothing")).at);
	assert_null(wire_text(WIRE(saml_again, &again), TEXT_LITERAL("sign_in")).at);
}

static void rows_make_sense(void **state)
{
	(void)state;
	unsigned count;
	const struct wire_msg *const *all = kinds_all(&count);
	for (unsigned i = 0; i < count; i++) {
		ROW(all[i]->name, depth_of(all[i]) <= WIRE_DEPTH_MAX);
		ROW(all[i]->name, all[i]->n_fields > 0 && all[i]->n_fields < 255);
		for (unsigned j = 0; j < all[i]->n_fields; j++)
			check_field(all[i], &all[i]->fields[j]);
	}
}

static void enums_have_the_size_that_fields_copy(void **state)
{
	(void)state;
	const struct wire_enum *list = NULL;
#define ENUM_BEGIN(which) \
	list = &wire_enum_##which; \
	assert_string_equal(list->name, #which); \
	assert_int_equal(sizeof(enum which), sizeof(unsigned)); \
	assert_true(list->count > 1 && list->count < 256);
#define CHOICE(constant, text) assert_string_equal(wire_choice_text(list, constant), #text);
#define ENUM_END(which)
#include "wire/enums.def"
#undef ENUM_BEGIN
#undef CHOICE
#undef ENUM_END
	assert_string_equal(WIRE_ENUM_TEXT(role, 200), "?");
}

static void the_dialect_is_one_number(void **state)
{
	(void)state;
	assert_int_not_equal(wire_dialect(), 0);
	assert_int_equal(wire_dialect(), wire_dialect());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(senders_are_those_of_the_golden_file),
		cmocka_unit_test(nobody_sends_nothing),
		cmocka_unit_test(check_sends_two_messages),
		cmocka_unit_test(names_and_tags_are_unique),
		cmocka_unit_test(answers_are_messages),
		cmocka_unit_test(texts_by_name),
		cmocka_unit_test(rows_make_sense),
		cmocka_unit_test(enums_have_the_size_that_fields_copy),
		cmocka_unit_test(the_dialect_is_one_number),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
