#include "base/io.h"
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "base/clock.h"

static enum err address(const char *path, struct sockaddr_un *addr_r)
{
	size_t len = strlen(path);
	if (len == 0)
		return ERR_MALFORMED; /* would be an abstract socket, which anybody may listen on */
	if (len > IO_PATH_MAX)
		return ERR_TOO_LARGE;
	memset(addr_r, 0, sizeof *addr_r);
	addr_r->sun_family = AF_UNIX;
	memcpy(addr_r->sun_path, path, len + 1);
	return OK;
}

static enum err wait_for(int fd, short events, int64_t deadline_ms)
{
	for (;;) {
		struct pollfd entry = { .fd = fd, .events = events };
		int n = poll(&entry, 1, clock_left_ms(deadline_ms));
		if (n > 0)
			return OK;
		if (n == 0)
			return ERR_TIMEOUT;
		if (errno != EINTR)
			return ERR_IO;
	}
}

static enum err connect_error(void)
{
	switch (errno) {
	case ENOENT:
	case ECONNREFUSED:
		return ERR_UNREACHABLE;
	case EACCES:
	case EPERM:
		return ERR_FORBIDDEN;
	default:
		return ERR_IO;
	}
}

/* connect(2) on a Unix socket never goes on in the background: with a full queue it says EAGAIN, and there is
 * nothing to poll for. */
static enum err connect_until(int fd, const struct sockaddr_un *addr, int64_t deadline_ms)
{
	while (connect(fd, (const struct sockaddr *)addr, sizeof *addr) != 0) {
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return connect_error();
		if (clock_left_ms(deadline_ms) == 0)
			return ERR_BUSY;
		(void)poll(NULL, 0, 1);
	}
	return OK;
}

enum err io_connect(const char *path, int64_t deadline_ms, int *fd_r)
{
	struct sockaddr_un addr;
	enum err err = address(path, &addr);
	if (err != OK)
		return err;
	CLEANUP(io_close) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return ERR_IO;
	err = connect_until(fd, &addr, deadline_ms);
	if (err != OK)
		return err;
	*fd_r = fd;
	fd = -1;
	return OK;
}

static bool is_live(const char *path)
{
	CLEANUP(io_close) int fd = -1;
	enum err err = io_connect(path, clock_steady_ms(), &fd);
	return err == OK || err == ERR_BUSY;
}

static bool is_no_socket(const char *path)
{
	struct stat there;
	return lstat(path, &there) == 0 && !S_ISSOCK(there.st_mode);
}

static enum err bind_and_listen(int fd, const struct sockaddr_un *addr, int backlog)
{
	if (bind(fd, (const struct sockaddr *)addr, sizeof *addr) != 0)
		return ERR_IO;
	if (chmod(addr->sun_path, 0660) != 0)
		return ERR_IO;
	return listen(fd, backlog) == 0 ? OK : ERR_IO;
}

enum err io_listen(const char *path, int backlog, int *fd_r)
{
	struct sockaddr_un addr;
	enum err err = address(path, &addr);
	if (err != OK)
		return err;
	if (is_live(path) || is_no_socket(path))
		return ERR_EXISTS;
	if (unlink(path) != 0 && errno != ENOENT)
		return ERR_IO;
	CLEANUP(io_close) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return ERR_IO;
	err = bind_and_listen(fd, &addr, backlog);
	if (err != OK)
		return err;
	*fd_r = fd;
	fd = -1;
	return OK;
}

/* Reads what is there, at least a byte. */
static enum err read_some(int fd, void *bytes, size_t room, int64_t deadline_ms, size_t *len_r)
{
	for (;;) {
		ssize_t n = read(fd, bytes, room);
		if (n == 0) {
			errno = 0;
			return ERR_CLOSED;
		}
		if (n > 0) {
			*len_r = (size_t)n;
			return OK;
		}
		if (errno == EINTR)
			continue;
		if (errno == ECONNRESET)
			return ERR_CLOSED;
		if (errno != EAGAIN)
			return ERR_IO;
		enum err err = wait_for(fd, POLLIN, deadline_ms);
		if (err != OK)
			return err;
	}
}

enum err io_read(int fd, void *bytes, size_t len, int64_t deadline_ms)
{
	unsigned char *at = bytes;
	while (len > 0) {
		size_t n = 0;
		enum err err = read_some(fd, at, len, deadline_ms, &n);
		if (err != OK)
			return err;
		at += n;
		len -= n;
	}
	return OK;
}

enum err io_read_some(int fd, void *bytes, size_t room, int64_t deadline_ms, size_t *len_r)
{
	enum err err = wait_for(fd, POLLIN, deadline_ms);
	return err == OK ? read_some(fd, bytes, room, deadline_ms, len_r) : err;
}

enum err io_read_file(int fd, void *bytes, size_t room, size_t *len_r)
{
	size_t len = 0;
	while (len < room) {
		ssize_t n = read(fd, (unsigned char *)bytes + len, room - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ERR_IO;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	*len_r = len;
	return OK;
}

enum err io_write(int fd, const void *bytes, size_t len, int64_t deadline_ms)
{
	const unsigned char *at = bytes;
	while (len > 0) {
		ssize_t n = send(fd, at, len, MSG_NOSIGNAL);
		if (n >= 0) {
			at += n;
			len -= (size_t)n;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno == EPIPE || errno == ECONNRESET)
			return ERR_CLOSED;
		if (errno != EAGAIN)
			return ERR_IO;
		enum err err = wait_for(fd, POLLOUT, deadline_ms);
		if (err != OK)
			return err;
	}
	return OK;
}

enum err io_peer(int fd, uid_t *uid_r)
{
	struct ucred peer;
	socklen_t len = sizeof peer;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
		return ERR_IO;
	if (peer.uid == IO_UID_OVERFLOW)
		return ERR_FORBIDDEN;
	*uid_r = peer.uid;
	return OK;
}

void io_close(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}
