/* probe.h - the directory, looked at with the settings as an operator would by hand: what works, what the service identities may and may
 * not do, and what to change. On connections of its own; takes seconds; leaves nothing behind. */
#ifndef SPOM_AUTHORITY_DIRECTORY_PROBE_H
#define SPOM_AUTHORITY_DIRECTORY_PROBE_H
#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/text.h"
#include "wire/wire.h"

struct conf;

/* sample: the user name of a person to try with; absent: one of the first people is taken. Fills the report, in order. */
NODISCARD enum err probe_run(
    const struct conf *conf, struct text sample, struct arena *arena, struct msg_directory_report *report);

#endif
