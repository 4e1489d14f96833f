#include "authority/call/call.h"
#include "authority/call/handler.h"
#include "log/log.h"

struct msg_refused call_refusal(enum err err)
{
	static const enum refusal REASONS[ERR_COUNT_] = {
		[ERR_UNREACHABLE] = REFUSAL_DIRECTORY,
		[ERR_TIMEOUT] = REFUSAL_DIRECTORY,
		[ERR_STORE] = REFUSAL_STORE,
		[ERR_BUSY] = REFUSAL_BUSY,
		[ERR_JUDGE] = REFUSAL_JUDGE,
		[ERR_RATE] = REFUSAL_RATE,
		[ERR_AUDIT] = REFUSAL_AUDIT,
		[ERR_MAIL] = REFUSAL_MAIL,
		[ERR_CLOCK] = REFUSAL_CLOCK,
		[ERR_MALFORMED] = REFUSAL_MALFORMED,
		[ERR_TOO_LARGE] = REFUSAL_MALFORMED,
		[ERR_FORBIDDEN] = REFUSAL_FORBIDDEN,
		[ERR_NOT_FOUND] = REFUSAL_SIGN_IN,
		[ERR_STALE] = REFUSAL_FORM,
	};
	enum refusal reason = (unsigned)err < ERR_COUNT_ ? REASONS[err] : REFUSAL_INTERNAL;
	return (struct msg_refused){
		.reason = reason,
		.text = text_of(WIRE_ENUM_TEXT(refusal, reason)),
		.retry_s = reason == REFUSAL_BUSY   ? 2
			   : reason == REFUSAL_RATE ? 1
						    : 0,
	};
}

void call_answer(struct call *call, struct wire_any answer)
{
	size_t room = FRAME_MAX;
	uint64_t greatest = FRAME_HEAD + wire_greatest(answer.msg);
	if (greatest < room)
		room = (size_t)greatest;
	size_t len;
	uint8_t *out = arena_alloc(&call->arena, room);
	call->out = NULL;
	if (out == NULL ||
	    frame_write(answer, call->frame.request, call->frame.trace, out, room, &len) != OK) {
		log_line(LOG_LEVEL_ERROR, "answer_not_encoded", call->frame.trace,
		    LOG_STR("message", answer.msg->name));
		call->fatal = true;
		return;
	}
	call->out = out;
	call->out_len = len;
}

void call_conclude(struct call *call, enum err err, struct wire_any answer)
{
	if (err == OK) {
		call_answer(call, answer);
		return;
	}
	log_line(err == ERR_NOT_FOUND ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARNING, "refused", call->frame.trace,
	    LOG_STR("message", call->ask.msg->name), LOG_STR("reason", err_text(err)));
	struct msg_refused refused = call_refusal(err);
	call_answer(call, WIRE(refused, &refused));
}

void call_run(struct call *call)
{
	struct wire_any answer = { NULL, NULL };
	enum err err = call->handler->run(call, call->ask.at, &answer);
	call_conclude(call, err, answer);
}
