/* every.h - a thread that does the same again and again, until it is stopped. */
#ifndef SPOM_AUTHORITY_EVERY_H
#define SPOM_AUTHORITY_EVERY_H
#include <pthread.h>
#include <stdbool.h>
#include "authority/directory/monitor.h"

struct every {
	struct monitor monitor;
	pthread_t thread;
	bool running;
	bool ending; /* inside the monitor */
	void (*run)(void *context);
	void *context;
	int64_t ms;
};

/* The first time after ms, then ms after the end of each. ERR_NO_MEMORY. */
NODISCARD enum err every_start(struct every *every, void (*run)(void *context), void *context, int64_t ms);

/* Waits for the end of a round; nothing where it was not started. */
void every_stop(struct every *every);

#endif
