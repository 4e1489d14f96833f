/* fake.h - an authority that follows a test's script, in a process of its own, behind the real interface: a socket and
 * frames. */
#ifndef SPOM_TESTS_FAKE_H
#define SPOM_TESTS_FAKE_H
#include <sys/types.h>
#include "base/arena.h"
#include "wire/link.h"

/* One connection. A script that meets what it does not expect leaves (the connection closes), which no client can take for a
 * yes. */
struct peer {
	struct link link;
	struct arena arena;
	struct frame frame; /* the last one received */
	unsigned number;    /* of the connection, from 0 */
	const void *arg;
};

typedef void fake_script(struct peer *peer);

struct fake {
	pid_t pid;
};

/* Listens at path and serves one connection after the other. */
void fake_start(struct fake *fake, const char *path, fake_script *script, const void *arg);

/* The same with a process for each connection. */
void fake_start_apart(struct fake *fake, const char *path, fake_script *script, const void *arg);

/* Ends it with SIGKILL. */
void fake_stop(struct fake *fake);

/* For scripts. */
void fake_welcome(struct peer *peer, enum role role);
const void *fake_receive(struct peer *peer, enum wire_tag tag); /* the struct of that message */
struct wire_any fake_receive_any(struct peer *peer);
void fake_send(struct peer *peer, struct wire_any any);
void fake_send_bytes(struct peer *peer, const void *bytes, size_t len);
NORETURN void fake_leave(struct peer *peer); /* closes and waits for the next connection */

/* A folder for sockets and service files, gone with the process that made it; short enough for a socket's path. */
const char *fake_folder(void);

/* The path of a name in it, in one of a few buffers. */
const char *fake_path(const char *name);

void fake_write_file(const char *path, const char *text);

#endif
