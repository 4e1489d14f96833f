#include "unit.h"
#include <string.h>
#include "authority/directory/ppolicy.h"

static void every_row(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		struct ldapc_bound bound;
		enum err err;
		enum bind_outcome outcome;
	} ROWS[] = {
		{ "success", { .code = 0 }, OK, BIND_OK },
		{ "success, control", { .code = 0, .has_policy = true, .error = PP_noError }, OK, BIND_OK },
		{ "must change", { .code = 0, .has_policy = true, .error = PP_changeAfterReset }, OK,
		    BIND_MUST_CHANGE },
		{ "success and locked", { .code = 0, .has_policy = true, .error = PP_accountLocked }, OK,
		    BIND_LOCKED },
		{ "success and expired", { .code = 0, .has_policy = true, .error = PP_passwordExpired }, OK,
		    BIND_EXPIRED },
		{ "success and an odd error", { .code = 0, .has_policy = true, .error = PP_passwordTooYoung },
		    OK, BIND_REFUSED },
		{ "success and an unknown error", { .code = 0, .has_policy = true, .error = 99 }, OK,
		    BIND_REFUSED },
		{ "wrong", { .code = 49 }, OK, BIND_REFUSED },
		{ "wrong, control", { .code = 49, .has_policy = true, .error = PP_noError }, OK,
		    BIND_REFUSED },
		{ "locked", { .code = 49, .has_policy = true, .error = PP_accountLocked }, OK, BIND_LOCKED },
		{ "expired", { .code = 49, .has_policy = true, .error = PP_passwordExpired }, OK,
		    BIND_EXPIRED },
		{ "refused, must change", { .code = 49, .has_policy = true, .error = PP_changeAfterReset },
		    OK, BIND_REFUSED },
		{ "errors without a control", { .code = 49, .error = PP_accountLocked }, OK, BIND_REFUSED },
		{ "no password", { .code = 48 }, OK, BIND_REFUSED },
		{ "gone", { .code = 32 }, OK, BIND_REFUSED },
		{ "389 inactivated", { .code = 53 }, OK, BIND_REFUSED },
		{ "389 too many", { .code = 19, .has_policy = true, .error = PP_accountLocked }, OK,
		    BIND_LOCKED },
		{ "AD wrong",
		    { .code = 49, .diagnostic = "80090308: LdapErr: DSID-0C09, comment: x, data 52e, v1db1" },
		    OK, BIND_REFUSED },
		{ "AD expired", { .code = 49, .diagnostic = "comment: x, data 532, v1db1" }, OK,
		    BIND_EXPIRED },
		{ "AD must change", { .code = 49, .diagnostic = "comment: x, data 773, v1db1" }, OK,
		    BIND_EXPIRED },
		{ "AD disabled", { .code = 49, .diagnostic = "comment: x, data 533, v1db1" }, OK,
		    BIND_LOCKED },
		{ "AD locked", { .code = 49, .diagnostic = "comment: x, data 775, v1db1" }, OK, BIND_LOCKED },
		{ "words prove nothing", { .code = 0, .diagnostic = "comment: x, data 775, v1db1" }, OK,
		    BIND_OK },
		{ "wants TLS", { .code = 13 }, ERR_CONFIG, 0 },
		{ "wants something stronger", { .code = 8 }, ERR_CONFIG, 0 },
		{ "referral", { .code = 10 }, ERR_CONFIG, 0 },
		{ "busy", { .code = 51 }, ERR_UNREACHABLE, 0 },
		{ "unavailable", { .code = 52 }, ERR_UNREACHABLE, 0 },
		{ "other", { .code = 80 }, ERR_UNREACHABLE, 0 },
		{ "no code of LDAP", { .code = 4242 }, ERR_UNREACHABLE, 0 },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct bind_result result = { 0 };
		ROW(ROWS[i].what, ppolicy_outcome(&ROWS[i].bound, &result) == ROWS[i].err);
		ROW(ROWS[i].what, result.outcome == ROWS[i].outcome);
	}
}

static void the_numbers_are_handed_on(void **state)
{
	(void)state;
	const struct ldapc_bound bound = {
		.has_policy = true, .error = PP_noError, .expires_s = 77, .grace_left = 3
	};
	struct bind_result result;
	assert_int_equal(ppolicy_outcome(&bound, &result), OK);
	assert_int_equal(result.expires_s, 77);
	assert_int_equal(result.grace_left, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row),
		cmocka_unit_test(the_numbers_are_handed_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
