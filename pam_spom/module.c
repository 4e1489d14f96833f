/* module.c - what libpam calls. Inside sshd, sudo, login and gate: no policy, no static state, no threads, and no way to
 * a yes but the one place in each function where the authority's yes arrives. */
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include "login.h"

/* The module's map exports pam_sm_* and nothing else; libpam's header declares them without visibility. */

int pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	int result = PAM_AUTH_ERR;
	struct call call;
	enum outcome outcome = OUTCOME_DENIED;
	if (call_begin(&call, pamh, flags, argc, argv))
		outcome = login_run(&call);
	if (outcome == OUTCOME_ALLOWED)
		result = PAM_SUCCESS;
	else if (outcome == OUTCOME_INCOMPLETE)
		result = PAM_INCOMPLETE;
	else if (outcome == OUTCOME_UNAVAILABLE)
		result = PAM_AUTHINFO_UNAVAIL;
	call_end(&call);
	return result;
}

int pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	int result = PAM_PERM_DENIED;
	struct call call;
	enum outcome outcome = OUTCOME_DENIED;
	if (call_begin(&call, pamh, flags, argc, argv))
		outcome = account_run(&call);
	if (outcome == OUTCOME_ALLOWED)
		result = PAM_SUCCESS;
	else if (outcome == OUTCOME_UNAVAILABLE)
		result = PAM_AUTHINFO_UNAVAIL;
	call_end(&call);
	return result;
}

/* Decides nothing: a refusal here would end an sshd login that was already accepted. */
int pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)pamh, (void)flags, (void)argc, (void)argv;
	return PAM_SUCCESS;
}

int pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)pamh, (void)flags, (void)argc, (void)argv;
	return PAM_SUCCESS;
}

int pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)pamh, (void)flags, (void)argc, (void)argv;
	return PAM_SUCCESS;
}

/* Passwords are changed in the portal, where the directory's policy can be shown and a second factor asked. */
int pam_sm_chauthtok(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct call call;
	if (call_begin(&call, pamh, flags, argc, argv))
		call_say(
		    &call, PAM_ERROR_MSG, TEXT_LITERAL("password_in_portal"), (struct text){ NULL, 0 }, 0);
	call_end(&call);
	return PAM_PERM_DENIED;
}
