#include "pam_spom/app.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void note(char *to, size_t room, const char *text)
{
	(void)snprintf(to, room, "%s", text);
}

static int answer_by_plan(struct app *app, int style, const char *text, char **answer_r)
{
	switch (style) {
	case PAM_PROMPT_ECHO_OFF:
		app->prompts++;
		note(app->prompt, sizeof app->prompt, text);
		*answer_r = app->password != NULL ? strdup(app->password) : NULL;
		return PAM_SUCCESS;
	case PAM_TEXT_INFO:
		app->infos++;
		note(app->info, sizeof app->info, text);
		return PAM_SUCCESS;
	case PAM_ERROR_MSG:
		app->errors++;
		note(app->error, sizeof app->error, text);
		return PAM_SUCCESS;
	default:
		app->frames++;
		return PAM_CONV_ERR;
	}
}

static int converse(
    int count, const struct pam_message **messages, struct pam_response **responses_r, void *appdata)
{
	struct app *app = appdata;
	if (app->conv_result != PAM_SUCCESS)
		return app->conv_result;
	if (app->no_responses)
		return PAM_SUCCESS;
	struct pam_response *responses = calloc((size_t)count, sizeof *responses);
	app_answer *answer = app->answer != NULL ? app->answer : answer_by_plan;
	for (int i = 0; i < count; i++) {
		int result = answer(app, messages[i]->msg_style, messages[i]->msg, &responses[i].resp);
		if (result != PAM_SUCCESS) {
			free(responses[i].resp);
			free(responses);
			return result;
		}
	}
	*responses_r = responses;
	return PAM_SUCCESS;
}

static pam_handle_t *held;

static void hold(void)
{
	static const struct pam_conv NONE = { 0 };
	if (held != NULL)
		(void)pam_end(held, PAM_SUCCESS);
	if (pam_start_confdir("unit", NULL, &NONE, fake_folder(), &held) != PAM_SUCCESS)
		abort();
}

static void release(void)
{
	if (held != NULL)
		(void)pam_end(held, PAM_SUCCESS);
	held = NULL;
}

const char *app_module;

void app_service(const char *arguments, const char *extra)
{
	static bool is_first = true;
	char path[400], module[600], lines[4000];
	const char *bin = getenv("SPOM_BIN_DIR");
	if (bin == NULL) {
		fputs("SPOM_BIN_DIR is not set\n", stderr);
		exit(99);
	}
	(void)snprintf(path, sizeof path, "%s/pam_spom.so", bin);
	(void)snprintf(module, sizeof module, "requisite %s socket=%s %s",
	    app_module != NULL ? app_module : path, fake_path("a"), arguments);
	(void)snprintf(lines, sizeof lines, "auth %s\naccount %s\nsession %s\npassword %s\n%s", module,
	    module, module, module, extra);
	fake_write_file(fake_path("unit"), lines);
	fake_write_file(fake_path("other"), "auth required pam_deny.so\naccount required pam_deny.so\n");
	hold();
	if (is_first)
		(void)atexit(release);
	is_first = false;
}

void app_start(struct app *app)
{
	struct pam_conv conv = { converse, app };
	if (pam_start_confdir("unit", app->user, &conv, fake_folder(), &app->pam) != PAM_SUCCESS)
		abort();
}

void app_end(struct app *app)
{
	(void)pam_end(app->pam, PAM_SUCCESS);
	app->pam = NULL;
}

int app_login(struct app *app)
{
	app_start(app);
	int result = pam_authenticate(app->pam, 0);
	if (result == PAM_SUCCESS)
		result = pam_acct_mgmt(app->pam, 0);
	app_end(app);
	return result;
}

int app_authenticate(struct app *app)
{
	app_start(app);
	int result = pam_authenticate(app->pam, 0);
	app_end(app);
	return result;
}

unsigned app_descriptors(void)
{
	unsigned count = 0;
	DIR *list = opendir("/proc/self/fd");
	while (list != NULL && readdir(list) != NULL)
		count++;
	(void)closedir(list);
	return count;
}
