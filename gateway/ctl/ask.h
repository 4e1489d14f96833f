/* ask.h - one question of spomctl to the authority, over the admin socket. */
#ifndef SPOM_CTL_ASK_H
#define SPOM_CTL_ASK_H
#include "ctl/ctl.h"
#include "wire/wire.h"

/* Asks and checks that the answer is a message of that tag, on the arena. Anything else is told on stderr, with --json as an
 * object on stdout, and gives CTL_REFUSED or CTL_UNREACHABLE. */
enum ctl_exit ask_authority(const struct ctl *ctl, struct wire_any ask, enum wire_tag wanted,
    struct arena *arena, const void **answer_r);

/* Prints an answer as one line of JSON. */
enum ctl_exit ask_print_json(struct wire_any answer, struct arena *arena);

#endif
