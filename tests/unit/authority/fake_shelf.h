/* fake_shelf.h - the shelf in memory behind the real interface (shelf.h), for tests of what stands on it. The real one has tests of its own
 * against a real slapd. */
#ifndef SPOM_TESTS_FAKE_SHELF_H
#define SPOM_TESTS_FAKE_SHELF_H
#include "authority/sso/shelf.h"

/* Nothing is there any more, and nothing fails. */
void fake_shelf_reset(void);

/* What all operations answer with from now on instead of carrying on; OK ends that. The same for adding alone. */
void fake_shelf_fails(enum err err);
void fake_shelf_refuses(enum err err);

/* What is there under that name cannot be opened any more. */
void fake_shelf_breaks(const char *name);

/* How many lists there were since the reset, and how long each takes from now on. */
unsigned fake_shelf_lists(void);
void fake_shelf_slow(int ms);

/* How often something was looked for by a text since the last call. */
unsigned fake_shelf_finds(void);

/* Runs within the next search, when its answer is known; once. */
void fake_shelf_meanwhile(void (*run)(void));

#endif
