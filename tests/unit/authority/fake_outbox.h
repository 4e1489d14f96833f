/* fake_outbox.h - a queue of mails that only counts, behind the real interface, for tests of what writes to people. */
#ifndef SPOM_TESTS_FAKE_OUTBOX_H
#define SPOM_TESTS_FAKE_OUTBOX_H
#include "authority/outbox/outbox.h"

/* Forgets all mails. */
void fake_outbox_reset(void);

/* How many mails of that kind were queued for that person. */
unsigned fake_outbox_count(enum mail_kind kind, const char *person);

/* How many notices were queued for that service with that handle, one blank between them. */
unsigned fake_outbox_notices(const char *service_and_handle);

/* From now on it takes nothing, or again. */
void fake_outbox_pause(bool is_paused);

#endif
