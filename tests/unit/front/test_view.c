/* What front adds to a page by itself. */
#include "unit.h"
#include "base/clock.h"
#include "front/view.h"

static void places(void **state)
{
	(void)state;
	static const struct {
		const char *path;
		enum place place;
	} ROWS[] = {
		{ "/", PLACE_HOME },
		{ "/profile", PLACE_PROFILE },
		{ "/profile/photo", PLACE_PROFILE },
		{ "/security/factors/f1/rename", PLACE_SECURITY },
		{ "/sessions", PLACE_SESSIONS },
		{ "/activity", PLACE_ACTIVITY },
		{ "/activity.csv", PLACE_NONE },
		{ "/login", PLACE_NONE },
		{ "/profiles", PLACE_NONE },
		{ "", PLACE_NONE },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++)
		ROW(ROWS[i].path, view_place(text_of(ROWS[i].path)) == ROWS[i].place);
}

static void a_factor_that_counts_has_no_date(void **state)
{
	(void)state;
	struct arena arena = { 0 };
	struct request request = { .arena = &arena };
	struct exchange x = { .request = &request };
	int64_t soon = clock_now_ms() + 3600000;
	const struct msg_factor_row rows[] = { { .counts_from = 1 }, { .counts_from = soon } };
	const struct msg_security_page page = { .factors = { rows, COUNT(rows) } };
	struct wire_any prepared;
	assert_true(view_prepare(&x, WIRE(security_page, &page), &prepared));
	const struct msg_security_page *shown = prepared.at;
	assert_int_equal(shown->factors.at[0].counts_from, 0);
	assert_int_equal(shown->factors.at[1].counts_from, soon);
	assert_int_equal(page.factors.at[0].counts_from, 1);
	arena_done(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places),
		cmocka_unit_test(a_factor_that_counts_has_no_date),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
