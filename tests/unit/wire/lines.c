#include "unit.h"
#include <stdlib.h>
#include <string.h>
#include "wire/lines.h"

FILE *lines_open(const char *file)
{
	FILE *opened = fopen(file, "re");
	if (opened == NULL)
		fail_msg("%s cannot be opened; run the tests in the tree's root", file);
	return opened;
}

static FILE *wiretool(const char *command)
{
	const char *folder = getenv("SPOM_BIN_DIR");
	char line[600];
	(void)snprintf(line, sizeof line, "'%s/wiretool' %s", folder != NULL ? folder : "build/bin", command);
	FILE *pipe = popen(line, "re");
	assert_non_null(pipe);
	return pipe;
}

static char *next(FILE *from, char **line, size_t *room)
{
	if (getline(line, room, from) < 0)
		return NULL;
	(*line)[strcspn(*line, "\n")] = '\0';
	return *line;
}

/* Compares to the end or the first difference, of which it gives the line's number; 0: there is none. */
static unsigned compare(FILE *is, FILE *was, char *text, size_t room)
{
	char *is_line = NULL, *was_line = NULL;
	size_t is_room = 0, was_room = 0;
	unsigned number = 0, different = 0;
	const char *now = "", *before = "";
	while (different == 0 && now != NULL) {
		now = next(is, &is_line, &is_room);
		before = next(was, &was_line, &was_room);
		number++;
		if ((now == NULL) != (before == NULL) || (now != NULL && strcmp(now, before) != 0))
			different = number;
	}
	(void)snprintf(text, room, "  there: %.300s\n  tables: %.300s", before != NULL ? before : "(end)",
	    now != NULL ? now : "(end)");
	free(is_line);
	free(was_line);
	return different;
}

void lines_compare(const char *command, const char *file)
{
	char text[700];
	FILE *is = wiretool(command), *was = lines_open(file);
	unsigned different = compare(is, was, text, sizeof text);
	int status = pclose(is);
	(void)fclose(was);
	if (different != 0)
		fail_msg("%s:%u differs from the tables.\n%s\nIf the tables are meant to change: "
			 "build/bin/wiretool %s > %s",
		    file, different, text, command, file);
	assert_int_equal(status, 0);
}
