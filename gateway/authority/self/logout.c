#include "authority/authority.h"
#include "authority/self/self.h"
#include "authority/session/session.h"
#include "log/log.h"

/* A look is enough, which never waits for the directory: whoever is locked or gone may sign out as well. */
static enum err find(
    struct call *call, const struct msg_logout *logout, const struct msg_session_record **session_r)
{
	enum err err = session_peek(call->authority, logout->session, &call->arena, session_r);
	if (err == OK &&
	    !secret_equal(session_csrf(call->authority, logout->session, &call->arena), logout->csrf))
		return ERR_STALE;
	return err;
}

enum err self_on_logout(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_logout *logout = ask;
	const struct msg_session_record *session;
	const struct self_event event = { .audit = AUDIT_SIGNED_OUT, .activity = "activity_signed_out" };
	enum err err = find(call, logout, &session);
	if (err == OK)
		err = self_record(call, session, &event);
	if (err == OK)
		err = session_end(call->authority, logout->session);
	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	if (err == OK) {
		self_show(call, session, &event);
		log_line(LOG_LEVEL_INFO, "signed_out", call->frame.trace, LOG_TEXT("user", session->user),
		    LOG_TEXT("person", session->person));
	}
	*answer_r = self_done(call, "signed_out"); /* also when it had ended before */
	return answer_r->at != NULL ? OK : ERR_NO_MEMORY;
}
