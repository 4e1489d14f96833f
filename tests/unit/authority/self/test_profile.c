/* The own record: what is shown, what can be changed, and what is said of the rest. The directory is a fake. */
#include "unit.h"
#include <stdio.h>
#include <string.h>
#include "authority/fake_audit.h"
#include "authority/fake_directory.h"
#include "authority/self/visit.h"
#include "authority/session/activity.h"
#include "conf/conf.h"

static struct conf_attribute rows[] = {
	{ .name = "name",
	    .label = "attribute_name",
	    .ldap = "cn",
	    .section = "one",
	    .hint = "",
	    .type = "line",
	    .read = "self",
	    .write = "nobody",
	    .pattern = "",
	    .max = 200 },
	{ .name = "nick",
	    .label = "attribute_preferred_name",
	    .ldap = "displayName",
	    .section = "one",
	    .hint = "",
	    .type = "line",
	    .read = "self",
	    .write = "self",
	    .pattern = "",
	    .max = 10 },
	{ .name = "mobile",
	    .label = "attribute_mobile",
	    .ldap = "mobile",
	    .section = "two",
	    .hint = "hint_mobile",
	    .type = "telephone",
	    .read = "self",
	    .write = "self",
	    .pattern = "",
	    .max = 40,
	    .many = true },
	{ .name = "address",
	    .label = "attribute_address",
	    .ldap = "postalAddress",
	    .section = "two",
	    .hint = "",
	    .type = "lines",
	    .read = "self",
	    .write = "self",
	    .pattern = "",
	    .max = 200 },
	{ .name = "room",
	    .label = "attribute_room",
	    .ldap = "roomNumber",
	    .section = "one",
	    .hint = "",
	    .type = "line",
	    .read = "self",
	    .write = "self",
	    .pattern = "[A-Z] [0-9]+",
	    .max = 20 },
	{ .name = "language",
	    .label = "attribute_language",
	    .ldap = "preferredLanguage",
	    .section = "two",
	    .hint = "",
	    .type = "language",
	    .read = "self",
	    .write = "self",
	    .pattern = "",
	    .max = 20 },
	{ .name = "link",
	    .label = "attribute_link",
	    .ldap = "labeledURI",
	    .section = "two",
	    .hint = "",
	    .type = "link",
	    .read = "self",
	    .write = "self",
	    .pattern = "",
	    .max = 200 },
	{ .name = "post",
	    .label = "attribute_mail",
	    .ldap = "mailForwardingAddress",
	    .section = "two",
	    .hint = "",
	    .type = "mail",
	    .read = "self",
	    .write = "self",
	    .pattern = "",
	    .max = 200 },
	{ .name = "photo",
	    .label = "attribute_photo",
	    .ldap = "jpegPhoto",
	    .section = "two",
	    .hint = "",
	    .type = "photo",
	    .read = "self",
	    .write = "nobody",
	    .pattern = "",
	    .max = 200 },
	{ .name = "hidden",
	    .label = "attribute_office",
	    .ldap = "hidden",
	    .section = "two",
	    .hint = "",
	    .type = "line",
	    .read = "nobody",
	    .write = "nobody",
	    .pattern = "",
	    .max = 200 },
};

static int begin(void **state)
{
	int failed = house_start(state);
	house_conf()->attributes = rows;
	house_conf()->n_attributes = COUNT(rows);
	return failed;
}

static const struct msg_profile_page *page_of(const struct visit *visit)
{
	struct msg_profile ask = { visit->token };
	return HOUSE_IS(profile_page, visit_ask(WIRE(profile, &ask)));
}

static const struct msg_profile_field *field_of(const struct msg_profile_page *page, const char *name)
{
	for (uint32_t i = 0; i < page->fields.n; i++)
		if (text_equal_str(page->fields.at[i].name, name))
			return &page->fields.at[i];
	fail_msg("no field %s", name);
	return NULL;
}

static struct wire_any save_over(
    const struct visit *visit, const char *version, const struct msg_change_row *changes, uint32_t n)
{
	struct msg_profile_save save = { .session = visit->token,
		.csrf = visit->csrf,
		.version = text_of(version),
		.changes = { changes, n } };
	return visit_ask(WIRE(profile_save, &save));
}

static struct wire_any save(const struct visit *visit, const char *name, const char *value)
{
	const struct msg_change_row change = { text_of(name), text_of(value) };
	return save_over(visit, text_str(page_of(visit)->version), &change, 1);
}

static void write_behind(const char *ldap, const char *value)
{
	struct arena arena = { 0 };
	struct person ada = { .id = TEXT_LITERAL("id-ada") };
	struct attribute *found;
	struct text version, text = text_of(value);
	const struct change change = { text_of(ldap), &text, 1 };
	struct write_result result;
	const char *names[] = { ldap };
	assert_int_equal(directory_read_self(NULL, &ada, names, 1, &arena, &found, &version), OK);
	assert_int_equal(directory_write_self(NULL, &ada, version, &change, 1, &arena, &result), OK);
	arena_done(&arena);
}

static void test_the_page(void **state)
{
	(void)state;
	struct visit ada = visit_begin("ada", "B", "192.0.2.1");
	write_behind("cn", "Ada Lovelace");
	write_behind("postalAddress", "12 St James's Square$London\\24\\5c");
	const struct msg_profile_page *page = page_of(&ada);
	static const struct {
		const char *name;
		bool first;
	} ORDER[] = { { "name", true }, { "nick", false }, { "room", false }, { "mobile", true },
		{ "address", false }, { "language", false }, { "link", false }, { "post", false },
		{ "photo", false } };
	assert_int_equal(page->fields.n, COUNT(ORDER)); /* not the hidden one */
	for (size_t i = 0; i < COUNT(ORDER); i++) {
		ROW(ORDER[i].name, text_equal_str(page->fields.at[i].name, ORDER[i].name));
		ROW(ORDER[i].name, page->fields.at[i].first == ORDER[i].first);
	}
	assert_false(field_of(page, "name")->writable);
	assert_true(field_of(page, "nick")->writable);
	assert_false(field_of(page, "photo")->writable);
	assert_true(field_of(page, "mobile")->many);
	assert_int_equal(field_of(page, "mobile")->type, FIELD_TELEPHONE);
	assert_string_equal(text_str(field_of(page, "mobile")->hint), "hint_mobile");
	assert_string_equal(
	    text_str(field_of(page, "address")->values.at[0].value), "12 St James's Square\nLondon$\\");
	assert_string_equal(text_str(field_of(page, "photo")->values.at[0].value), "/profile/photo");
	assert_int_equal(field_of(page, "room")->values.n, 0);
	assert_string_equal(text_str(page->frame->user), "ada");
}

/* A value that the page cannot show as it is cannot be saved back either. */
static void test_what_is_not_whole_cannot_be_written(void **state)
{
	(void)state;
	struct visit ada = visit_begin("ada", "B", "192.0.2.1");
	write_behind("displayName", "a\x07z");
	assert_false(field_of(page_of(&ada), "nick")->writable);
	assert_string_equal(visit_problem(save(&ada, "nick", "other")), "nick:value_read_only");
}

static const struct {
	const char *field, *value, *problem; /* NULL: saved */
} VALUES[] = {
	{ "name", "Somebody", "name:value_read_only" },
	{ "photo", "x", "photo:value_read_only" },
	{ "nick", "  Ada  ", NULL },
	{ "nick", "", NULL }, /* emptied, as it is */
	{ "nick", "0123456789", NULL },
	{ "nick", "01234567890", "nick:value_too_large" },
	{ "nick", "\u00e4\u00f6\u00fc\u00df\u00e4\u00f6\u00fc\u00df\u00e4\u00f6",
	    NULL }, /* characters, not bytes */
	{ "nick", "<b>$&\"'", NULL },
	{ "nick", "a\nb", "nick:value_control" },
	{ "nick", "a\tb", "nick:value_control" },
	{ "nick", "ab\u202edc", "nick:value_control" },
	{ "nick", "ab\u2066dc", "nick:value_control" },
	{ "nick", "a\u200db", NULL },
	{ "mobile", "+49 170 1234567", NULL },
	{ "mobile", "+49 (170) 123-45/6.7", NULL },
	{ "mobile", "0170 1234567", "mobile:value_telephone" },
	{ "mobile", "+49 170 x", "mobile:value_telephone" },
	{ "mobile", "+", "mobile:value_telephone" },
	{ "mobile", "+1234567890123456", "mobile:value_telephone" },
	{ "mobile", "+49+170", "mobile:value_telephone" },
	{ "address", "A\n B \n\nC$\\", NULL },
	{ "address", "A\tB", NULL },
	{ "address", "A\u2028B", "address:value_control" },
	{ "room", "H 12", NULL },
	{ "room", "H 12x", "room:value_pattern" },
	{ "room", "xH 12", "room:value_pattern" },
	{ "language", "de", NULL },
	{ "language", "en", NULL },
	{ "language", "tlh", "language:value_language" },
	{ "link", "https://example.edu/~ada My page", NULL },
	{ "link", "HTTP://example.edu", NULL },
	{ "link", "javascript:alert(1)", "link:value_link" },
	{ "link", "https://", "link:value_link" },
	{ "link", "https:///x", "link:value_link" },
	{ "link", "data:text/html,x https://example.edu", "link:value_link" },
	{ "post", "ada@example.edu", NULL },
	{ "post", "ada", "post:value_mail" },
	{ "post", "a@b@c.d", "post:value_mail" },
	{ "post", "@example.edu", "post:value_mail" },
	{ "post", "a@example", "post:value_mail" },
	{ "post", "a@example.", "post:value_mail" },
	{ "post", "a b@example.edu", "post:value_mail" },
	{ "post", "a@example.edu,b@example.edu", "post:value_mail" },
};

static void test_values(void **state)
{
	(void)state;
	struct visit ada = visit_begin("ada", "B", "192.0.2.1");
	for (size_t i = 0; i < COUNT(VALUES); i++) {
		fake_directory_reset();
		struct wire_any any = save(&ada, VALUES[i].field, VALUES[i].value);
		bool empty = *VALUES[i].value == '\0';
		if (VALUES[i].problem != NULL)
			ROW(VALUES[i].value, strcmp(visit_problem(any), VALUES[i].problem) == 0);
		else
			ROW(VALUES[i].value,
			    strcmp(visit_done(any), empty ? "nothing_changed" : "profile_saved") == 0);
		house_forget();
	}
}

static void test_what_is_written_and_read_again(void **state)
{
	(void)state;
	struct visit ada = visit_begin("ada", "B", "192.0.2.1");
	static const struct msg_change_row CHANGES[] = {
		{ { "mobile", 6 }, { " +49 1701 ", 10 } },
		{ { "mobile", 6 }, { "", 0 } },
		{ { "mobile", 6 }, { "+49 1702", 8 } },
		{ { "mobile", 6 }, { "+49 1701", 8 } }, /* twice */
		{ { "address", 7 }, { " A $ \n\n B\\ ", 11 } },
	};
	const char *version = text_str(page_of(&ada)->version);
	assert_string_equal(visit_done(save_over(&ada, version, CHANGES, COUNT(CHANGES))), "profile_saved");
	const struct msg_profile_page *page = page_of(&ada);
	assert_int_equal(field_of(page, "mobile")->values.n, 2);
	assert_string_equal(text_str(field_of(page, "mobile")->values.at[0].value), "+49 1701");
	assert_string_equal(text_str(field_of(page, "address")->values.at[0].value), "A $\nB\\");
	assert_string_equal(text_str(fake_audit_find(AUDIT_PROFILE_SAVED)->object), "mobile address");
	assert_int_equal(fake_audit_count(AUDIT_PROFILE_SAVED), 1);
	/* the same once more, in another order */
	static const struct msg_change_row AGAIN[] = { { { "mobile", 6 }, { "+49 1702", 8 } },
		{ { "mobile", 6 }, { "+49 1701", 8 } } };
	assert_string_equal(
	    visit_done(save_over(&ada, text_str(page->version), AGAIN, COUNT(AGAIN))), "nothing_changed");
	assert_int_equal(fake_audit_count(AUDIT_PROFILE_SAVED), 1);
	assert_string_equal(visit_done(save(&ada, "mobile", "")), "profile_saved");
	assert_int_equal(field_of(page_of(&ada), "mobile")->values.n, 0);
	/* and it was nobody else's */
	struct visit max = visit_begin("max", "B", "192.0.2.1");
	assert_int_equal(field_of(page_of(&max), "address")->values.n, 0);
}

static void test_how_many(void **state)
{
	(void)state;
	struct visit ada = visit_begin("ada", "B", "192.0.2.1");
	static const struct msg_change_row SIX[] = { { { "mobile", 6 }, { "+49 1", 5 } },
		{ { "mobile", 6 }, { "+49 11", 6 } }, { { "mobile", 6 }, { "+49 111", 7 } },
		{ { "mobile", 6 }, { "+49 1111", 8 } }, { { "mobile", 6 }, { "+49 11111", 9 } },
		{ { "mobile", 6 }, { "+49 111111", 10 } } };
	static const struct msg_change_row TWO[] = { { { "nick", 4 }, { "A", 1 } },
		{ { "nick", 4 }, { "B", 1 } } };
	const char *version = text_str(page_of(&ada)->version);
	assert_string_equal(visit_problem(save_over(&ada, version, SIX, COUNT(SIX))), "mobile:value_many");
	assert_string_equal(visit_problem(save_over(&ada, version, TWO, COUNT(TWO))), "nick:value_one");
}

/* Every fault is said at once, and nothing is written then. */
static void test_all_faults_together(void **state)
{
	(void)state;
	struct visit ada = visit_begin("ada", "B", "192.0.2.1");
	static const struct msg_change_row CHANGES[] = { { { "nick", 4 }, { "Ada", 3 } },
		{ { "room", 4 }, { "?", 1 } }, { { "mobile", 6 }, { "?", 1 } } };
	const char *version = text_str(page_of(&ada)->version);
	const struct msg_problems *problems =
	    HOUSE_IS(problems, save_over(&ada, version, CHANGES, COUNT(CHANGES)));
	assert_int_equal(problems->errors.n, 2);
	assert_string_equal(text_str(problems->errors.at[0].label), "attribute_mobile");
	assert_int_equal(field_of(page_of(&ada), "nick")->values.n, 0);
	assert_int_equal(fake_audit_count(AUDIT_PROFILE_SAVED), 0);
}

static void test_a_record_that_changed_meanwhile(void **state)
{
	(void)state;
	struct visit ada = visit_begin("ada", "B", "192.0.2.1");
	const struct msg_change_row change = { TEXT_LITERAL("nick"), TEXT_LITERAL("Ada") };
	char version[64];
	(void)snprintf(version, sizeof version, "%s", text_str(page_of(&ada)->version));
	fake_directory_touch("ada");
	assert_string_equal(visit_problem(save_over(&ada, version, &change, 1)), "form:record_changed");
	assert_int_equal(field_of(page_of(&ada), "nick")->values.n, 0);
}

static void test_the_directory_says_no(void **state)
{
	(void)state;
	struct visit ada = visit_begin("ada", "B", "192.0.2.1");
	fake_directory_refuses("displayName", true);
	struct wire_any any = save(&ada, "nick", "Ada");
	assert_string_equal(visit_problem(any), "nick:value_forbidden");
	assert_null(HOUSE_IS(problems, any)->errors.at[0].words.at);
	fake_directory_refuses("displayName", false);
	any = save(&ada, "nick", "Ada");
	assert_string_equal(visit_problem(any), "nick:value_refused");
	assert_string_equal(
	    text_str(HOUSE_IS(problems, any)->errors.at[0].words), "the directory's own words");
	assert_int_equal(fake_audit_count(AUDIT_PROFILE_REFUSED), 2);
	assert_string_equal(text_str(fake_audit_find(AUDIT_PROFILE_REFUSED)->reason), "value_refused");
}

static void test_who_may_not(void **state)
{
	(void)state;
	struct visit ada = visit_begin("ada", "B", "192.0.2.1"), max = visit_begin("max", "B", "192.0.2.1");
	struct visit mixed = { ada.token, max.csrf, ada.key };
	const struct msg_change_row foreign = { TEXT_LITERAL("hidden"), TEXT_LITERAL("x") };
	assert_true(visit_is_refused(save(&mixed, "nick", "x"), REFUSAL_FORM));
	mixed.csrf = (struct secret){ NULL, 0 };
	assert_true(visit_is_refused(save(&mixed, "nick", "x"), REFUSAL_FORM));
	assert_true(visit_is_refused(
	    save_over(&ada, text_str(page_of(&ada)->version), &foreign, 1), REFUSAL_MALFORMED));
	mixed.token = visit_secret("nobody's");
	struct msg_profile ask = { mixed.token };
	assert_true(visit_is_refused(visit_ask(WIRE(profile, &ask)), REFUSAL_SIGN_IN));
	fake_audit_fails(ERR_BUSY);
	assert_true(visit_is_refused(save(&ada, "nick", "x"), REFUSAL_AUDIT));
	fake_audit_fails(OK);
	assert_int_equal(field_of(page_of(&ada), "nick")->values.n, 0);
	fake_directory_fails(ERR_UNREACHABLE);
	ask.session = ada.token;
	assert_true(visit_is_refused(visit_ask(WIRE(profile, &ask)), REFUSAL_DIRECTORY));
	fake_directory_fails(OK);
}

static void test_the_photo(void **state)
{
	(void)state;
	struct visit ada = visit_begin("ada", "B", "192.0.2.1"), max = visit_begin("max", "B", "192.0.2.1");
	struct msg_photo ask = { ada.token, 0 };
	const struct msg_photo_part *part = HOUSE_IS(photo_part, visit_ask(WIRE(photo, &ask)));
	assert_int_equal(part->size, 4);
	assert_int_equal(part->part.len, 4);
	ask.offset = 3;
	part = HOUSE_IS(photo_part, visit_ask(WIRE(photo, &ask)));
	assert_int_equal(part->part.len, 1);
	ask.offset = 4;
	assert_int_equal(HOUSE_IS(photo_part, visit_ask(WIRE(photo, &ask)))->size, 0);
	ask = (struct msg_photo){ max.token, 0 };
	assert_int_equal(HOUSE_IS(photo_part, visit_ask(WIRE(photo, &ask)))->size, 0);
	assert_int_equal(field_of(page_of(&max), "photo")->values.n, 0);
}

#define TEST(f) cmocka_unit_test_setup(f, visit_fresh)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_the_page),
		TEST(test_what_is_not_whole_cannot_be_written),
		TEST(test_values),
		TEST(test_what_is_written_and_read_again),
		TEST(test_how_many),
		TEST(test_all_faults_together),
		TEST(test_a_record_that_changed_meanwhile),
		TEST(test_the_directory_says_no),
		TEST(test_who_may_not),
		TEST(test_the_photo),
	};
	return cmocka_run_group_tests(tests, begin, house_stop);
}
