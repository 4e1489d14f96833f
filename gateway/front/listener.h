/* listener.h - private to http.c: the library's listening socket. The library takes no socket from outside and gives none out of its hands
 * but by ending everything. What it polls and accepts from is a number, though, and behind a number another file can be put: a socket of
 * systemd's at the start, so that connections wait for our successor instead of being refused, and one at which nobody ever comes
 * when we drain. */
#ifndef SPOM_FRONT_LISTENER_H
#define SPOM_FRONT_LISTENER_H
#include <stdbool.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/err.h"

#define LISTENER_FAULT_SIZE 120

/* Whether a socket given to us listens on 127.0.0.1 at that port; ERR_CONFIG and a sentence if not. Makes it non-blocking: who drains and
 * who comes after both wait at it, and one of them finds nothing. */
NODISCARD enum err listener_check(
    int given, const char *name, uint64_t port, char fault[LISTENER_FAULT_SIZE]);

/* The only IPv4 socket of this process that listens, besides given (-1: none). ERR_NOT_FOUND. */
NODISCARD enum err listener_find(int given, int *listener_r);

/* Puts what is open as `by` behind the number of the listener. is_own: nobody else has the socket that was there, which is refused from now on
 * to whoever would connect; else it goes on listening for others. ERR_IO. */
NODISCARD enum err listener_replace(int listener, int by, bool is_own);

/* Whether a connection of anybody is open among the descriptors up to last: also one that the library has accepted, and for which none of its
 * threads has found the time yet. This process has no other IPv4 sockets. */
bool listener_has_taken(int last);

/* Puts something there at which nobody comes. */
NODISCARD enum err listener_retire(int listener, bool is_own);

#endif
