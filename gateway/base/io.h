/* io.h - descriptors with deadlines.
 *
 * Every function restarts after EINTR and never raises SIGPIPE. Deadlines are points of clock_steady_ms. */
#ifndef SPOM_BASE_IO_H
#define SPOM_BASE_IO_H
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/attr.h"
#include "base/err.h"

/* Unix socket paths are bounded by the kernel (107 bytes); ours by the contract. */
#define IO_PATH_MAX 100

/* The uid that a peer in a foreign user namespace shows: nobody's, refused in io_peer. */
#define IO_UID_OVERFLOW 65534u

/* Connects to a Unix stream socket; *fd_r is non-blocking and close-on-exec. ERR_UNREACHABLE: nobody listens there;
 * ERR_BUSY: its queue was full until the deadline; ERR_FORBIDDEN: not ours to open; ERR_TOO_LARGE, ERR_MALFORMED (empty):
 * the path. */
NODISCARD enum err io_connect(const char *path, int64_t deadline_ms, int *fd_r);

/* Makes a Unix stream socket at path (mode 0660; replaces a dead one), listening; non-blocking, close-on-exec. The
 * group is the folder's, which is set-group-id. ERR_EXISTS: a live program listens there, or path is no socket. */
NODISCARD enum err io_listen(const char *path, int backlog, int *fd_r);

/* Reads exactly len bytes from a non-blocking descriptor. ERR_CLOSED: the end came first; errno is ECONNRESET then where the other side
 * of a Unix socket ended before it had read all that it was sent, else 0. */
NODISCARD enum err io_read(int fd, void *bytes, size_t len, int64_t deadline_ms);

/* Waits until there is something to read, which takes a moment, and reads as much of it as there is room for, above 0. Errors as io_read. */
NODISCARD enum err io_read_some(int fd, void *bytes, size_t room, int64_t deadline_ms, size_t *len_r);

/* Reads a file to its end, or until the room is full. */
NODISCARD enum err io_read_file(int fd, void *bytes, size_t room, size_t *len_r);

/* Writes all len bytes to a non-blocking socket. ERR_CLOSED: the other side is gone. */
NODISCARD enum err io_write(int fd, const void *bytes, size_t len, int64_t deadline_ms);

/* The uid at the other end of a Unix socket; ERR_FORBIDDEN for IO_UID_OVERFLOW. */
NODISCARD enum err io_peer(int fd, uid_t *uid_r);

/* Closes *fd if it is one, and sets it to -1. For CLEANUP. */
void io_close(int *fd);

#endif
