/* both.h - tests that run against the store in memory and against a real Redis: what the one does, the other does. */
#ifndef SPOM_TESTS_STORE_BOTH_H
#define SPOM_TESTS_STORE_BOTH_H
#include "unit.h"
#include "authority/keys/keys.h"
#include "authority/store/server.h"

extern struct store *store;       /* of the running test, empty at its beginning, its first epoch begun */
extern struct keys *store_keys;   /* by which its records are sealed */
extern struct server both_server; /* behind it, where it is Redis */

int both_start(void **state); /* of the group */
int both_stop(void **state);
int both_memory(void **state); /* of a test */
int both_redis(void **state);
int both_end(void **state);

/* Another authority on the same store: the same one, where it is memory. */
struct store *both_other(void);
void both_other_free(struct store **other);

#define BOTH(test) \
	{ #test "_memory", test, both_memory, both_end, NULL }, \
	{ \
#test "_redis", test, both_redis, both_end, NULL \
	}

struct store_key key_of(enum store_kind kind, uint32_t number);
struct bytes value_of(const char *string);

#endif
