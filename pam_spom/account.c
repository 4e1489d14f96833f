/* account.c - the account phase: alone where an SSH key or sudo's memory opened the door, else on the login's connection. */
#include <security/pam_ext.h>
#include <syslog.h>
#include "kept.h"
#include "login.h"

static enum err connect_alone(struct call *call)
{
	enum err err = call_open(call);
	if (err == OK && call->link.role != ROLE_PAM) {
		/* The gate always has a login; without its connection this is somebody else's account phase. */
		pam_syslog(call->pamh, LOG_ERR, "no login of the gate to go on with");
		err = ERR_CLOSED;
	}
	return err;
}

static enum outcome judge(struct call *call, const struct msg_login_verdict *verdict, struct text user)
{
	if (verdict->allowed && call_user_is(call, user))
		return OUTCOME_ALLOWED;
	struct text id = text_is_empty(verdict->text) ? TEXT_LITERAL("account_refused") : verdict->text;
	const struct msg_login_denied denied = { .text = id };
	return call_refused(call, WIRE(login_denied, &denied));
}

enum outcome account_run(struct call *call)
{
	struct text user;
	if (!text_copy(&call->arena, call_item(call, PAM_USER), &user) || text_is_empty(user))
		return OUTCOME_DENIED;
	enum err err = OK;
	switch (kept_take(call->pamh, user, &call->link, &call->trace)) {
	case KEPT_LINK:
		/* of the gate's logins the authority remembers only there that they are proved; others have an account phase without */
		call->is_talking = call->link.role == ROLE_GATE;
		break;
	case KEPT_NOTHING:
		err = connect_alone(call);
		break;
	default:
		pam_syslog(call->pamh, LOG_ERR, "PAM_USER was changed after authentication");
		return OUTCOME_DENIED;
	}
	if (err != OK)
		return call_fault(call, err);
	const struct msg_login_account account = { call_service(call), user, call_item(call, PAM_RHOST) };
	struct wire_any answer;
	err = call_ask(call, WIRE(login_account, &account), &answer);
	if (err != OK)
		return call_fault(call, err);
	return answer.msg->tag == TAG_login_verdict ? judge(call, answer.at, user)
						    : call_refused(call, answer);
}
