/* front.h - one instance of front: what it knows of the house, and one exchange with a browser.
 *
 * Front holds nothing that lasts. It turns requests into messages and answers into pages; what may be done is decided elsewhere. */
#ifndef SPOM_FRONT_FRONT_H
#define SPOM_FRONT_FRONT_H
#include <semaphore.h>
#include <stdatomic.h>
#include "front/links.h"
#include "front/reply.h"
#include "front/request.h"
#include "text/web.h"

struct route;

/* What follows from one edition of the authority's settings. Those of before live on for requests under way, and until the end. */
struct dress {
	struct arena arena; /* of what follows */
	const struct msg_front_config *config;
	struct text theme;      /* the style sheet with the institution's colour */
	struct text theme_path; /* and its address */
	const char *policy;     /* the pages' Content-Security-Policy */
	struct text help_link;
	struct dress *former;
};

struct front {
	enum role instance; /* ROLE_DOOR, ROLE_CHECK or ROLE_BACK */
	const struct dress *_Atomic dress;
	const struct msg_front_config *_Atomic config; /* the dress's */
	struct dress *newest;
	const struct strings *strings;
	struct links links;   /* to the authority */
	const char *gate;     /* path of the gate's socket */
	sem_t turns;          /* logins that may still begin */
	atomic_uint waiting;  /* who waits for one of them */
	atomic_uint granting; /* services that wait for the callback of a proxy */
	atomic_uint leaving;  /* who has signed out, and waits for what the applications say */
	atomic_bool draining; /* every answer ends its connection */
};

/* Everything that belongs to one request. */
struct exchange {
	struct front *front;
	const struct route *route; /* NULL for an error before there was one */
	struct request *request;
	struct reply *reply;
	bool asked; /* the authority was: what came of it is its affair */
};

/* Fills a front from the authority's settings, which it takes a copy of. ERR_MALFORMED: settings that we cannot work with. The caller
 * has set instance, strings, links and gate. */
NODISCARD enum err front_init(struct front *front, const struct msg_front_config *config);

/* The same for a front that serves already, by one thread: what is seen on pages counts from the next request on. What the listener
 * and the edge rely on (port, threads, origins, the edge's secret, the time of a turn) stays, and is logged where it differs. On
 * failure everything stays. */
NODISCARD enum err front_renew(struct front *front, const struct msg_front_config *config);
void front_done(struct front *front);

/* Finds the route of a request whose body has that length; false: the reply says why it is not carried out, and the body is not
 * wanted. */
bool front_admit(struct exchange *exchange, uint64_t length);

/* Carries out a request that was admitted and has its body: the reply has a status then. */
void front_serve(struct exchange *exchange);

#endif
