/* outside.h - where an address may lead that nobody at this campus has written: to the public Internet, and never into the campus's own network. */
#ifndef SPOM_COURIER_OUTSIDE_H
#define SPOM_COURIER_OUTSIDE_H
#include <stdbool.h>
#include <sys/socket.h>

/* Whether that address is public. It is the one that is connected to, not what a name was a moment before. False also for what is neither IPv4 nor
 * IPv6. */
bool outside_has(const struct sockaddr *address);

#endif
