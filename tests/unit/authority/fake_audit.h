/* fake_audit.h - an audit in memory behind the real interface, for tests of what records. The real one has tests of its own. */
#ifndef SPOM_TESTS_FAKE_AUDIT_H
#define SPOM_TESTS_FAKE_AUDIT_H
#include "authority/audit/audit.h"

/* Forgets all records; nothing fails. */
void fake_audit_reset(void);

/* What audit_record answers with from now on (ERR_BUSY: the queue is full); OK ends that. */
void fake_audit_fails(enum err err);

/* How many records of that event there are. */
unsigned fake_audit_count(enum audit_event event);

/* The newest record of that event; its texts live until the next reset. NULL: none. */
const struct audit_entry *fake_audit_find(enum audit_event event);
#endif
