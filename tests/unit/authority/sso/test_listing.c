/* The services of a shelf in memory, page by page, while it changes, fails, and others list as well. */
#include "unit.h"
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include "../fake_shelf.h"
#include "authority/authority.h"
#include "authority/sso/listing.h"

#define T(literal) TEXT_LITERAL(literal)
#define THREADS 8

static struct authority authority;

static void add(const char *name)
{
	const struct msg_service_record service = { .name = text_of(name),
		.protocol = PROTOCOL_SAML,
		.label = T("Wiki"),
		.client_id = text_of(name) };
	assert_int_equal(shelf_add(&authority, SHELF_SERVICE, service.name, SHELF_NO_FINDS,
			     WIRE(service_record, &service)),
	    OK);
}

static void add_all(void)
{
	static const char *const NAMES[] = { "m", "b-2", "b", "zz", "b_1", "a", "b1" };
	for (size_t i = 0; i < COUNT(NAMES); i++)
		add(NAMES[i]);
}

static void take_away(const char *name)
{
	assert_int_equal(shelf_remove(&authority, SHELF_SERVICE, text_of(name)), OK);
}

/* "a b! more": the names, those that cannot be opened marked, and whether there are others; the error as text where nothing is said. */
static const char *page_of(const char *after, unsigned max, char names[200])
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_service_row *rows;
	unsigned n;
	bool more;
	size_t len = 0;
	enum err err = listing_page(&authority, text_of(after), max, &arena, &rows, &n, &more);
	if (err != OK)
		return err_text(err);
	names[0] = '\0';
	for (unsigned i = 0; i < n; i++)
		len += (size_t)snprintf(names + len, 200 - len, "%s%s%s", i > 0 ? " " : "",
		    text_str(rows[i].name), rows[i].broken ? "!" : "");
	if (more)
		(void)snprintf(names + len, 200 - len, " more");
	return names;
}

static const char *page(const char *after, unsigned max)
{
	static char names[200];
	return page_of(after, max, names);
}

static void they_are_read_once_for_all_pages(void **state)
{
	(void)state;
	assert_string_equal(page(NULL, 3), "");
	add_all();
	unsigned before = fake_shelf_lists();
	assert_string_equal(page(NULL, 3), "a b b-2 more");
	assert_string_equal(page("b-2", 3), "b1 b_1 m more");
	assert_string_equal(page("m", 3), "zz");
	assert_string_equal(page("bb", 9), "m zz");
	assert_string_equal(page("zz", 3), "");
	assert_int_equal(fake_shelf_lists(), before + 1);
}

static void what_is_said_of_one(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_service_row *rows;
	unsigned n;
	bool more;
	add("wiki");
	add("torn");
	fake_shelf_breaks(SHELF_SERVICE, "torn");
	assert_int_equal(listing_page(&authority, (struct text){ NULL, 0 }, 9, &arena, &rows, &n, &more), OK);
	assert_int_equal(n, 2);
	assert_true(rows[0].broken && text_equal_str(rows[0].name, "torn"));
	assert_true(rows[0].client_id.at == NULL && text_is_empty(rows[0].label));
	assert_false(rows[1].broken);
	assert_int_equal(rows[1].protocol, PROTOCOL_SAML);
	assert_string_equal(text_str(rows[1].label), "Wiki");
	assert_string_equal(text_str(rows[1].client_id), "wiki");
}

/* What the authority remembers is gone between two pages: the next one begins behind the same name. */
static void forget(void)
{
	listing_free(&authority.listing);
	assert_int_equal(listing_new(&authority.listing), OK);
}

static void a_registry_that_changes_meanwhile(void **state)
{
	(void)state;
	add_all();
	assert_string_equal(page(NULL, 3), "a b b-2 more");
	take_away("a");
	take_away("b-2");
	add("aa");
	add("n");
	assert_string_equal(page("b-2", 3), "b1 b_1 m more"); /* as it was read */
	forget();
	assert_string_equal(page("b-2", 9), "b1 b_1 m n zz"); /* and as it is */
	assert_string_equal(page(NULL, 9), "aa b b1 b_1 m n zz");
	take_away("aa");
	assert_string_equal(page(NULL, 9), "b b1 b_1 m n zz"); /* a first page shows what there is */
}

/* Of somebody else's reading a page behind another one is as good. */
static void another_operator_begins_meanwhile(void **state)
{
	(void)state;
	add_all();
	assert_string_equal(page(NULL, 2), "a b more");
	take_away("a");
	add("b0");
	assert_string_equal(page(NULL, 9), "b b-2 b0 b1 b_1 m zz");
	assert_string_equal(page("b", 2), "b-2 b0 more");
	assert_string_equal(page("b0", 9), "b1 b_1 m zz");
}

static void one_that_comes_twice_is_there_once(void **state)
{
	(void)state;
	add_all();
	fake_shelf_repeats(2);
	assert_string_equal(page(NULL, 9), "a b b-2 b1 b_1 m zz");
}

static void more_than_there_may_be(void **state)
{
	(void)state;
	add("a");
	fake_shelf_repeats(LISTING_MAX);
	assert_string_equal(page(NULL, 9), "a");
	fake_shelf_repeats(LISTING_MAX + 1);
	assert_string_equal(page(NULL, 9), err_text(ERR_TOO_LARGE));
	fake_shelf_repeats(1);
	fake_shelf_cuts(true);
	assert_string_equal(page(NULL, 9), err_text(ERR_TOO_LARGE));
	fake_shelf_cuts(false);
	assert_string_equal(page(NULL, 9), "a");
}

static void a_directory_that_is_down(void **state)
{
	(void)state;
	add_all();
	assert_string_equal(page(NULL, 3), "a b b-2 more");
	fake_shelf_fails(ERR_UNREACHABLE);
	assert_string_equal(page(NULL, 3), err_text(ERR_UNREACHABLE));
	assert_string_equal(page("m", 3), "zz"); /* was read before */
	forget();
	assert_string_equal(page("m", 3), err_text(ERR_UNREACHABLE));
	fake_shelf_fails(OK);
	assert_string_equal(page(NULL, 3), "a b b-2 more");
}

static pthread_barrier_t all_are_there;

static void *list_all(void *wanted)
{
	char names[200];
	(void)pthread_barrier_wait(&all_are_there);
	return strcmp(page_of(NULL, 9, names), wanted) == 0 ? NULL : wanted;
}

/* How often was read until each thread had its answer. */
static unsigned reads_of_many(const char *wanted)
{
	pthread_t threads[THREADS];
	void *wrong;
	unsigned before = fake_shelf_lists();
	assert_int_equal(pthread_barrier_init(&all_are_there, NULL, THREADS), 0);
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, list_all, (void *)(uintptr_t)wanted), 0);
	for (unsigned i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &wrong), 0);
		assert_null(wrong);
	}
	(void)pthread_barrier_destroy(&all_are_there);
	return fake_shelf_lists() - before;
}

/* Those who wait for one that reads are served by the next one; where it fails they do not try one behind the other. */
static void many_at_once(void **state)
{
	(void)state;
	add_all();
	fake_shelf_slow(100);
	assert_in_range(reads_of_many("a b b-2 b1 b_1 m zz"), 1, THREADS - 1);
	fake_shelf_fails(ERR_TIMEOUT);
	assert_in_range(reads_of_many(err_text(ERR_TIMEOUT)), 1, THREADS - 1);
}

static int begin(void **state)
{
	(void)state;
	fake_shelf_reset();
	return listing_new(&authority.listing);
}

static int end(void **state)
{
	(void)state;
	listing_free(&authority.listing);
	listing_free(&authority.listing);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(they_are_read_once_for_all_pages),
		TEST(what_is_said_of_one),
		TEST(a_registry_that_changes_meanwhile),
		TEST(another_operator_begins_meanwhile),
		TEST(one_that_comes_twice_is_there_once),
		TEST(more_than_there_may_be),
		TEST(a_directory_that_is_down),
		TEST(many_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
