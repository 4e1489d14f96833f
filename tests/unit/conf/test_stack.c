#include "unit.h"
#include <string.h>
#include "conf/stack.h"

#define ACCOUNT "account requisite pam_spom.so\n"
#define BOTH "auth requisite pam_spom.so\n" ACCOUNT

/* SECURITY 9: ours is the first auth line and alone asks; what stands behind it runs after the authority's yes. */
static const struct {
	const char *text;
	const char *fault; /* NULL: in order */
	bool foreign;
} ROWS[] = {
	{ BOTH, NULL, false },
	{ "auth requisite pam_spom.so socket=/run/x\n" ACCOUNT, NULL, false },
	{ "AUTH\tREQUISITE /usr/lib/security/pam_spom.so\n" ACCOUNT, NULL, false },
	{ "-auth requisite pam_spom.so\n" ACCOUNT, NULL, false },
	{ "# comment\n\n  auth requisite pam_spom.so # ours\n" ACCOUNT, NULL, false },
	{ "auth requisite \\\n  pam_spom.so\n" ACCOUNT, NULL, false },
	{ "auth requisite \\\n# between\n\n  pam_spom.so\n" ACCOUNT, NULL, false },
	{ "auth [success=ok default=die] pam_spom.so\n" ACCOUNT, NULL, false },
	{ "auth [ success=ok  auth_err=die default=die ] pam_spom.so\n" ACCOUNT, NULL, false },
	{ "auth requisite pam_spom.so\r\n" ACCOUNT, NULL, false },
	{ BOTH "auth required pam_permit.so\naccount required pam_permit.so", NULL, false },
	{ BOTH "session required pam_unix.so\npassword required pam_unix.so", NULL, false },
	{ BOTH "session include common-session", NULL, false },
	{ BOTH "auth required pam_site.so", NULL, true },
	{ BOTH "account required pam_access.so", NULL, true },
	{ BOTH "account required pam_unix.so", NULL, true },
	{ "auth required pam_env.so\n" BOTH, "x:1: pam_env.so stands before pam_spom.so", false },
	{ "auth required pam_unix.so\n" BOTH, "x:1: pam_unix.so stands before pam_spom.so", false },
	{ "# auth requisite pam_spom.so\\\nauth required pam_deny.so\n" BOTH,
	    "x:2: pam_deny.so stands before", false },
	{ BOTH "auth required pam_unix.so", "x:3: pam_unix.so asks questions of its own", false },
	{ BOTH "auth required /lib/security/pam_google_authenticator.so", "asks questions of its own",
	    false },
	{ BOTH "auth requisite pam_spom.so", "x:3: pam_spom.so stands a second time", false },
	{ "auth required pam_spom.so\n" ACCOUNT, "x:1: pam_spom.so is 'required' and must be requisite",
	    false },
	{ "auth sufficient pam_spom.so\n" ACCOUNT, "is 'sufficient' and must be requisite", false },
	{ "auth optional pam_spom.so\n" ACCOUNT, "is 'optional' and must be requisite", false },
	{ "auth [success=ok] pam_spom.so\n" ACCOUNT, "lacks default=die", false },
	{ "auth [success=ok default=bad] pam_spom.so\n" ACCOUNT, "'default=bad': with pam_spom.so only",
	    false },
	{ "auth [success=1 default=die] pam_spom.so\n" ACCOUNT, "'success=1': with pam_spom.so only", false },
	{ "auth [success=done default=die] pam_spom.so\n" ACCOUNT, "'success=done': with", false },
	{ "auth [default=ignore] pam_spom.so\n" ACCOUNT, "'default=ignore': with", false },
	{ "auth [user_unknown=ok default=die] pam_spom.so\n" ACCOUNT, "'user_unknown=ok': with", false },
	{ "auth include common-auth\n" BOTH, "x:1: 'include common-auth' hides modules", false },
	{ BOTH "auth substack other", "x:3: 'substack other' hides modules", false },
	{ "@include common-auth\n", "x:1: '@include common-auth' hides modules", false },
	{ BOTH "@include common-session", "x:3: '@include common-session' hides modules", false },
	{ "auth requisite pam_spom.so\n", "x: there is no 'account' line", false },
	{ ACCOUNT, "x: there is no 'auth' line", false },
	{ "", "x: there is no 'auth' line", false },
	{ "auth requisite pam_spom.so\naccount required pam_permit.so", "x:2: pam_permit.so stands before",
	    false },
	{ BOTH "auth required", "x:3: no PAM line", false },
	{ BOTH "nonsense", "x:3: no PAM line", false },
	{ BOTH "auht required pam_x.so", "x:3: 'auht' is no type", false },
	{ BOTH "auth required pam_x.so \\", "x:3: the line goes on behind the file's end", false },
	{ "auth requisite pam_spom.so.evil\n" ACCOUNT, "stands before pam_spom.so", false },
	{ "auth requisite my_pam_spom.so\n" ACCOUNT, "stands before pam_spom.so", false },
};

static void the_rule_is_kept_or_its_breach_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct conf_stack stack = { false, false };
		struct conf_fault fault = { "" };
		enum err err = conf_check_stack("x", text_of(ROWS[i].text), &stack, &fault);
		if (ROWS[i].fault != NULL) {
			if (err != ERR_CONFIG || strstr(fault.text, ROWS[i].fault) == NULL)
				fail_msg("row '%s': said '%s'", ROWS[i].text, fault.text);
			ROW(ROWS[i].text, !stack.ours_first);
			continue;
		}
		if (err != OK)
			fail_msg("row '%s': said '%s'", ROWS[i].text, fault.text);
		ROW(ROWS[i].text, stack.ours_first && stack.foreign == ROWS[i].foreign);
	}
}

static void strange_texts_are_refused(void **state)
{
	(void)state;
	struct conf_stack stack;
	struct conf_fault fault;
	assert_int_equal(conf_check_stack("x", TEXT_LITERAL("auth\0x"), &stack, &fault), ERR_CONFIG);
	assert_int_equal(
	    conf_check_stack("x", TEXT_LITERAL("[[[[[\\\n]\\\n\\\n"), &stack, &fault), ERR_CONFIG);
}

static void a_missing_file_is_not_found(void **state)
{
	(void)state;
	struct conf_stack stack;
	struct conf_fault fault = { "" };
	assert_int_equal(conf_load_stack("/nonexistent", "spom", &stack, &fault), ERR_NOT_FOUND);
	assert_string_equal(fault.text, "/nonexistent/spom: cannot be opened: No such file or directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_rule_is_kept_or_its_breach_named),
		cmocka_unit_test(strange_texts_are_refused),
		cmocka_unit_test(a_missing_file_is_not_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
