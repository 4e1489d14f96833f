/* fake_directory.h - a directory of four people behind the real interface, for tests of what stands on it. The real one
 * has tests of its own against a real slapd. */
#ifndef SPOM_TESTS_FAKE_DIRECTORY_H
#define SPOM_TESTS_FAKE_DIRECTORY_H
#include "authority/directory/directory.h"

/* What the next operations answer with instead of carrying on; OK ends that. */
void fake_directory_fails(enum err err);

/* How many finds and binds there were since the last call of this. */
void fake_directory_count(unsigned *finds_r, unsigned *binds_r);

/* ada: password "lovelace", mail alias; bob: locked; eve: must change, password "initial"; max: password "planck", 3 days left. */
#endif
