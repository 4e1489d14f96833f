#include "pam_spom/fake.h"
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/io.h"

#define FAKE_MS 20000

static jmp_buf next_connection;
static char folder[64];
static pid_t folder_of;

static void die(const char *what)
{
	perror(what);
	_exit(99);
}

NORETURN void fake_leave(struct peer *peer)
{
	(void)peer;
	longjmp(next_connection, 1);
}

static void serve_one(struct peer *peer, fake_script *script)
{
	if (setjmp(next_connection) == 0)
		script(peer);
	link_close(&peer->link);
	arena_done(&peer->arena);
}

static NORETURN void serve(int listener, fake_script *script, const void *arg, bool apart)
{
	static struct peer peer;
	static unsigned number;
	(void)signal(SIGCHLD, SIG_IGN);
	for (;;) {
		peer = (struct peer){ .link = LINK_CLOSED, .number = number++, .arg = arg };
		peer.link.fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
		if (peer.link.fd < 0)
			die("accept");
		if (!apart) {
			serve_one(&peer, script);
		} else if (fork() == 0) {
			(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
			(void)close(listener);
			serve_one(&peer, script);
			_exit(0);
		}
		link_close(&peer.link);
	}
}

static void begin(struct fake *fake, const char *path, fake_script *script, const void *arg, bool apart)
{
	int listener;
	if (io_listen(path, 64, &listener) != OK || fcntl(listener, F_SETFL, 0) != 0)
		die(path);
	pid_t parent = getpid();
	fake->pid = fork();
	if (fake->pid < 0)
		die("fork");
	if (fake->pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() == parent)
			serve(listener, script, arg, apart);
		_exit(0);
	}
	io_close(&listener);
}

void fake_start(struct fake *fake, const char *path, fake_script *script, const void *arg)
{
	begin(fake, path, script, arg, false);
}

void fake_start_apart(struct fake *fake, const char *path, fake_script *script, const void *arg)
{
	begin(fake, path, script, arg, true);
}

void fake_stop(struct fake *fake)
{
	if (fake->pid <= 0)
		return;
	(void)kill(fake->pid, SIGKILL);
	(void)waitpid(fake->pid, NULL, 0);
	fake->pid = 0;
}

void fake_welcome(struct peer *peer, enum role role)
{
	const struct msg_welcome welcome = { role, TEXT_LITERAL("test") };
	if (link_send(&peer->link, WIRE(welcome, &welcome), 0, 0, clock_steady_ms() + FAKE_MS) != OK)
		fake_leave(peer);
}

struct wire_any fake_receive_any(struct peer *peer)
{
	struct wire_any any;
	enum err err =
	    link_receive(&peer->link, &peer->arena, clock_steady_ms() + FAKE_MS, &peer->frame, &any);
	if (err != OK)
		fake_leave(peer);
	return any;
}

const void *fake_receive(struct peer *peer, enum wire_tag tag)
{
	struct wire_any any = fake_receive_any(peer);
	if (any.msg->tag != tag)
		fake_leave(peer);
	return any.at;
}

void fake_send(struct peer *peer, struct wire_any any)
{
	if (link_send(
		&peer->link, any, peer->frame.request, peer->frame.trace, clock_steady_ms() + FAKE_MS) != OK)
		fake_leave(peer);
}

void fake_send_bytes(struct peer *peer, const void *bytes, size_t len)
{
	if (io_write(peer->link.fd, bytes, len, clock_steady_ms() + FAKE_MS) != OK)
		fake_leave(peer);
}

static void remove_folder(const char *path)
{
	DIR *list = opendir(path);
	for (struct dirent *entry; list != NULL && (entry = readdir(list)) != NULL;) {
		char name[400];
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
		if (unlink(name) != 0)
			remove_folder(name);
	}
	if (list != NULL)
		(void)closedir(list);
	(void)rmdir(path);
}

static void remove_ours(void)
{
	if (getpid() == folder_of)
		remove_folder(folder);
}

const char *fake_folder(void)
{
	if (folder[0] != '\0')
		return folder;
	(void)snprintf(folder, sizeof folder, "/tmp/spom-unit-XXXXXX");
	if (mkdtemp(folder) == NULL || chmod(folder, 0755) != 0)
		die("mkdtemp");
	folder_of = getpid();
	(void)atexit(remove_ours);
	return folder;
}

const char *fake_path(const char *name)
{
	static char paths[8][120];
	static unsigned next;
	char *path = paths[next++ % COUNT(paths)];
	(void)snprintf(path, sizeof paths[0], "%s/%s", fake_folder(), name);
	return path;
}

void fake_write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");
	if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
		die(path);
}
