/* cas_pattern.h - the regular expressions by which Apereo CAS knows services, as the addresses by which they are registered here.
 *
 * An address that stands for more than the operator meant sends people's tickets to strangers: so of all expressions only those few
 * shapes are taken that say no more than an address of ours can. */
#ifndef SPOM_CTL_CAS_PATTERN_H
#define SPOM_CTL_CAS_PATTERN_H
#include <stdbool.h>
#include "base/arena.h"

struct cas_pattern {
	const char *addresses; /* with blanks between them; NULL: there are none */
	const char *why;       /* a literal: why not */
	bool open;             /* it stands for http as well, which was left out */
	bool label; /* it stands for any host below one, of which those with one label more were taken */
};

/* On the arena. Where memory is out there are no addresses either. */
struct cas_pattern cas_pattern_read(const char *pattern, struct arena *arena);

#endif
