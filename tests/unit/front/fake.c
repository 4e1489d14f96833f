#include "front/fake.h"
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/arena.h"
#include "base/clock.h"
#include "base/io.h"

#define CONNECTIONS_MAX 32
#define LOOK_MS 10

struct fake {
	enum role role;
	fake_answer answer;
	pthread_t thread;
	atomic_bool ends, drops;
	atomic_uint connections;
	int listener;
	struct link links[CONNECTIONS_MAX];
	unsigned n;
};

static int64_t soon(void)
{
	return clock_steady_ms() + 2000;
}

static void welcome(struct fake *fake)
{
	int fd = accept4(fake->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct msg_welcome welcome = { fake->role, TEXT_LITERAL("test") };
	if (fd < 0 || fake->n == CONNECTIONS_MAX)
		abort();
	struct link *link = &fake->links[fake->n++];
	*link = (struct link){ .fd = fd };
	atomic_fetch_add(&fake->connections, 1);
	if (link_send(link, WIRE(welcome, &welcome), 0, 0, soon()) != OK)
		abort();
}

static void leave(struct fake *fake, unsigned i)
{
	link_close(&fake->links[i]);
	fake->links[i] = fake->links[--fake->n];
}

static void serve(struct fake *fake, unsigned i)
{
	struct arena arena = { 0 };
	struct frame frame;
	struct wire_any ask, answer;
	bool goes_on = link_receive(&fake->links[i], &arena, soon(), &frame, &ask) == OK &&
		       fake->answer(ask, &arena, &answer) &&
		       link_send(&fake->links[i], answer, frame.request, frame.trace, soon()) == OK;
	arena_done(&arena);
	if (!goes_on)
		leave(fake, i);
}

static void look(struct fake *fake)
{
	struct pollfd fds[CONNECTIONS_MAX + 1] = { { .fd = fake->listener, .events = POLLIN } };
	unsigned n = fake->n;
	for (unsigned i = 0; i < n; i++)
		fds[i + 1] = (struct pollfd){ .fd = fake->links[i].fd, .events = POLLIN };
	if (poll(fds, n + 1, LOOK_MS) <= 0)
		return;
	for (unsigned i = n; i-- > 0;)
		if (fds[i + 1].revents != 0)
			serve(fake, i);
	if (fds[0].revents != 0)
		welcome(fake);
}

static void *run(void *at)
{
	struct fake *fake = at;
	while (!atomic_load(&fake->ends)) {
		look(fake);
		if (atomic_load(&fake->drops)) {
			while (fake->n > 0)
				leave(fake, 0);
			atomic_store(&fake->drops, false);
		}
	}
	while (fake->n > 0)
		leave(fake, 0);
	return NULL;
}

struct fake *fake_start(const char *path, enum role role, fake_answer answer)
{
	struct fake *fake = calloc(1, sizeof *fake);
	if (fake == NULL || io_listen(path, 64, &fake->listener) != OK)
		abort();
	fake->role = role;
	fake->answer = answer;
	if (pthread_create(&fake->thread, NULL, run, fake) != 0)
		abort();
	return fake;
}

void fake_drop_all(struct fake *fake)
{
	atomic_store(&fake->drops, true);
	while (atomic_load(&fake->drops))
		usleep(1000);
}

unsigned fake_connections(const struct fake *fake)
{
	return atomic_load(&fake->connections);
}

void fake_end(struct fake **fake)
{
	atomic_store(&(*fake)->ends, true);
	pthread_join((*fake)->thread, NULL);
	io_close(&(*fake)->listener);
	free(*fake);
	*fake = NULL;
}
