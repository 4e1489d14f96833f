#include "ctl/terminal.h"
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include "base/io.h"

#define INTERRUPT '\003' /* Ctrl-C, while no signal is made of it */

/* One line, byte by byte: what stands behind it in a pipe belongs to somebody else. */
static enum err read_line(int fd, bool hidden, char *room, size_t size)
{
	size_t len = 0;
	bool nul = false;
	char byte;
	ssize_t n;
	while ((n = read(fd, &byte, 1)) == 1 && byte != '\n') {
		if (hidden && byte == INTERRUPT)
			return ERR_CLOSED;
		nul |= byte == '\0';
		if (len < size)
			room[len] = byte;
		len++;
	}
	if (n != 1 && len == 0)
		return ERR_CLOSED;
	if (len >= size)
		return ERR_TOO_LARGE;
	room[len > 0 && room[len - 1] == '\r' ? len - 1 : len] = '\0';
	return nul ? ERR_MALFORMED : OK;
}

enum err terminal_line(char *room, size_t size)
{
	return read_line(STDIN_FILENO, false, room, size);
}

/* Signals would end the program and leave the terminal silent. */
static enum err read_silently(int fd, const char *prompt, char *room, size_t size)
{
	struct termios kept, silent;
	if (tcgetattr(fd, &kept) != 0)
		return ERR_CLOSED;
	silent = kept;
	silent.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ISIG);
	silent.c_cc[VEOL] = INTERRUPT; /* which so is read at once */
	(void)tcsetattr(fd, TCSAFLUSH, &silent);
	(void)!write(fd, prompt, strlen(prompt));
	enum err err = read_line(fd, true, room, size);
	(void)tcsetattr(fd, TCSAFLUSH, &kept);
	(void)!write(fd, "\n", 1);
	return err;
}

enum err terminal_hidden(const char *prompt, char *room, size_t size)
{
	CLEANUP(io_close) int terminal = -1;
	if (isatty(STDIN_FILENO))
		terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	return terminal >= 0 ? read_silently(terminal, prompt, room, size) : terminal_line(room, size);
}
