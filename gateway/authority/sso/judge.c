#include "authority/sso/judge.h"
#include <stdio.h>
#include "authority/authority.h"
#include "base/clock.h"
#include "base/io.h"
#include "conf/conf.h"
#include "log/log.h"
#include "wire/link.h"

static enum err ask(struct call *call, struct wire_any question, struct wire_any *answer_r)
{
	char path[IO_PATH_MAX + 1];
	struct link link = LINK_CLOSED;
	const struct link_end end = { path, ROLE_AUTHORITY };
	const struct conf *conf = call->authority->conf;
	if (snprintf(path, sizeof path, "%s/judge/judge.sock", conf->authority.sockets) > IO_PATH_MAX)
		return ERR_CONFIG;
	enum err err = link_call(&link, &end, question, call->frame.trace, &call->arena,
	    clock_steady_ms() + JUDGE_DEADLINE_MS, answer_r);
	link_close(&link);
	return err;
}

enum err judge_ask(struct call *call, struct wire_any question, const struct wire_msg *wanted,
    const void **judged_r, enum judge_fault *fault_r)
{
	struct wire_any answer;
	enum err err = ask(call, question, &answer);
	if (err == OK && answer.msg->tag == TAG_judged_bad) {
		*fault_r = ((const struct msg_judged_bad *)answer.at)->fault;
		return ERR_MALFORMED;
	}
	if (err == OK && answer.msg == wanted) {
		*judged_r = answer.at;
		return OK;
	}
	log_line(LOG_LEVEL_ERROR, "not_judged", call->frame.trace, LOG_STR("what", question.msg->name),
	    LOG_STR("reason", err_text(err != OK ? err : ERR_FORBIDDEN)));
	return ERR_JUDGE;
}
