/* login.c - authentication. The authority says what to ask and what it comes to; this only carries it between the authority and a
 * person on a terminal (role PAM) or the gate (role GATE), which takes and gives whole messages. */
#include "login.h"
#include <security/pam_ext.h>
#include <syslog.h>
#include "base/clock.h"
#include "kept.h"
#include "person.h"
#include "talk.h"

/* More asks than any login has. */
#define ASKS_MAX 32

/* PAM_USER on the arena, absent when nobody is named (a browser in the middle of a login). An SSH client or a console names
 * somebody: the application asks where it has not yet. */
static bool read_user(struct call *call, struct text *user_r)
{
	const char *name = NULL;
	if (call->link.role == ROLE_PAM && pam_get_user(call->pamh, &name, NULL) != PAM_SUCCESS)
		return false;
	return text_copy(&call->arena, call_item(call, PAM_USER), user_r);
}

static enum talk ask_gate(struct call *call, struct wire_any ask, struct wire_any *answer_r)
{
	uint64_t trace;
	return talk_frame(call->pamh, ask, call->trace, &call->arena, &trace, answer_r);
}

/* What the gate knows of the browser. Its trace becomes ours, so that the log lines of one turn share it. */
static bool read_intro(struct call *call, const struct msg_login_intro **intro_r)
{
	const struct msg_login_intro_wanted wanted = { .release = TEXT_LITERAL(SPOM_VERSION) };
	struct wire_any answer;
	enum talk talk = talk_frame(
	    call->pamh, WIRE(login_intro_wanted, &wanted), call->trace, &call->arena, &call->trace, &answer);
	if (talk != TALK_DONE || answer.msg == NULL || answer.msg->tag != TAG_login_intro)
		return false;
	*intro_r = answer.at;
	return true;
}

static enum err open_login(struct call *call, struct text user, struct wire_any *answer_r)
{
	struct msg_login_open open = {
		.service = call_service(call),
		.user = user,
		.rhost = call_item(call, PAM_RHOST),
		.tty = call_item(call, PAM_TTY),
		.mode = call->args.mode,
	};
	if (call->link.role == ROLE_GATE && !read_intro(call, &open.intro)) {
		pam_syslog(call->pamh, LOG_ERR,
		    "the application behind the gate's socket does not know the browser");
		return ERR_FORBIDDEN;
	}
	return call_ask(call, WIRE(login_open, &open), answer_r);
}

static enum talk reply_of_gate(struct call *call, struct wire_any ask, struct msg_login_answer *reply_r)
{
	struct wire_any answer = { NULL, NULL };
	enum talk talk = ask_gate(call, ask, &answer);
	if (talk != TALK_DONE)
		return talk;
	if (answer.msg == NULL || answer.msg->tag != TAG_login_answer)
		return TALK_FAILED;
	const struct msg_login_answer *reply = answer.at;
	if (!text_equal(reply->id, *(const struct text *)ask.at)) /* every ask begins with its id */
		return TALK_FAILED;
	*reply_r = *reply;
	return TALK_DONE;
}

static enum talk reply_to(struct call *call, struct wire_any ask, struct msg_login_answer *reply_r)
{
	enum talk talk = call->link.role == ROLE_GATE ? reply_of_gate(call, ask, reply_r)
						      : person_answer(call, ask, reply_r);
	return talk == TALK_DONE && clock_steady_ms() >= call->end_ms ? TALK_FAILED : talk;
}

/* The authority's yes. On the gate PAM_USER becomes the directory's own spelling; elsewhere the application has the account open
 * under the name that it gave, and nobody may have changed it meanwhile. */
static enum outcome allow(struct call *call, struct text user, const struct msg_login_done *done)
{
	if (!call_user_is(call, user) || text_is_empty(done->user))
		return OUTCOME_DENIED;
	if (call->link.role == ROLE_GATE) {
		if (pam_set_item(call->pamh, PAM_USER, text_str(done->user)) != PAM_SUCCESS ||
		    !call_tell_gate(call, WIRE(login_done, done)))
			return OUTCOME_DENIED;
		user = done->user;
	}
	if (!kept_store(call->pamh, &call->link, user, call->trace) || !call_user_is(call, user))
		return OUTCOME_DENIED;
	return OUTCOME_ALLOWED;
}

static enum outcome converse(struct call *call, struct text user, struct wire_any answer)
{
	for (unsigned i = 0; wire_is_ask(answer.msg); i++) {
		struct msg_login_answer reply;
		enum talk talk = i < ASKS_MAX ? reply_to(call, answer, &reply) : TALK_FAILED;
		if (talk == TALK_AGAIN)
			return OUTCOME_INCOMPLETE;
		if (talk != TALK_DONE)
			return OUTCOME_DENIED;
		enum err err = call_ask(call, WIRE(login_answer, &reply), &answer);
		if (err != OK)
			return call_fault(call, err);
	}
	return answer.msg->tag == TAG_login_done ? allow(call, user, answer.at) : call_refused(call, answer);
}

enum outcome login_run(struct call *call)
{
	struct text user;
	struct wire_any answer;
	kept_forget(call->pamh);
	enum err err = call_open(call);
	if (err != OK)
		return call_fault(call, err);
	if (!read_user(call, &user))
		return OUTCOME_DENIED;
	err = open_login(call, user, &answer);
	return err == OK ? converse(call, user, answer) : call_fault(call, err);
}
