#include "gate/child.h"
#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"
#include "gate/turn.h"
#include "log/log.h"

/* A front sends its turn with the connection and reads the answer at once. */
#define FRAME_MS 1000

static enum err receive_turn(
    struct child *child, struct link *front, struct frame *frame_r, struct wire_any *turn_r)
{
	int64_t deadline_ms = clock_steady_ms() + FRAME_MS;
	const struct msg_welcome welcome = { ROLE_DOOR, TEXT_LITERAL(SPOM_VERSION) };
	enum err err = link_send(front, WIRE(welcome, &welcome), 0, 0, deadline_ms);
	if (err == OK)
		err = link_receive(front, &child->arena, deadline_ms, frame_r, turn_r);
	if (err == OK && turn_r->msg->tag != TAG_turn)
		err = ERR_FORBIDDEN;
	return err;
}

/* One turn from front's connection to the answer on it. */
static void serve_turn(struct child *child, struct link *front)
{
	struct frame frame;
	struct wire_any turn;
	enum err err = receive_turn(child, front, &frame, &turn);
	if (err != OK) {
		/* somebody who only looks whether we are there leaves again */
		log_line(err == ERR_CLOSED ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARNING, "bad_turn", 0,
		    LOG_STR("error", err_text(err)));
		return;
	}
	struct wire_any answer =
	    turn_run(child->settings, &child->authority, turn.at, frame.trace, &child->arena);
	err = link_send(front, answer, frame.request, frame.trace, clock_steady_ms() + FRAME_MS);
	log_line(err == OK ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARNING, "turn", frame.trace,
	    LOG_STR("answer", answer.msg->name), LOG_STR("sent", err_text(err)));
}

static bool wait_for(pid_t pid, int *status_r)
{
	while (waitpid(pid, status_r, 0) < 0)
		if (errno != EINTR)
			return false;
	return true;
}

/* With foreign modules in the stack: what they leave behind in a process ends with the turn. It has its own connection to the
 * authority, since an answer that it did not read would be the next turn's. */
static void serve_turn_apart(struct child *child, struct link *front)
{
	pid_t parent = getpid();
	pid_t pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() == parent)
			serve_turn(child, front);
		arena_done(&child->arena);
		_exit(0);
	}
	int status = 0;
	if (pid < 0 || !wait_for(pid, &status))
		log_line(LOG_LEVEL_ERROR, "no_process_for_turn", 0, LOG_STR("error", strerror(errno)));
	else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		log_line(
		    LOG_LEVEL_ERROR, "turn_died", 0, LOG_NUMBER("pid", pid), LOG_NUMBER("status", status));
}

static bool is_door(const struct child *child, int fd)
{
	uid_t uid = IO_UID_OVERFLOW;
	if (io_peer(fd, &uid) == OK && uid == child->settings->door_uid)
		return true;
	log_line(LOG_LEVEL_WARNING, "peer_refused", 0, LOG_NUMBER("uid", uid));
	return false;
}

void child_serve(void *context, int fd)
{
	struct child *child = context;
	struct link front = { .fd = fd, .role = ROLE_DOOR };
	if (is_door(child, fd)) {
		if (child->settings->has_foreign)
			serve_turn_apart(child, &front);
		else
			serve_turn(child, &front);
	}
	link_close(&front);
	arena_reset(&child->arena);
}

bool child_begin(void *context)
{
	const struct child *child = context;
	(void)turn_hold_modules(child->settings);
	return true;
}
