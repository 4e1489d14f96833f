#include "ctl/code.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include "base/io.h"

#define CODE_MAX 64u

/* One line, byte by byte: what stands behind it in a pipe belongs to somebody else. */
static size_t read_line(int fd, char line[CODE_MAX])
{
	size_t len = 0;
	char byte;
	while (read(fd, &byte, 1) == 1 && byte != '\n')
		if (byte != ' ' && byte != '\r' && len < CODE_MAX)
			line[len++] = byte;
	return len;
}

static size_t read_terminal(int fd, char line[CODE_MAX])
{
	static const char PROMPT[] = "Verification code: ";
	struct termios kept, silent;
	if (tcgetattr(fd, &kept) != 0)
		return 0;
	silent = kept;
	silent.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	(void)tcsetattr(fd, TCSAFLUSH, &silent);
	(void)!write(fd, PROMPT, sizeof PROMPT - 1);
	size_t len = read_line(fd, line);
	(void)tcsetattr(fd, TCSAFLUSH, &kept);
	(void)!write(fd, "\n", 1);
	return len;
}

enum err code_ask(struct arena *arena, struct secret *code_r)
{
	char line[CODE_MAX];
	CLEANUP(io_close) int terminal = -1;
	if (isatty(STDIN_FILENO))
		terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	size_t len = terminal >= 0 ? read_terminal(terminal, line) : read_line(STDIN_FILENO, line);
	if (len == 0)
		return ERR_CLOSED;
	*code_r = secret_copy(arena, line, len);
	explicit_bzero(line, sizeof line);
	return code_r->at != NULL ? OK : ERR_NO_MEMORY;
}
