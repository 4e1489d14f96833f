/* The book of what services were told and what the person agreed to: who leaves it first, and what a withdrawal takes back. */
#include "unit.h"
#include <stdio.h>
#include <string.h>
#include "../fake_shelf.h"
#include "authority/authority.h"
#include "authority/call/call.h"
#include "authority/keys/keys.h"
#include "authority/sso/consent_kept.h"
#include "authority/sso/released.h"
#include "authority/store/store.h"
#include "base/clock.h"
#include "log/log.h"

#define ROWS 36 /* of a book */
#define PERSON TEXT_LITERAL("ada")

static struct authority authority;
static struct call call;
static int64_t now_ms;

static struct msg_service_record service_of(int number)
{
	const char *name = arena_printf(&call.arena, "app-%d", number);
	assert_non_null(name);
	return (struct msg_service_record){ .name = text_of(name), .label = text_of(name), .added = 1 };
}

/* Each a second behind the one before. */
static void pass(void)
{
	now_ms += 1000;
	clock_offset(now_ms);
}

static void tell(int number)
{
	const struct msg_service_record service = service_of(number);
	const struct msg_session_record session = { .person = PERSON };
	pass();
	released_note(&call, &service, &session, TEXT_LITERAL("email"));
}

static int64_t agree(int number, const char *names)
{
	const struct msg_service_record service = service_of(number);
	int64_t agreed = 0;
	pass();
	assert_int_equal(released_agree(&call, &service, PERSON, text_of(names), &agreed), OK);
	return agreed;
}

static const struct msg_release_book *book(void)
{
	const struct msg_release_book *book;
	assert_int_equal(released_load(&call, PERSON, &book), OK);
	return book;
}

static const struct msg_release_row *row(int number)
{
	return released_row(book(), service_of(number).name);
}

/* What is not in the book cannot be taken back. */
static void what_was_agreed_to_leaves_last(void **state)
{
	(void)state;
	int64_t agreed = agree(0, "email sub");
	for (int i = 1; i < ROWS; i++)
		tell(i);
	assert_int_equal(book()->rows.n, ROWS);
	tell(ROWS);
	assert_non_null(row(0));
	assert_null(row(1)); /* told longest ago of those nobody agreed to */
	assert_non_null(row(2));
	assert_non_null(row(ROWS));
	assert_true(row(0)->agreed == agreed && text_equal_str(row(0)->agreed_to, "email sub"));
	for (int i = 2; i <= ROWS; i++)
		(void)agree(i, "email");
	assert_int_equal(book()->rows.n, ROWS);
	(void)agree(ROWS + 1, "email");
	assert_null(row(0)); /* all were agreed to: the one told longest ago, and what it gave ends with it */
	bool back = false;
	assert_int_equal(consent_is_back(&call, PERSON, TEXT_LITERAL("app-0"), agreed, &back), OK);
	assert_true(back);
	assert_int_equal(consent_is_back(&call, PERSON, TEXT_LITERAL("app-2"), row(2)->agreed, &back), OK);
	assert_false(back);
	assert_non_null(row(2));
	assert_non_null(row(ROWS + 1));
	tell(ROWS + 2);
	assert_int_equal(book()->rows.n, ROWS);
	assert_non_null(row(ROWS + 2));
}

static void a_withdrawal_takes_back_what_it_has_read(void **state)
{
	(void)state;
	int64_t first = agree(1, "email");
	assert_true(agree(1, "name") == first);
	assert_true(text_equal_str(row(1)->agreed_to, "email name"));
	assert_int_equal(released_withdraw(&call, PERSON, TEXT_LITERAL("app-1"), first), OK);
	assert_true(row(1)->agreed == 0 && row(1)->agreed_to.at == NULL);
	int64_t second = agree(1, "email");
	assert_true(second != first);
	assert_int_equal(released_withdraw(&call, PERSON, TEXT_LITERAL("app-1"), first), OK);
	assert_true(row(1)->agreed == second); /* what was agreed to since stays */
	assert_int_equal(released_withdraw(&call, PERSON, TEXT_LITERAL("app-2"), first), ERR_NOT_FOUND);
}

/* 700 bytes of both are too many: what was asked last counts whole, and what was before not at all. */
static void what_has_no_room_was_not_agreed_to(void **state)
{
	(void)state;
	char first[400], second[400];
	memset(first, 'a', sizeof first - 1);
	memset(second, 'b', sizeof second - 1);
	first[sizeof first - 1] = second[sizeof second - 1] = '\0';
	(void)agree(1, first);
	(void)agree(1, second);
	assert_true(text_equal_str(row(1)->agreed_to, second));
}

static void words_that_do_not_all_fit(void **state)
{
	(void)state;
	bool whole = true;
	struct text joined =
	    released_join(TEXT_LITERAL("a bb"), TEXT_LITERAL("bb c a"), 6, &call.arena, &whole);
	assert_true(whole && text_equal_str(joined, "a bb c"));
	joined = released_join(joined, TEXT_LITERAL("d"), 6, &call.arena, &whole);
	assert_true(!whole && text_equal_str(joined, "a bb c"));
	(void)released_join(joined, TEXT_LITERAL("a"), 6, &call.arena, &whole);
	assert_false(whole); /* it is never set */
}

static int begin(void **state)
{
	(void)state;
	fake_shelf_reset();
	log_open("test", LOG_LEVEL_ERROR);
	call = (struct call){ .authority = &authority };
	assert_int_equal(keys_new("", &authority.keys), OK);
	assert_int_equal(store_memory_new(100, authority.keys, &authority.store), OK);
	return released_new(&authority.released);
}

static int end(void **state)
{
	(void)state;
	clock_offset(0);
	released_free(&authority.released);
	store_free(&authority.store);
	keys_free(&authority.keys);
	arena_done(&call.arena);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_agreed_to_leaves_last),
		TEST(a_withdrawal_takes_back_what_it_has_read),
		TEST(what_has_no_room_was_not_agreed_to),
		TEST(words_that_do_not_all_fit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
