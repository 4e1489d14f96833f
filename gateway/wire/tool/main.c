/* wiretool - prints the tables of the messages for whatever is not C: documentation, tests, fuzzers. Never installed. */
#include <stdio.h>
#include <string.h>
#include "wire/tool/tool.h"

struct command {
	const char *name;
	const char *help;
	int (*run)(const char *argument);
	bool takes_argument;
};

static const struct command COMMANDS[] = {
	{ "json", "the tables as JSON", tool_json, false },
	{ "doc", "the tables as a page in Markdown", tool_doc, false },
	{ "golden", "sample bodies of every message, for tests/unit/wire/golden", tool_golden, false },
	{ "senders", "every message and role, and whether it may send it", tool_senders, false },
	{ "dict", "a dictionary for libFuzzer", tool_dict, false },
	{ "corpus", "DIR: writes the fuzz corpus there, one file an input", tool_corpus, true },
};

static int usage(FILE *to, int status)
{
	(void)fprintf(to, "usage: wiretool COMMAND\n\n");
	for (size_t i = 0; i < COUNT(COMMANDS); i++)
		(void)fprintf(to, "  %-8s %s\n", COMMANDS[i].name, COMMANDS[i].help);
	return status;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return printf("wiretool %s\n", SPOM_VERSION) < 0;
	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return usage(stdout, 0);
	for (size_t i = 0; argc > 1 && i < COUNT(COMMANDS); i++) {
		const struct command *command = &COMMANDS[i];
		if (strcmp(argv[1], command->name) != 0 || argc != (command->takes_argument ? 3 : 2))
			continue;
		int status = command->run(argv[2]);
		return fflush(stdout) == 0 && ferror(stdout) == 0 ? status : 1;
	}
	return usage(stderr, 2);
}
