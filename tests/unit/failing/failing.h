/* failing.h - memory that is out at one moment: the nth allocation of our own code fails, and no other.
 *
 * The Makefile links what tests it with --wrap for each function named in FAILING: the C library's, those of an arena, and those by which
 * libpam keeps something for us. Allocations within a library are not counted. */
#ifndef SPOM_TESTS_FAILING_H
#define SPOM_TESTS_FAILING_H

/* From now on the nth fails, counted from 1; with 0 none does. */
void failing_at(unsigned n);

/* How many there were since. */
unsigned failing_seen(void);

#endif
