/* activity.c - what happened to the person's account: sign-ins and changes, failed ones too. */
#include "authority/session/activity.h"
#include "authority/authority.h"
#include "authority/self/self.h"
#include "conf/conf.h"

#define SHOWN 50u

enum err self_on_activity(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_activity *wanted = ask;
	const struct msg_session_record *session;
	struct msg_activity_page *page = arena_alloc(&call->arena, sizeof *page);
	struct msg_activity_row *rows;
	unsigned n;
	enum err err = page != NULL ? self_session(call, wanted->session, &session) : ERR_NO_MEMORY;
	if (err == OK)
		err = activity_read(call->authority, session->person, (unsigned)wanted->after, SHOWN + 1,
		    &call->arena, &rows, &n);
	if (err != OK)
		return err;
	for (unsigned i = 0; i < n; i++)
		rows[i].place = self_place(call->authority->conf, rows[i].address);
	page->rows.at = rows;
	page->rows.n = n < SHOWN ? n : SHOWN;
	page->next = n > SHOWN ? wanted->after + SHOWN : 0;
	page->frame = self_frame(call, wanted->session, session);
	*answer_r = WIRE(activity_page, page);
	return page->frame != NULL ? OK : ERR_NO_MEMORY;
}
