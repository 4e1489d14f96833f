#include "call.h"
#include <security/pam_ext.h>
#include <syslog.h>
#include "base/clock.h"
#include "sentence.h"
#include "talk.h"

#define ABSENT ((struct text){ NULL, 0 })

bool call_begin(struct call *call, pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	*call = (struct call){
		.pamh = pamh,
		.is_silent = ((unsigned)flags & PAM_SILENT) != 0,
		.link = LINK_CLOSED,
		.trace = frame_trace_new(),
		.left_ms = CALL_AUTHORITY_MS,
		.end_ms = clock_steady_ms() + CALL_PERSON_MS,
	};
	return args_read(pamh, argc, argv, &call->args);
}

void call_end(struct call *call)
{
	link_close(&call->link);
	arena_done(&call->arena);
}

static void log_fault(const struct call *call, const char *what, enum err err)
{
	char trace[FRAME_TRACE_TEXT];
	frame_trace_text(call->trace, trace);
	pam_syslog(
	    call->pamh, LOG_ERR, "%s %s: %s (trace %s)", what, call->args.socket, err_text(err), trace);
}

static void spend(struct call *call, int64_t began_ms)
{
	call->left_ms -= clock_steady_ms() - began_ms;
}

enum err call_open(struct call *call)
{
	int64_t began_ms = clock_steady_ms();
	enum err err = link_open(&call->link, call->args.socket, began_ms + call->left_ms);
	spend(call, began_ms);
	if (err == OK && call->link.role != ROLE_GATE && call->link.role != ROLE_PAM)
		err = ERR_CONFIG;
	if (err == OK)
		return OK;
	log_fault(call, "cannot reach the authority at", err);
	return ERR_UNREACHABLE;
}

/* Whether the authority may give this as an answer; a frame that only others send is as wrong as a broken one. */
static enum err check_answer(struct wire_any answer)
{
	return wire_may_send(answer.msg, ROLE_AUTHORITY) ? OK : ERR_MALFORMED;
}

static enum err ask_once(struct call *call, struct wire_any ask, struct wire_any *answer_r)
{
	int64_t began_ms = clock_steady_ms();
	enum err err =
	    link_ask(&call->link, ask, call->trace, &call->arena, began_ms + call->left_ms, answer_r);
	spend(call, began_ms);
	return err;
}

/* An authority that is being replaced ended the connection before anything was said on it; the next one takes us for the same. */
static enum err reopen(struct call *call)
{
	enum role role = call->link.role;
	link_close(&call->link);
	enum err err = call_open(call);
	return err == OK && call->link.role != role ? ERR_CONFIG : err;
}

enum err call_ask(struct call *call, struct wire_any ask, struct wire_any *answer_r)
{
	const char *field = NULL;
	if (wire_check(ask, &field) != OK) {
		pam_syslog(
		    call->pamh, LOG_NOTICE, "%s: %s is too long or not well-formed", ask.msg->name, field);
		return ERR_FORBIDDEN;
	}
	struct wire_any answer;
	enum err err = ask_once(call, ask, &answer);
	if (err == ERR_UNREAD && !call->is_talking && reopen(call) == OK)
		err = ask_once(call, ask, &answer);
	call->is_talking = true;
	if (err == OK)
		err = check_answer(answer);
	if (err != OK) {
		log_fault(call, "no good answer from the authority at", err);
		return ERR_UNREACHABLE;
	}
	*answer_r = answer;
	return OK;
}

void call_say(struct call *call, int style, struct text id, struct text name, uint64_t count)
{
	char line[SENTENCE_SIZE];
	if (call->is_silent || call->link.role == ROLE_GATE)
		return;
	sentence_make(id, name, count, line);
	talk_show(call->pamh, style, line);
}

void call_show(struct call *call, int style, struct text words)
{
	if (!call->is_silent && call->link.role != ROLE_GATE)
		talk_show(call->pamh, style, text_str(words));
}

enum outcome call_fault(struct call *call, enum err err)
{
	bool is_ours = err == ERR_FORBIDDEN;
	const char *id = is_ours ? "sign_in_failed" : "authority_unreachable";
	call_say(call, PAM_ERROR_MSG, text_of(id), ABSENT, 0);
	return is_ours ? OUTCOME_DENIED : OUTCOME_UNAVAILABLE;
}

bool call_tell_gate(struct call *call, struct wire_any any)
{
	struct wire_any ignored;
	uint64_t trace;
	return talk_frame(call->pamh, any, call->trace, &call->arena, &trace, &ignored) == TALK_DONE;
}

static enum outcome outcome_of(enum refusal reason)
{
	switch (reason) {
	case REFUSAL_INTERNAL:
	case REFUSAL_BUSY:
	case REFUSAL_DIRECTORY:
	case REFUSAL_STORE:
	case REFUSAL_AUDIT:
	case REFUSAL_CLOCK:
	case REFUSAL_MAIL:
	case REFUSAL_RATE:
	case REFUSAL_JUDGE:
		return OUTCOME_UNAVAILABLE;
	default:
		return OUTCOME_DENIED;
	}
}

static void tell(
    struct call *call, struct wire_any answer, struct text id, struct text name, uint64_t retry_s)
{
	if (call->link.role == ROLE_GATE)
		(void)!call_tell_gate(call, answer);
	else
		call_say(call, PAM_ERROR_MSG, id, name, retry_s);
}

enum outcome call_refused(struct call *call, struct wire_any answer)
{
	if (answer.msg->tag == TAG_login_denied) {
		const struct msg_login_denied *denied = answer.at;
		tell(call, answer, denied->text, denied->name, denied->retry_s);
		return OUTCOME_DENIED;
	}
	if (answer.msg->tag != TAG_refused) {
		log_fault(call, "unexpected answer from the authority at", ERR_MALFORMED);
		return call_fault(call, ERR_MALFORMED);
	}
	const struct msg_refused *refused = answer.at;
	struct text id = text_of(WIRE_ENUM_TEXT(refusal, refused->reason));
	tell(call, answer, text_is_empty(refused->text) ? id : refused->text, ABSENT, refused->retry_s);
	return outcome_of(refused->reason);
}

struct text call_item(const struct call *call, int item)
{
	const void *at = NULL;
	if (pam_get_item(call->pamh, item, &at) != PAM_SUCCESS)
		return ABSENT;
	struct text text = text_of(at);
	return text_is_empty(text) ? ABSENT : text;
}

struct text call_service(const struct call *call)
{
	return call->args.service != NULL ? text_of(call->args.service) : call_item(call, PAM_SERVICE);
}

bool call_user_is(const struct call *call, struct text user)
{
	bool is_same = text_equal(call_item(call, PAM_USER), user);
	if (!is_same)
		pam_syslog(call->pamh, LOG_ERR, "PAM_USER was changed during the conversation");
	return is_same;
}
