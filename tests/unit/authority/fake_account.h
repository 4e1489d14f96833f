/* fake_account.h - accounts in memory behind the real interface (account.h), for tests of what stands on it. Every operation is atomic, as
 * the directory's are. The real one has tests of its own against a real slapd. */
#ifndef SPOM_TESTS_FAKE_ACCOUNT_H
#define SPOM_TESTS_FAKE_ACCOUNT_H
#include "authority/account/account.h"

/* Nobody has an entry any more, there is no epoch, and nothing fails. */
void fake_account_reset(void);

/* What the next operations answer with instead of carrying on; OK ends that. */
void fake_account_fails(enum err err);

/* How many of the person's factors cannot be opened, from now on. */
void fake_account_breaks(struct text person, unsigned n);

#endif
