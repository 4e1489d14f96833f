/* house.h - a gate with all that it needs, for tests: a fake authority, a PAM service, and a front that is this process. */
#ifndef SPOM_TESTS_GATE_HOUSE_H
#define SPOM_TESTS_GATE_HOUSE_H
#include <stdatomic.h>
#include "pam_spom/fake.h"

#define HOUSE_PASSWORD "right horse"
#define HOUSE_USER "Anna"

/* What the authority does; shared with its processes, so that a test may change it while they run. */
struct plan {
	unsigned children;
	unsigned turn_timeout_ms;
	unsigned door_uid;
	bool has_notice;                      /* after the password there is a second ask, */
	unsigned second;                      /* the one of that place in house_seconds */
	size_t answer_len, old_len, name_len; /* of the answer to it */
	bool account_refused;
	bool passed_refused;
	bool is_away;         /* connections are closed at once */
	enum refusal refusal; /* when not REFUSAL_INTERNAL: the answer to login_open */
	_Atomic unsigned opened, passed;
	uint64_t open_trace;
};

struct house {
	struct fake authority;
	pid_t gate;
	struct plan *plan;
};

/* Lines of the service file behind pam_spom's; the account phase likewise. %s is the foreign module. */
void house_start(struct house *house, const char *auth, const char *account);
void house_stop(struct house *house);

/* Another authority at the same place; the connections to the first one are dead. */
void house_restart_authority(struct house *house);

/* Only the parts; the service file's text is written as it is. */
void house_prepare(struct house *house);
void house_service(const char *text);
void house_gate(struct house *house, const char *log); /* starts it, does not wait; log NULL: discarded */
bool house_wait_ready(struct house *house);            /* false after 5 s */

/* The module lines that house_start writes before the others. */
const char *house_module(void);
/* The path of the foreign module of tests, built on the first use. */
const char *house_foreign(void);

/* One turn as front sends it. ask and password NULL: none. False: the gate closed the connection. */
bool house_turn(const char *ask, const char *password, struct arena *arena, struct wire_any *answer_r);
/* Only the name of its answer, "closed" for none. */
const char *house_turn_name(const char *ask, const char *password);

/* A turn with that reply, or none. */
bool house_reply(const struct msg_login_answer *reply, struct arena *arena, struct wire_any *answer_r);

/* The asks that may come second, one of each kind; the first one is a notice. All are "ask-2". */
const struct wire_any *house_seconds(unsigned *n_r);

/* Connects to the gate and reads its welcome. */
struct link house_link(void);

/* The gate's children, when all are there. */
unsigned house_children(const struct house *house, pid_t *pids, unsigned room);
void house_sleep_ms(int ms);

#endif
