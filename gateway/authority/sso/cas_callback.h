/* cas_callback.h - private to sso: whether a service that wants proxy-granting tickets is at its address (CAS Protocol 3.0, section 2.5.4).
 *
 * We have no way out: spom-courier asks for us, and tells us what it was answered. Who waits for that has a thread of POOL_COURIER, so nobody
 * else waits with him; so many may wait at once, and half of them for one service. */
#ifndef SPOM_AUTHORITY_SSO_CAS_CALLBACK_H
#define SPOM_AUTHORITY_SSO_CAS_CALLBACK_H
#include "authority/call/call.h"

#define CAS_CALLBACKS_MAX 16u
#define CAS_CALLBACK_MS 5000 /* for so long; the courier gives up before */

/* Asks a service at that address, with that query behind what it has. NULL: it answered 200 over TLS that is trusted; else why it does not count (a
 * literal). */
NODISCARD const char *cas_callback_ask(struct text service, struct text to, struct secret query);

#endif
