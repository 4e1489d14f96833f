/* ask.h - questions of spomctl to the authority, over the admin socket; one connection for all of them. */
#ifndef SPOM_CTL_ASK_H
#define SPOM_CTL_ASK_H
#include "ctl/ctl.h"
#include "wire/wire.h"

/* Asks and checks that the answer is a message of that tag, on the arena. Anything else is told on stderr, with --json as an
 * object on stdout, and gives CTL_REFUSED or CTL_UNREACHABLE. */
enum ctl_exit ask_authority(const struct ctl *ctl, struct wire_any ask, enum wire_tag wanted,
    struct arena *arena, const void **answer_r);

/* The same for a message whose first field points to operator, which is filled in here: the reason and --break-glass; and a code,
 * asked on the terminal, where the authority wants one. */
enum ctl_exit ask_operator(const struct ctl *ctl, struct msg_operator *by, struct wire_any ask,
    enum wire_tag wanted, struct arena *arena, const void **answer_r);

/* As ask_authority, but a refusal by that text is an answer: *answer_r is NULL then. */
enum ctl_exit ask_unless(const struct ctl *ctl, struct wire_any ask, enum wire_tag wanted, const char *text,
    struct arena *arena, const void **answer_r);

/* Prints an answer as one line of JSON. */
enum ctl_exit ask_print_json(struct wire_any answer, struct arena *arena);

/* Says what was wrong before anything was asked. */
enum ctl_exit ask_usage(const char *what);

#endif
