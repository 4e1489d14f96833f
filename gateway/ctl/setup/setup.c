#include "ctl/setup/setup.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "authority/directory/probe.h"
#include "ctl/ctl.h"
#include "ctl/report.h"
#include "ctl/show.h"

#define FILE_MAX 280u /* what stands behind it must fit into a path of the settings' own */

enum err setup_repeat(struct setup *setup, setup_part *part)
{
	struct conf_fault fault;
	enum err err = ERR_CONFIG;
	for (unsigned tries = 0; err == ERR_CONFIG;) {
		err = dialogue_again(&tries);
		if (err == OK)
			err = part(setup);
		if (err != OK)
			continue;
		err = conf_draft_check(setup->dialogue.draft, &fault);
		if (err == ERR_CONFIG)
			dialogue_say("%s.", fault.text);
	}
	return err;
}

/* The path of the settings without regard to where we are; NULL: too long, or memory is out. */
static const char *absolute(struct arena *arena, const char *file)
{
	char here[FILE_MAX];
	const char *path = file;
	if (file[0] != '/')
		path = getcwd(here, sizeof here) != NULL ? arena_printf(arena, "%s/%s", here, file) : NULL;
	return path != NULL && strlen(path) < FILE_MAX ? path : NULL;
}

static enum err begin(struct setup *setup, const char *file)
{
	setup->file = absolute(setup->arena, file);
	if (setup->file == NULL)
		return ERR_TOO_LARGE;
	int len = (int)(strrchr(setup->file, '/') - setup->file);
	setup->folder = arena_printf(setup->arena, "%.*s/secrets", len, setup->file);
	setup->context = setup->services = "";
	return setup->folder != NULL ? conf_draft_new(setup->arena, &setup->dialogue.draft) : ERR_NO_MEMORY;
}

/* A file that is there is replaced only when somebody says so. */
static enum err may_replace(struct setup *setup)
{
	char question[FILE_MAX + 80];
	bool yes = false;
	if (access(setup->file, F_OK) != 0)
		return OK;
	(void)snprintf(
	    question, sizeof question, "%s is there. Write another one in its place?", setup->file);
	enum err err = dialogue_yes(question, false, &yes);
	return err == OK && !yes ? ERR_EXISTS : err;
}

static enum err converse(struct setup *setup)
{
	static setup_part *const PARTS[] = { setup_may_write, may_replace, setup_server, setup_directory,
		setup_identities, setup_portal };
	enum err err = OK;
	for (size_t i = 0; err == OK && i < COUNT(PARTS); i++)
		err = PARTS[i](setup);
	if (err != OK)
		dialogue_say("Nothing was written.");
	return err;
}

/* What spomctl directory test does, without an authority to ask. */
static enum ctl_exit look_around(const struct ctl *ctl, const char *file, struct arena *arena)
{
	CLEANUP(conf_free) struct conf *conf = NULL;
	struct conf_fault fault;
	struct msg_directory_report report = { .well = false };
	if (conf_load(file, &conf, &fault) != OK)
		return CTL_REFUSED;
	show_progress("looking at the directory ...");
	enum err err = probe_run(conf, (struct text){ NULL, 0 }, arena, &report);
	show_progress_done();
	return err == OK ? report_print(ctl, &report, arena) : CTL_REFUSED;
}

static enum ctl_exit finish(const struct ctl *ctl, struct setup *setup)
{
	const char *const words[] = { setup->file };
	struct ctl check = { .json = ctl->json, .words = words, .n_words = 1 };
	(void)fputc('\n', stderr);
	enum ctl_exit settings = ctl_config_check(&check);
	enum ctl_exit directory = look_around(ctl, setup->file, setup->arena);
	(void)fflush(stdout);
	(void)fputc('\n', stderr);
	dialogue_say(settings == CTL_DONE && directory == CTL_DONE
			 ? "%s is written, and all fits."
			 : "%s is written; first put right what is said above, then: spomctl config check, "
			   "spomctl directory test.",
	    setup->file);
	dialogue_say("Start SPOM with: systemctl enable --now spom.target");
	return settings != CTL_DONE ? settings : directory;
}

enum ctl_exit ctl_setup(const struct ctl *ctl)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct setup setup = { .arena = &arena, .dialogue = { .arena = &arena } };
	enum err err = begin(&setup, ctl->n_words > 0 ? ctl->words[0] : CTL_SETTINGS_FILE);
	if (err != OK) {
		dialogue_say("The file cannot be used: %s.", err_text(err));
		return CTL_REFUSED;
	}
	dialogue_say(
	    "An empty answer takes what stands in brackets, \"-\" stands for nothing at all. Nothing is "
	    "written before the last answer.");
	err = converse(&setup);
	if (err == OK)
		err = setup_write(&setup);
	return err == OK ? finish(ctl, &setup) : CTL_REFUSED;
}
