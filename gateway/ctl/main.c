#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/attr.h"
#include "ctl/ctl.h"

#define WORDS_MAX 16u

struct command {
	const char *noun;
	const char *verb; /* NULL: the noun is enough */
	unsigned max_words;
	const char *arguments;
	const char *help;
	enum ctl_exit (*run)(const struct ctl *ctl);
};

static const struct command COMMANDS[] = {
	{ "config", "check", 1, "[FILE]", "whether the settings and the PAM stack are in order",
	    ctl_config_check },
	{ "config", "settings", 0, "", "every setting there is, with default and bounds",
	    ctl_config_settings },
	{ "health", NULL, 0, "", "whether the authority serves, and what it misses", ctl_health },
};

static enum ctl_exit print_help(FILE *to, enum ctl_exit code)
{
	(void)fputs("usage: spomctl [--socket DIR] [--json] NOUN VERB ...\n\n", to);
	for (size_t i = 0; i < COUNT(COMMANDS); i++) {
		const struct command *row = &COMMANDS[i];
		char words[64];
		(void)snprintf(words, sizeof words, "%s %s %s", row->noun, row->verb != NULL ? row->verb : "",
		    row->arguments);
		(void)fprintf(to, "  %-24s %s\n", words, row->help);
	}
	(void)fputs("\n  --socket DIR   folder of the sockets (else SPOM_SOCKETS, else /run/spom)\n"
		    "  --json         answers as JSON\n  --version      the release\n\n"
		    "exit: 0 done, 1 refused or not found, 2 usage, 3 the authority cannot be reached\n",
	    to);
	return code;
}

static enum ctl_exit wrong_usage(const char *what, const char *word)
{
	(void)fprintf(stderr, "spomctl: %s%s%s%s; see spomctl --help\n", what, word[0] != '\0' ? " '" : "",
	    word, word[0] != '\0' ? "'" : "");
	return CTL_USAGE;
}

static bool is(const char *word, const char *wanted)
{
	return word != NULL && strcmp(word, wanted) == 0;
}

static const struct command *command_find(const char *noun, const char *verb)
{
	for (size_t i = 0; i < COUNT(COMMANDS); i++)
		if (is(noun, COMMANDS[i].noun) && (COMMANDS[i].verb == NULL || is(verb, COMMANDS[i].verb)))
			return &COMMANDS[i];
	return NULL;
}

static bool is_noun(const char *word)
{
	for (size_t i = 0; i < COUNT(COMMANDS); i++)
		if (is(word, COMMANDS[i].noun))
			return true;
	return false;
}

static enum ctl_exit run(struct ctl *ctl)
{
	const char *noun = ctl->n_words > 0 ? ctl->words[0] : "",
		   *verb = ctl->n_words > 1 ? ctl->words[1] : "";
	if (noun[0] == '\0')
		return print_help(stderr, CTL_USAGE);
	const struct command *command = command_find(noun, verb);
	if (command == NULL && !is_noun(noun))
		return wrong_usage("there is no command", noun);
	if (command == NULL)
		return wrong_usage(
		    verb[0] != '\0' ? "this noun has no verb" : "this noun needs a verb", verb);
	unsigned taken = command->verb != NULL ? 2 : 1;
	ctl->words += taken;
	ctl->n_words -= taken;
	if (ctl->n_words > command->max_words)
		return wrong_usage("too many words from", ctl->words[command->max_words]);
	return command->run(ctl);
}

static const char *default_sockets(void)
{
	const char *set = getenv("SPOM_SOCKETS");
	return set != NULL && set[0] != '\0' ? set : "/run/spom";
}

/* Options may stand anywhere; "--" ends them. */
static enum ctl_exit parse(int argc, char **argv)
{
	const char *words[WORDS_MAX];
	struct ctl ctl = { default_sockets(), false, words, 0 };
	bool options = true;
	for (int i = 1; i < argc; i++) {
		if (options && is(argv[i], "--")) {
			options = false;
		} else if (options && is(argv[i], "--json")) {
			ctl.json = true;
		} else if (options && is(argv[i], "--socket")) {
			if (++i == argc)
				return wrong_usage("--socket needs a folder", "");
			ctl.sockets = argv[i];
		} else if (options && is(argv[i], "--help")) {
			return print_help(stdout, CTL_DONE);
		} else if (options && is(argv[i], "--version")) {
			(void)printf("spomctl %s\n", SPOM_VERSION);
			return CTL_DONE;
		} else if (options && argv[i][0] == '-') {
			return wrong_usage("there is no option", argv[i]);
		} else if (ctl.n_words == WORDS_MAX) {
			return wrong_usage("too many words from", argv[i]);
		} else {
			words[ctl.n_words++] = argv[i];
		}
	}
	return run(&ctl);
}

int main(int argc, char **argv)
{
	enum ctl_exit code = parse(argc, argv);
	if (fflush(stdout) != 0 || ferror(stdout) != 0) {
		(void)fputs("spomctl: the answer could not be written\n", stderr);
		return code == CTL_DONE ? CTL_REFUSED : (int)code;
	}
	return (int)code;
}
