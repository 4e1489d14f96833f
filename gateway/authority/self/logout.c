#include "authority/authority.h"
#include "authority/self/self.h"
#include "authority/session/session.h"
#include "log/log.h"

enum err self_on_logout(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_logout *logout = ask;
	const struct msg_session_record *session;
	enum err err = self_session_of_form(call, logout->session, logout->csrf, &session);
	if (err == OK)
		err = session_end(call->authority, logout->session);
	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	if (err == OK)
		log_line(LOG_LEVEL_INFO, "signed_out", call->frame.trace, LOG_TEXT("user", session->user),
		    LOG_TEXT("person", session->person));
	static const struct msg_done DONE = { .text = {
						  "signed_out", 10 } }; /* also when it had ended before */
	*answer_r = WIRE(done, &DONE);
	return OK;
}
