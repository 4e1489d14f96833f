/* app.h - a PAM application for tests: it loads the built module by libpam, as sshd and gate do, and answers by a plan. */
#ifndef SPOM_TESTS_APP_H
#define SPOM_TESTS_APP_H
#include <security/pam_appl.h>
#include "pam_spom/fake.h"

struct app;

/* Answers one message instead of the plan below: *answer_r malloc'd or NULL. */
typedef int app_answer(struct app *app, int style, const char *text, char **answer_r);

struct app {
	pam_handle_t *pam;
	const char *user;     /* what PAM_USER begins as; NULL: nobody */
	const char *password; /* for PAM_PROMPT_ECHO_OFF; NULL: no answer */
	app_answer *answer;   /* NULL: the plan */
	const void *arg;
	int conv_result; /* of the conversation function, PAM_SUCCESS by default */
	bool no_responses;
	unsigned prompts, infos, errors, frames; /* how many came, by style */
	char prompt[200], info[700], error[700]; /* the last one of each */
};

/* The module to load; NULL: the one that was built. */
extern const char *app_module;

/* Writes the service "unit" whose auth and account lines are the module with these arguments (%s is the path of the
 * authority's socket "a"); extra lines follow. */
void app_service(const char *arguments, const char *extra);

/* Begins and ends a handle; the module stays loaded between (by a handle that does nothing). */
void app_start(struct app *app);
void app_end(struct app *app);

/* Start, authenticate, account where authentication succeeded, end. The first result that is not PAM_SUCCESS. */
int app_login(struct app *app);

/* Starts, authenticates, ends. */
int app_authenticate(struct app *app);

/* How many descriptors this process has. */
unsigned app_descriptors(void);

#endif
