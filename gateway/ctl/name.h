/* name.h - names for services that an import brings without one.
 *
 * What stands for it elsewhere, in a to z, 0 to 9 and -. Where that is longer than a name may be, or another service is called so already, it
 * ends in eight digits that follow from the service's id: so one that is imported again is called as before, whatever else is there. */
#ifndef SPOM_CTL_NAME_H
#define SPOM_CTL_NAME_H
#include "base/arena.h"
#include "base/attr.h"
#include "base/text.h"
#include "ctl/ctl.h"

#define NAMES_BUCKETS 1024

/* The names of one import; zero-initialised it has none. */
struct names {
	struct planned *planned[NAMES_BUCKETS]; /* of a dry run, which asks nobody */
};

void names_done(struct names *names);

/* Finds the name, on the arena, of a service that is called so elsewhere; id: its entityID, its serviceId. ctl has what it is found by, metadata
 * or addresses. CTL_USAGE: there is no letter that may stay; CTL_REFUSED, CTL_UNREACHABLE: who knows the names that there are does not say.
 * Each is told. */
NODISCARD enum ctl_exit names_find(struct names *names, const struct ctl *ctl, struct text called,
    struct text id, struct arena *arena, const char **name_r);

#endif
