#include "authority/call/call.h"
#include "authority/call/handler.h"
#include "log/log.h"

#define SHORT_MAX ((size_t)2048)

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

static enum err encode(struct call *call, struct wire_any answer, size_t room)
{
	size_t len;
	uint8_t *out = arena_alloc(&call->arena, room);
	if (out == NULL)
		return ERR_NO_MEMORY;
	enum err err = frame_write(answer, call->frame.request, call->frame.trace, out, room, &len);
	if (err != OK)
		return err;
	call->out = out;
	call->out_len = len;
	return OK;
}

/* Most are short, and what they could be would have to be cleared before and behind. */
void call_answer(struct call *call, struct wire_any answer)
{
	uint64_t greatest = FRAME_HEAD + wire_greatest(answer.msg);
	size_t most = greatest < FRAME_MAX ? (size_t)greatest : FRAME_MAX;
	call->out = NULL;
	enum err err = encode(call, answer, most < SHORT_MAX ? most : SHORT_MAX);
	if (err == ERR_TOO_LARGE && most > SHORT_MAX)
		err = encode(call, answer, most);
	if (err != OK) {
		log_line(LOG_LEVEL_ERROR, "answer_not_encoded", call->frame.trace,
		    LOG_STR("message", answer.msg->name));
		call->fatal = true;
	}
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
