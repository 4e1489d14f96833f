#include "ctl/setup/dialogue.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "ctl/terminal.h"

#define LINE_MAX_BYTES 8192u /* more than the longest setting */
#define COLUMNS 79u

/* --- what is said --- */

/* Words, broken at blanks; every line begins with two of those. */
static void print_wrapped(const char *words)
{
	size_t column = 0;
	while (*words != '\0') {
		size_t len = strcspn(words, " ");
		bool breaks = column > 0 && column + 1 + len > COLUMNS;
		(void)fprintf(stderr, "%s%.*s", column == 0 ? "  " : breaks ? "\n  " : " ", (int)len, words);
		column = (column == 0 || breaks ? 2 : column + 1) + len;
		words += len + (words[len] == ' ');
	}
	(void)fputc('\n', stderr);
}

void dialogue_say(const char *fmt, ...)
{
	char text[1000];
	va_list args;
	va_start(args, fmt);
	(void)vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	print_wrapped(text);
}

void dialogue_section(const char *name)
{
	unsigned n;
	const struct conf_section *sections = conf_sections(&n);
	for (unsigned i = 0; i < n; i++)
		if (strcmp(sections[i].name, name) == 0) {
			(void)fputc('\n', stderr);
			dialogue_say("[%s] %s", name, sections[i].about);
		}
}

/* --- one answer --- */

/* Whether an answer could be read; what does not fit or has a NUL is said, and asked again. */
static enum err read_answer(enum err err)
{
	if (err == ERR_TOO_LARGE)
		dialogue_say("That is too long.");
	if (err == ERR_MALFORMED)
		dialogue_say("That is no text.");
	if (err == ERR_CLOSED)
		(void)fputc('\n', stderr);
	return err;
}

static enum err ask_line(const char *prompt, const char *offered, char room[LINE_MAX_BYTES])
{
	if (offered != NULL && offered[0] != '\0')
		(void)fprintf(stderr, "%s [%s]: ", prompt, offered);
	else
		(void)fprintf(stderr, "%s: ", prompt);
	(void)fflush(stderr);
	enum err err = read_answer(terminal_line(room, LINE_MAX_BYTES));
	if (err == OK && !isatty(STDIN_FILENO)) /* no terminal has shown it */
		(void)fprintf(stderr, "%s\n", room);
	return err;
}

/* Ends a function that asks several times: what was read could not be used. */
static bool is_final(enum err err)
{
	return err != ERR_TOO_LARGE && err != ERR_MALFORMED && err != ERR_CONFIG;
}

static enum err too_often(void)
{
	dialogue_say("That was asked often enough.");
	return ERR_BUSY;
}

enum err dialogue_again(unsigned *tries)
{
	return ++*tries <= DIALOGUE_TRIES ? OK : too_often();
}

/* --- settings --- */

const char *dialogue_value(const struct dialogue *dialogue, const char *section, const char *key)
{
	const struct conf_setting *setting = conf_setting_find(section, key);
	const char *value = conf_draft_get(dialogue->draft, setting);
	return value != NULL ? value : setting->standard;
}

static enum err put(struct dialogue *dialogue, const struct conf_setting *setting, const char *value)
{
	struct conf_fault fault;
	bool none = value[0] == '\0' && setting->standard[0] == '\0' && !conf_setting_is_required(setting);
	enum err err = conf_draft_set(dialogue->draft, setting, none ? NULL : value, &fault);
	if (err == ERR_CONFIG)
		dialogue_say("%s.", fault.text);
	return err;
}

static const char *blanks_off(char *line)
{
	size_t len = strlen(line);
	while (len > 0 && (line[len - 1] == ' ' || line[len - 1] == '\t'))
		line[--len] = '\0';
	return line + strspn(line, " \t");
}

static enum err ask_setting(
    struct dialogue *dialogue, const struct conf_setting *setting, const char *offered)
{
	char prompt[120], room[LINE_MAX_BYTES];
	(void)snprintf(prompt, sizeof prompt, "%s.%s", setting->section, setting->key);
	enum err err = ask_line(prompt, offered, room);
	if (err != OK)
		return err;
	const char *answer = blanks_off(room);
	if (answer[0] == '\0')
		answer = offered;
	else if (strcmp(answer, "-") == 0)
		answer = "";
	return put(dialogue, setting, answer);
}

enum err dialogue_setting(
    struct dialogue *dialogue, const char *section, const char *key, const char *found, const char **value_r)
{
	const struct conf_setting *setting = conf_setting_find(section, key);
	const char *before = conf_draft_get(dialogue->draft, setting);
	const char *offered = before != NULL ? before : found != NULL ? found : setting->standard;
	enum err err = ERR_CONFIG;
	(void)fputc('\n', stderr);
	print_wrapped(setting->about);
	for (unsigned i = 0; i < DIALOGUE_TRIES && !is_final(err); i++)
		err = ask_setting(dialogue, setting, offered);
	if (err == OK && value_r != NULL) {
		const char *value = conf_draft_get(dialogue->draft, setting);
		*value_r = value != NULL ? value : "";
	}
	return is_final(err) ? err : too_often();
}

enum err dialogue_found(struct dialogue *dialogue, const char *section, const char *key, const char *value)
{
	const struct conf_setting *setting = conf_setting_find(section, key);
	if (value == NULL || strcmp(value, setting->standard) == 0)
		return OK;
	enum err err = put(dialogue, setting, value);
	if (err == OK)
		dialogue_say("%s.%s is %s.", section, key, value);
	return err;
}

/* --- yes or no --- */

static enum err ask_yes(const char *question, bool offered, bool *yes_r)
{
	char room[LINE_MAX_BYTES];
	enum err err = ask_line(question, offered ? "yes" : "no", room);
	if (err != OK)
		return err;
	const char *answer = blanks_off(room);
	bool yes = strcmp(answer, "yes") == 0 || strcmp(answer, "y") == 0;
	bool no = strcmp(answer, "no") == 0 || strcmp(answer, "n") == 0;
	if (!yes && !no && answer[0] != '\0') {
		dialogue_say("Say yes or no.");
		return ERR_CONFIG;
	}
	*yes_r = yes || (!no && offered);
	return OK;
}

enum err dialogue_yes(const char *question, bool offered, bool *yes_r)
{
	enum err err = ERR_CONFIG;
	for (unsigned i = 0; i < DIALOGUE_TRIES && !is_final(err); i++)
		err = ask_yes(question, offered, yes_r);
	return is_final(err) ? err : too_often();
}

/* --- passwords --- */

static enum err ask_secret(struct arena *arena, const char *question, bool optional, struct secret *secret_r)
{
	char prompt[300], room[DIALOGUE_SECRET_MAX + 2];
	(void)snprintf(prompt, sizeof prompt, "%s (not shown): ", question);
	if (!isatty(STDIN_FILENO))
		(void)fputs(prompt, stderr);
	(void)fflush(stderr);
	enum err err = read_answer(terminal_hidden(prompt, room, sizeof room));
	if (!isatty(STDIN_FILENO))
		(void)fputc('\n', stderr);
	if (err != OK)
		return err;
	bool none = room[0] == '\0' || (optional && strcmp(room, "-") == 0);
	*secret_r = none ? (struct secret){ NULL, 0 } : secret_copy(arena, room, strlen(room));
	explicit_bzero(room, sizeof room);
	if (none && !optional)
		dialogue_say("A password is needed here.");
	if (none)
		return optional ? OK : ERR_CONFIG;
	return secret_r->at != NULL ? OK : ERR_NO_MEMORY;
}

enum err dialogue_secret(
    struct dialogue *dialogue, const char *question, bool optional, struct secret *secret_r)
{
	enum err err = ERR_CONFIG;
	for (unsigned i = 0; i < DIALOGUE_TRIES && !is_final(err); i++)
		err = ask_secret(dialogue->arena, question, optional, secret_r);
	return is_final(err) ? err : too_often();
}
