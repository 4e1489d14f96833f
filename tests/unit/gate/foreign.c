/* A module of somebody else's, for tests: its argument says what it does. */
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int prompt(pam_handle_t *pamh)
{
	char *answer = NULL;
	int result = pam_prompt(pamh, PAM_PROMPT_ECHO_OFF, &answer, "Foreign: ");
	free(answer);
	return result == PAM_SUCCESS ? PAM_SUCCESS : PAM_AUTH_ERR;
}

static int hang(void)
{
	for (;;)
		(void)pause();
	return PAM_ABORT;
}

/* Says that it ran, by a file in the folder of its second argument. */
static void leave_mark(const char *path)
{
	FILE *file = fopen(path, "a");
	if (file != NULL) {
		(void)fprintf(file, "ran\n");
		(void)fclose(file);
	}
}

static int act(pam_handle_t *pamh, int argc, const char **argv)
{
	const char *what = argc > 0 ? argv[0] : "";
	if (argc > 1)
		leave_mark(argv[1]);
	if (strcmp(what, "allow") == 0)
		return PAM_SUCCESS;
	if (strcmp(what, "deny") == 0)
		return PAM_AUTH_ERR;
	if (strcmp(what, "prompt") == 0)
		return prompt(pamh);
	if (strcmp(what, "say") == 0)
		return pam_info(pamh, "a foreign line") == PAM_SUCCESS ? PAM_SUCCESS : PAM_CONV_ERR;
	if (strcmp(what, "rename") == 0)
		return pam_set_item(pamh, PAM_USER, "root");
	if (strcmp(what, "delay") == 0) {
		(void)pam_fail_delay(pamh, 3000000);
		return PAM_AUTH_ERR;
	}
	if (strcmp(what, "hang") == 0)
		return hang();
	if (strcmp(what, "exit") == 0)
		_exit(0);
	abort();
}

int pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)flags;
	return act(pamh, argc, argv);
}

int pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)flags;
	return act(pamh, argc, argv);
}

int pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)flags;
	return act(pamh, argc, argv);
}
