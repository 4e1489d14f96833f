/* wait.h - waiting until another thread says something, but not for ever. */
#ifndef SPOM_BASE_WAIT_H
#define SPOM_BASE_WAIT_H
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* In so many milliseconds, on the clock of wait_more: one that nobody sets. */
struct timespec wait_end(int64_t in_ms);

/* Inside the lock, which is left meanwhile: waits for the next word. False: the end has come. True says nothing of what was said: look, and wait
 * again. The condition may have any clock. */
bool wait_more(pthread_cond_t *told, pthread_mutex_t *lock, const struct timespec *end);

#endif
