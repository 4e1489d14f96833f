#include "gate/conversation.h"
#include <stdlib.h>
#include "base/arena.h"
#include "log/log.h"
#include "wire/prompt.h"

static int give(const struct conversation *talk, struct wire_any any, uint8_t **answer_r)
{
	return prompt_make(any, talk->trace, answer_r) == OK ? PAM_SUCCESS : PAM_CONV_ERR;
}

static int answer_ask(struct conversation *talk, struct wire_any ask, uint8_t **answer_r)
{
	const struct msg_login_answer *reply = talk->turn->reply;
	const struct text *id = ask.at; /* every ask begins with its id */
	if (reply != NULL && !talk->is_answered && text_equal(reply->id, *id)) {
		talk->is_answered = true;
		return give(talk, WIRE(login_answer, reply), answer_r);
	}
	talk->ask = ask;
	return PAM_CONV_AGAIN;
}

static int answer_message(struct conversation *talk, struct wire_any any, uint8_t **answer_r)
{
	if (wire_is_ask(any.msg))
		return answer_ask(talk, any, answer_r);
	switch (any.msg->tag) {
	case TAG_login_intro_wanted:
		return give(talk, WIRE(login_intro, talk->turn->intro), answer_r);
	case TAG_login_denied:
	case TAG_refused:
		talk->refusal = any;
		return PAM_SUCCESS;
	case TAG_login_done:
		if (talk->done != NULL)
			return PAM_CONV_ERR;
		talk->done = any.at;
		return PAM_SUCCESS;
	default:
		return PAM_CONV_ERR;
	}
}

static int answer_frame(struct conversation *talk, const char *prompt, uint8_t **answer_r)
{
	uint64_t trace;
	struct wire_any any;
	enum err err = prompt_read((const uint8_t *)prompt, talk->arena, &trace, &any);
	int result = err == OK ? answer_message(talk, any, answer_r) : PAM_CONV_ERR;
	if (result == PAM_CONV_ERR)
		log_line(LOG_LEVEL_ERROR, "module_message_refused", talk->trace,
		    LOG_STR("message", err == OK ? any.msg->name : "?"), LOG_STR("error", err_text(err)));
	return result;
}

static int answer_one(struct conversation *talk, const struct pam_message *message, uint8_t **answer_r)
{
	switch (message->msg_style) {
	case PAM_BINARY_PROMPT:
		return answer_frame(talk, message->msg, answer_r);
	case PAM_TEXT_INFO:
	case PAM_ERROR_MSG:
		log_line(LOG_LEVEL_DEBUG, "module_said", talk->trace, LOG_STR("text", message->msg));
		return PAM_SUCCESS;
	default:
		log_line(
		    LOG_LEVEL_WARNING, "module_prompt_refused", talk->trace, LOG_STR("prompt", message->msg));
		return PAM_CONV_ERR;
	}
}

int conversation_answer(
    int count, const struct pam_message **messages, struct pam_response **responses_r, void *appdata)
{
	if (count <= 0 || count > PAM_MAX_NUM_MSG)
		return PAM_CONV_ERR;
	struct pam_response *responses = calloc((size_t)count, sizeof *responses);
	int result = responses != NULL ? PAM_SUCCESS : PAM_BUF_ERR;
	for (int i = 0; result == PAM_SUCCESS && i < count; i++) {
		uint8_t *answer = NULL;
		result = answer_one(appdata, messages[i], &answer);
		responses[i].resp = (char *)answer;
	}
	if (result == PAM_SUCCESS) {
		*responses_r = responses;
		return PAM_SUCCESS;
	}
	for (int i = 0; responses != NULL && i < count; i++) {
		uint8_t *answer = (uint8_t *)responses[i].resp;
		prompt_free(&answer);
	}
	free(responses);
	return result;
}
