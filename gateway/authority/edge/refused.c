#include "authority/edge/refused.h"
#include "authority/audit/audit.h"
#include "authority/sso/answer.h"
#include "authority/sso/refusals.h"
#include "conf/conf.h"
#include "log/log.h"

void refused_note(struct call *call, const struct conf_application *application,
    const struct msg_session_record *session, struct text reason)
{
	struct audit_entry entry = {
		.event = AUDIT_APPLICATION_REFUSED,
		.trace = call->frame.trace,
		.door = TEXT_LITERAL("check"),
		.address = answer_address(call),
		.object = text_of(application != NULL ? application->name : NULL),
		.reason = reason,
	};
	if (session == NULL && !refusals_may_tell(call->authority, &entry))
		return;
	if (session != NULL) {
		entry.person = session->person;
		entry.user = session->user;
	}
	log_line(LOG_LEVEL_INFO, audit_event_text(entry.event), call->frame.trace,
	    LOG_TEXT("application", entry.object), LOG_TEXT("reason", reason));
	audit_note(call->authority, &entry);
}
