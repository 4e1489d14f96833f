/* house.h - a whole authority in this process, with its real sockets, for tests: everything real but the directory,
 * and the accounts and services in it (fake_directory.h, fake_account.h, fake_shelf.h). */
#ifndef SPOM_TESTS_HOUSE_H
#define SPOM_TESTS_HOUSE_H
#include "authority/authority.h"
#include "wire/link.h"

/* Starts it for a group of tests (cmocka's fixtures); all roles belong to this process's uid. */
int house_start(void **state);
int house_stop(void **state);

/* What its handlers work with. */
struct authority *house_authority(void);

/* Its settings, to be turned between two requests; nobody needs a second factor in the beginning. */
struct conf *house_conf(void);

/* Connects as a role. */
struct link house_link(enum role role);

/* The path of a role's socket. */
const char *house_path(enum role role);

/* Asks and gives the answer, on an arena that is erased by house_forget. */
struct wire_any house_ask(struct link *link, struct wire_any ask);
void house_forget(void);

/* The answer of that message, or the test fails saying what came instead. */
#define HOUSE_IS(m, any) ((const struct msg_##m *)house_must_be(wire_msg_##m(), (any), __FILE__, __LINE__))
const void *house_must_be(const struct wire_msg *msg, struct wire_any any, const char *file, int line);

#endif
