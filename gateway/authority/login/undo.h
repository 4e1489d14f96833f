/* undo.h - private to login: everything that outlives a session and began on a day or later goes (SECURITY 15). */
#ifndef SPOM_AUTHORITY_LOGIN_UNDO_H
#define SPOM_AUTHORITY_LOGIN_UNDO_H
#include "authority/login/tell.h"

/* When that day (YYYY-MM-DD) began in the institution's zone, which is the process's; false: no day. */
NODISCARD bool undo_day_ms(struct text day, int64_t *since_ms_r);

/* Factors, recovery codes, known browsers and the other sessions go; the session that asked goes on. */
NODISCARD enum err undo_since(const struct teller *teller);

#endif
