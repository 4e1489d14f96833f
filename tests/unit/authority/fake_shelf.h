/* fake_shelf.h - the shelf in memory behind the real interface (shelf.h), for tests of what stands on it. The real one has tests of its own
 * against a real slapd. */
#ifndef SPOM_TESTS_FAKE_SHELF_H
#define SPOM_TESTS_FAKE_SHELF_H
#include "authority/sso/shelf.h"

/* Nothing is there any more, and nothing fails. */
void fake_shelf_reset(void);

/* What the next operations answer with instead of carrying on; OK ends that. The same for adding alone. */
void fake_shelf_fails(enum err err);
void fake_shelf_refuses(enum err err);

/* From now on that one cannot be opened. */
void fake_shelf_breaks(enum shelf shelf, const char *name);

/* How often something was looked for by a text since the last call. */
unsigned fake_shelf_finds(void);

/* How many lists there were since the reset, and how long each takes from now on. */
unsigned fake_shelf_lists(void);
void fake_shelf_slow(int delay_ms);

/* How often each thing comes in a visit of all from now on, and whether it says that the directory gave no more. */
void fake_shelf_repeats(unsigned times);
void fake_shelf_cuts(bool does);

/* Runs within the next search, when its answer is known; once. */
void fake_shelf_meanwhile(void (*run)(void));

#endif
