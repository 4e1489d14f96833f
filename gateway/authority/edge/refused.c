#include "authority/edge/refused.h"
#include "authority/sso/answer.h"
#include "authority/sso/refusals.h"
#include "conf/conf.h"

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
	refusals_note(call->authority, &entry, session, "application");
}
