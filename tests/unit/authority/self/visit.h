/* visit.h - people who are signed in already, for tests of the pages behind the sign-in. */
#ifndef SPOM_TESTS_SELF_VISIT_H
#define SPOM_TESTS_SELF_VISIT_H
#include "authority/house.h"
#include "authority/store/store.h"

struct visit {
	struct secret token, csrf;
	struct store_key key;
};

/* The setup of a test: everybody and the record of the audit as at the beginning. */
int visit_fresh(void **state);

/* Signs ada, max, ... in, as a browser of that name from that address. */
struct visit visit_begin(const char *user, const char *browser, const char *address);

/* Asks as the door, and forgets the connection. */
struct wire_any visit_ask(struct wire_any ask);

/* Whether the answer is that refusal. */
bool visit_is_refused(struct wire_any any, enum refusal reason);

/* The text id of a `done`, and field and text id of the only problem, as "field:text"; "" when the answer is something else. */
const char *visit_done(struct wire_any any);
const char *visit_problem(struct wire_any any);

struct secret visit_secret(const char *string);

#endif
