#include "person.h"
#include <security/pam_ext.h>
#include <syslog.h>

#define ABSENT ((struct text){ NULL, 0 })
#define SAME_TRIES 2u /* to type a new password twice alike */

/* Why the answer before was not taken. */
static void say_problem(struct call *call, struct text problem, struct text words, uint64_t count)
{
	if (text_is_empty(problem))
		return;
	call_say(call, PAM_ERROR_MSG, problem, ABSENT, count);
	if (!text_is_empty(words))
		call_show(call, PAM_ERROR_MSG, words);
}

static enum talk prompt(struct call *call, const char *line, struct secret *answer_r)
{
	enum talk talk = talk_ask(call->pamh, line, &call->arena, answer_r);
	return talk == TALK_DONE ? TALK_DONE : TALK_FAILED; /* a terminal has no later */
}

static enum talk notice(struct call *call, const void *ask, struct msg_login_answer *reply)
{
	const struct msg_ask_notice *notice = ask;
	reply->answer = (struct secret){ (unsigned char *)"", 0 };
	call_say(call, PAM_TEXT_INFO, notice->text, notice->name, notice->count);
	return TALK_DONE;
}

static enum talk password(struct call *call, const void *ask, struct msg_login_answer *reply)
{
	const struct msg_ask_password *password = ask;
	say_problem(call, password->problem, ABSENT, 0);
	return prompt(call, "Password: ", &reply->answer);
}

static enum talk code(struct call *call, const void *ask, struct msg_login_answer *reply)
{
	const struct msg_ask_code *code = ask;
	say_problem(call, code->problem, ABSENT, code->wait_s);
	return prompt(call, "Verification code: ", &reply->answer);
}

static enum talk type_twice(struct call *call, struct secret *fresh_r)
{
	for (unsigned i = 0; i < SAME_TRIES; i++) {
		struct secret first, second;
		if (prompt(call, "New password: ", &first) != TALK_DONE ||
		    prompt(call, "New password: ", &second) != TALK_DONE)
			return TALK_FAILED;
		if (secret_equal(first, second)) {
			*fresh_r = first;
			return TALK_DONE;
		}
		call_say(call, PAM_ERROR_MSG, TEXT_LITERAL("not_same"), ABSENT, 0);
	}
	return TALK_FAILED;
}

static enum talk new_password(struct call *call, const void *ask, struct msg_login_answer *reply)
{
	const struct msg_ask_new_password *password = ask;
	if (text_is_empty(password->problem))
		call_say(call, PAM_TEXT_INFO, password->reason, ABSENT, password->count);
	say_problem(call, password->problem, password->words, 0);
	if (prompt(call, "Password: ", &reply->old) != TALK_DONE)
		return TALK_FAILED;
	return type_twice(call, &reply->answer);
}

static const struct {
	unsigned tag;
	enum talk (*put)(struct call *call, const void *ask, struct msg_login_answer *reply);
} KINDS[] = {
	{ TAG_ask_notice, notice },
	{ TAG_ask_password, password },
	{ TAG_ask_code, code },
	{ TAG_ask_new_password, new_password },
};

enum talk person_answer(struct call *call, struct wire_any ask, struct msg_login_answer *reply_r)
{
	*reply_r =
	    (struct msg_login_answer){ .id =
					   *(const struct text *)ask.at }; /* every ask begins with its id */
	for (size_t i = 0; i < COUNT(KINDS); i++)
		if (KINDS[i].tag == ask.msg->tag)
			return KINDS[i].put(call, ask.at, reply_r);
	pam_syslog(call->pamh, LOG_ERR, "no way to put %s on a terminal", ask.msg->name);
	return TALK_FAILED;
}
