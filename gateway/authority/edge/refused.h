/* refused.h - the audit of who does not come in to an application: at the hand-over, or with a ticket.
 *
 * What is checked of a page of it, thousands a second, is only counted: one page is many of them, and the person is told at the hand-over. */
#ifndef SPOM_AUTHORITY_EDGE_REFUSED_H
#define SPOM_AUTHORITY_EDGE_REFUSED_H
#include "authority/call/call.h"

struct conf_application;

/* Records it; asks nobody's leave. application: NULL where there is none. session: NULL, or who is signed in; else it is recorded as far as the
 * budgets of refusals.h go. */
void refused_note(struct call *call, const struct conf_application *application,
    const struct msg_session_record *session, struct text reason);

#endif
