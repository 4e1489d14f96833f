/* seedtool - what a demo, a test or a measurement finds there already, made by the authority's own code. Never installed. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "authority/tool/seed.h"

enum err seed_lines(enum err (*take)(void *context, char *line), void *context)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	enum err err = OK;
	while (err == OK && (len = getline(&line, &size, stdin)) > 0) {
		if (line[len - 1] == '\n')
			line[len - 1] = '\0';
		err = take(context, line);
	}
	free(line);
	return err == OK && (fflush(stdout) != 0 || ferror(stdout)) ? ERR_IO : err;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return printf("seedtool %s\n", SPOM_VERSION) < 0;
	bool named = argc == 4;
	enum err err = ERR_NOT_FOUND;
	if (argc == 3)
		err = seed_accounts(argv[1], argv[2]);
	else if (named && strcmp(argv[1], "sessions") == 0)
		err = seed_sessions(argv[2], argv[3]);
	else if (named && strcmp(argv[1], "services") == 0)
		err = seed_services(argv[2], argv[3]);
	else
		return fprintf(stderr, "usage: seedtool MASTER-KEY-FILE BASE <people >ldif\n"
				       "       seedtool sessions SETTINGS ORIGIN <people >sessions\n"
				       "       seedtool services MASTER-KEY-FILE BASE <services >ldif\n") > 0
			   ? 2
			   : 3;
	if (err != OK)
		(void)fprintf(stderr, "seedtool: %s\n", err_text(err));
	return err != OK;
}
