/* call.h - one call of a function of the module: whom it serves, its connection, its memory, its deadlines.
 *
 * Everything lives on the caller's stack and on the arena; nothing is static. A call begins, has its conversation, and ends;
 * call_end erases whatever was said. */
#ifndef SPOM_PAM_CALL_H
#define SPOM_PAM_CALL_H
#include <security/pam_modules.h>
#include "args.h"
#include "base/arena.h"
#include "wire/link.h"

/* What a call came to. Only module.c turns it into a PAM result. */
enum outcome {
	OUTCOME_DENIED,
	OUTCOME_UNAVAILABLE, /* nobody could be asked */
	OUTCOME_INCOMPLETE,  /* the application has no answer yet */
	OUTCOME_ALLOWED,
};

/* What all waiting for the authority in one call may sum up to (less than the gate gives a turn), and what the call may take
 * with the person's thinking. */
#define CALL_AUTHORITY_MS 12000
#define CALL_PERSON_MS 600000

struct call {
	pam_handle_t *pamh;
	bool is_silent;  /* PAM_SILENT: say nothing */
	bool is_talking; /* something was said on the link that is not to be said again on another one */
	struct args args;
	struct link link;
	struct arena arena;
	uint64_t trace;
	int64_t left_ms; /* of CALL_AUTHORITY_MS */
	int64_t end_ms;  /* steady clock */
};

/* False: the module's arguments are wrong. call_end is due in both cases. */
NODISCARD bool call_begin(struct call *call, pam_handle_t *pamh, int flags, int argc, const char **argv);
void call_end(struct call *call);

/* Connects; the other side must take us for a gate or a PAM host. Any fault is logged, and ERR_UNREACHABLE. */
NODISCARD enum err call_open(struct call *call);

/* Asks the authority; the first question of a conversation goes to its successor when it was being replaced. ERR_FORBIDDEN: what the application or the person gave does not fit into the message; every other
 * fault is logged, and ERR_UNREACHABLE. */
NODISCARD enum err call_ask(struct call *call, struct wire_any ask, struct wire_any *answer_r);

/* The outcome of a fault of call_open or call_ask, after telling the person. */
enum outcome call_fault(struct call *call, enum err err);

/* Tells the person why not, by a text id: on a terminal as a sentence. */
void call_say(struct call *call, int style, struct text id, struct text name, uint64_t count);

/* Shows a line of somebody else's words as it is. */
void call_show(struct call *call, int style, struct text words);

/* Hands a message over to the gate without waiting for an answer. */
NODISCARD bool call_tell_gate(struct call *call, struct wire_any any);

/* Says a refusal (login_denied, refused) to whomever we serve; the outcome is never OUTCOME_ALLOWED. */
enum outcome call_refused(struct call *call, struct wire_any answer);

/* A PAM item that is a string, borrowed; absent when it is not set or empty. */
struct text call_item(const struct call *call, int item);

/* The name of the service, by argument or application. */
struct text call_service(const struct call *call);

/* Whether PAM_USER is still this name (SECURITY: read at start and end, and compared); logged when not. */
bool call_user_is(const struct call *call, struct text user);

#endif
