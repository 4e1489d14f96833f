#include "authority/alone.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/file.h>
#include <sys/stat.h>
#include "base/clock.h"
#include "base/io.h"
#include "log/log.h"

#define LOOK_MS 10

enum err alone_take(
    const char *state, int64_t deadline_ms, const volatile sig_atomic_t *is_asked_to_end, int *lock_r)
{
	if (mkdir(state, 0700) != 0 && errno != EEXIST)
		return ERR_CONFIG;
	CLEANUP(io_close) int lock = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (lock < 0)
		return ERR_CONFIG;
	for (bool is_told = false; flock(lock, LOCK_EX | LOCK_NB) != 0; is_told = true) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return ERR_IO;
		if (!is_told)
			log_line(LOG_LEVEL_INFO, "waiting_for_predecessor", 0, LOG_STR("state", state));
		if (*is_asked_to_end != 0)
			return ERR_CLOSED;
		if (clock_left_ms(deadline_ms) == 0)
			return ERR_BUSY;
		(void)poll(NULL, 0, LOOK_MS);
	}
	*lock_r = lock;
	lock = -1;
	return OK;
}
