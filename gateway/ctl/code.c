#include "ctl/code.h"
#include <string.h>
#include "ctl/terminal.h"

#define CODE_MAX 64u

/* People type codes in groups. */
static size_t without_blanks(char *line)
{
	size_t len = 0;
	for (const char *at = line; *at != '\0'; at++)
		if (*at != ' ' && *at != '\r')
			line[len++] = *at;
	return len;
}

enum err code_ask(struct arena *arena, struct secret *code_r)
{
	char line[CODE_MAX + 1] = "";
	enum err err = terminal_hidden("Verification code: ", line, sizeof line);
	size_t len = err == OK ? without_blanks(line) : 0;
	if (len > 0)
		*code_r = secret_copy(arena, line, len);
	explicit_bzero(line, sizeof line);
	if (len == 0)
		return err == OK ? ERR_CLOSED : err;
	return code_r->at != NULL ? OK : ERR_NO_MEMORY;
}
