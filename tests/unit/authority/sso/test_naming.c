#include "unit.h"
#include "authority/sso/naming.h"

static const struct msg_named_row NAMED[] = {
	{ LANGUAGE_DE, TEXT_LITERAL("Wiki der Hochschule"), { NULL, 0 } },
};
static const struct msg_service_record WIKI = {
	.name = TEXT_LITERAL("wiki"),
	.label = TEXT_LITERAL("Campus wiki"),
	.about = TEXT_LITERAL("Where people write"),
	.named = { NAMED, 1 },
};

static void test_names_in_a_language(void **state)
{
	(void)state;
	assert_true(text_equal_str(naming_label(&WIKI, LANGUAGE_EN), "Campus wiki"));
	assert_true(text_equal_str(naming_label(&WIKI, LANGUAGE_DE), "Wiki der Hochschule"));
	assert_true(text_equal_str(naming_about(&WIKI, LANGUAGE_DE), "Where people write"));
}

static const struct {
	const char *language;
	enum portal_language is;
} PERSONS[] = {
	{ "de", LANGUAGE_DE },
	{ "de-AT", LANGUAGE_DE },
	{ "de;q=0.5", LANGUAGE_DE },
	{ "fr, de", LANGUAGE_DE },
	{ "en,de", LANGUAGE_EN },
	{ "den", LANGUAGE_EN },
	{ "", LANGUAGE_EN },
	{ ",,", LANGUAGE_EN },
};

static void test_the_language_of_a_person(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(PERSONS); i++)
		if (naming_of_person(text_of(PERSONS[i].language), LANGUAGE_EN) != PERSONS[i].is)
			fail_msg("%s", PERSONS[i].language);
	assert_int_equal(naming_of_person(text_of("fr"), LANGUAGE_DE), LANGUAGE_DE);
	assert_int_equal(naming_of_person((struct text){ NULL, 0 }, LANGUAGE_DE), LANGUAGE_DE);
}

static void test_the_first_letter(void **state)
{
	(void)state;
	assert_true(text_equal_str(naming_initial(text_of("wiki")), "w"));
	assert_true(text_equal_str(naming_initial(text_of("Übung")), "Ü"));
	assert_true(text_equal_str(naming_initial(text_of("𝔸bc")), "𝔸"));
	assert_int_equal(naming_initial(text_of("")).len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_in_a_language),
		cmocka_unit_test(test_the_language_of_a_person),
		cmocka_unit_test(test_the_first_letter),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
