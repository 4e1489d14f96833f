/* fake_directory.h - a directory of six people behind the real interface, for tests of what stands on it. The real one
 * has tests of its own against a real slapd. */
#ifndef SPOM_TESTS_FAKE_DIRECTORY_H
#define SPOM_TESTS_FAKE_DIRECTORY_H
#include "authority/directory/directory.h"

/* What the next operations answer with instead of carrying on; OK ends that. */
void fake_directory_fails(enum err err);

/* How many finds and binds there were since the last call of this. */
void fake_directory_count(unsigned *finds_r, unsigned *binds_r);

/* ada: password "lovelace", mail alias, a photo; bob: locked; eve: must change, password "initial"; max: password "planck", 3 days left;
 * ivy: expired, password "withered"; uma: password "graceful", 2 grace logins left. A password of 10 bytes or more may take the place of
 * each but bob's, which then has no state any more. Their uid numbers are 1001 to 1006, and when they were activated is not known. */

/* All as in the beginning: passwords, written attributes, counts, and nothing fails. */
void fake_directory_reset(void);

/* Writes of that attribute are refused from now on; "": of none. */
void fake_directory_refuses(const char *attribute, bool forbidden);

/* Somebody else has changed the person's entry. */
void fake_directory_touch(const char *user);

/* An administrator locked the person, or took that back; the person's entry is gone, or there again. Until the reset. */
void fake_directory_locks(const char *user, bool locked);
void fake_directory_loses(const char *user, bool gone);

/* directory_find_id takes so long from now on; and how often it was called since the reset. */
void fake_directory_slow(int delay_ms);
unsigned fake_directory_looks(void);

void fake_directory_activated(const char *user, int64_t activated_ms);
void fake_directory_uid(const char *user, uint32_t uid);

#endif
