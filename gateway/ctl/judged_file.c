#include "ctl/judged_file.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/io.h"

#define PROGRAM "spom-judge"
#define PATH_BYTES 4096u
#define READ_MS 600000 /* the largest file, on a slow machine */
#define LANGUAGE "en"  /* as feeds have it: of what services are called */

extern char **environ;

/* The one of this release: it lies where we do. */
static bool find_program(char path[PATH_BYTES])
{
	ssize_t len = readlink("/proc/self/exe", path, PATH_BYTES - sizeof PROGRAM);
	if (len <= 0)
		return false;
	path[len] = '\0';
	char *slash = strrchr(path, '/');
	if (slash == NULL)
		return false;
	memcpy(slash + 1, PROGRAM, sizeof PROGRAM);
	return true;
}

static bool give(posix_spawn_file_actions_t *actions, int file, int socket)
{
	return posix_spawn_file_actions_adddup2(actions, file, STDIN_FILENO) == 0 &&
	       posix_spawn_file_actions_adddup2(actions, socket, STDOUT_FILENO) == 0;
}

static enum err begin(int file, int socket, pid_t *judge_r)
{
	char path[PATH_BYTES];
	char *const arguments[] = { (char[]){ PROGRAM }, (char[]){ "--aggregate" }, NULL };
	posix_spawn_file_actions_t actions;
	if (!find_program(path))
		return ERR_UNREACHABLE;
	if (posix_spawn_file_actions_init(&actions) != 0)
		return ERR_NO_MEMORY;
	bool begun = give(&actions, file, socket) &&
		     posix_spawn(judge_r, path, &actions, NULL, arguments, environ) == 0;
	(void)posix_spawn_file_actions_destroy(&actions);
	return begun ? OK : ERR_UNREACHABLE;
}

static enum err receive(
    struct judged_file *judged, struct arena *arena, enum wire_tag wanted, const void **told_r)
{
	struct frame frame;
	struct wire_any told;
	enum err err = link_receive(&judged->link, arena, clock_steady_ms() + READ_MS, &frame, &told);
	if (err == OK && told.msg->tag != wanted)
		err = ERR_MALFORMED;
	if (err == OK)
		*told_r = told.at;
	return err;
}

enum err judged_file_open(struct judged_file *judged, const char *path, struct bytes certificate,
    struct arena *arena, const struct msg_aggregate_head **head_r)
{
	const struct msg_judge_aggregate ask = { certificate, TEXT_LITERAL(LANGUAGE) };
	const void *head;
	int sockets[2];
	*judged = (struct judged_file){ -1, LINK_CLOSED };
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, sockets) != 0)
		return ERR_IO;
	judged->link.fd = sockets[0];
	CLEANUP(io_close) int file = open(path, O_RDONLY | O_CLOEXEC);
	enum err err = file >= 0 ? begin(file, sockets[1], &judged->judge) : ERR_NOT_FOUND;
	io_close(&sockets[1]);
	if (err == OK)
		err =
		    link_send(&judged->link, WIRE(judge_aggregate, &ask), 0, 0, clock_steady_ms() + READ_MS);
	if (err == OK)
		err = receive(judged, arena, TAG_aggregate_head, &head);
	if (err == OK)
		*head_r = head;
	return err;
}

enum err judged_file_next(
    struct judged_file *judged, struct arena *arena, const struct msg_aggregate_entity **entity_r)
{
	const void *entity;
	enum err err = receive(judged, arena, TAG_aggregate_entity, &entity);
	if (err == OK)
		*entity_r = entity;
	return err;
}

void judged_file_close(struct judged_file *judged)
{
	link_close(&judged->link);
	if (judged->judge > 0)
		(void)kill(judged->judge, SIGKILL); /* it may be in the middle of something that never ends */
	while (judged->judge > 0 && waitpid(judged->judge, NULL, 0) < 0 && errno == EINTR)
		continue;
	judged->judge = -1;
}
