/* fake.h - the authority or the gate as front sees them: a socket that answers what a test wants. */
#ifndef SPOM_TESTS_FRONT_FAKE_H
#define SPOM_TESTS_FRONT_FAKE_H
#include "wire/link.h"

struct fake;

/* The answer to a message, which lives on the arena or longer; false: the connection is closed instead. Runs on the fake's thread. */
typedef bool (*fake_answer)(struct wire_any ask, struct arena *arena, struct wire_any *answer_r);

/* Listens at path as a program that takes everybody for that role. */
struct fake *fake_start(const char *path, enum role role, fake_answer answer);

/* Closes all connections, as a restart would; it goes on listening. */
void fake_drop_all(struct fake *fake);

/* How many connections were ever made. */
unsigned fake_connections(const struct fake *fake);

void fake_end(struct fake **fake);

#endif
