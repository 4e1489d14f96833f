/* link.h - a blocking connection to a program of ours, for those who ask: front, gate, the module, spomctl.
 *
 * One request at a time; the answer is matched by its request id. A link belongs to one thread at a time. After any error
 * but ERR_MALFORMED of the own message it is of no further use: close it. */
#ifndef SPOM_WIRE_LINK_H
#define SPOM_WIRE_LINK_H
#include "wire/frame.h"

struct link {
	int fd; /* -1: closed */
	uint32_t next_request;
	enum role role; /* whom the other side takes us for */
};

#define LINK_CLOSED ((struct link){ .fd = -1 })

/* How long a welcome is waited for at most. Where somebody else holds the listener (systemd), a program that is being replaced comes back
 * within a second, and one that cannot come back would have those who ask wait for nothing. */
#define LINK_WELCOME_MS 5000

/* Where a link leads, and whom the other side must take us for. */
struct link_end {
	const char *path;
	enum role role;
};

/* Connects and reads the welcome. Errors as io_connect; ERR_STALE: the other side speaks another dialect; ERR_CLOSED: it ended before it
 * had said anything. */
NODISCARD enum err link_open(struct link *link, const char *path, int64_t deadline_ms);

/* Whether the other side has not closed it meanwhile. Costs one system call. */
bool link_is_live(const struct link *link);

/* Sends a message and waits for its answer, which lies with its frame on the arena. ERR_UNREAD: the other side ended before it took the
 * question, which may be asked again elsewhere; ERR_CLOSED: it took it, and may have done it. */
NODISCARD enum err link_ask(struct link *link, struct wire_any ask, uint64_t trace, struct arena *arena,
    int64_t deadline_ms, struct wire_any *answer_r);

/* Asks over *link, which is opened first where it is closed. What the other side did not take, because it was being replaced, is asked again
 * over a new connection; what it took never is. ERR_FORBIDDEN: it takes us for somebody else. Closed behind an error. */
NODISCARD enum err link_call(struct link *link, const struct link_end *end, struct wire_any ask,
    uint64_t trace, struct arena *arena, int64_t deadline_ms, struct wire_any *answer_r);

/* One frame in either direction, for those who serve blockingly (the gate's children). */
NODISCARD enum err link_send(
    struct link *link, struct wire_any any, uint32_t request, uint64_t trace, int64_t deadline_ms);
NODISCARD enum err link_receive(struct link *link, struct arena *arena, int64_t deadline_ms,
    struct frame *frame_r, struct wire_any *any_r);

void link_close(struct link *link);

#endif
