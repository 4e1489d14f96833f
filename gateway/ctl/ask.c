#include "ctl/ask.h"
#include <stdio.h>
#include "base/arena.h"
#include "base/clock.h"
#include "base/io.h"
#include "ctl/quote.h"
#include "wire/json.h"
#include "wire/link.h"

#define TIMEOUT_MS 10000

static enum ctl_exit failed(const struct ctl *ctl, enum ctl_exit code, const char *word, const char *why)
{
	if (ctl->json) {
		(void)printf("{\"error\":\"%s\",\"text\":", word);
		quote_json(why);
		(void)printf("}\n");
	} else {
		(void)fprintf(stderr, "spomctl: %s\n", why);
	}
	return code;
}

static enum ctl_exit unreachable(const struct ctl *ctl, enum err err)
{
	char why[300];
	const char *cause = err == ERR_UNREACHABLE ? "nobody listens there"
			    : err == ERR_STALE     ? "it is of another release than this spomctl"
			    : err == ERR_FORBIDDEN ? "you may not connect"
						   : err_text(err);
	(void)snprintf(why, sizeof why, "the authority cannot be reached at %.150s/admin/authority.sock: %s",
	    ctl->sockets, cause);
	return failed(ctl, CTL_UNREACHABLE, "unreachable", why);
}

static enum ctl_exit refused(const struct ctl *ctl, const struct msg_refused *refusal)
{
	char why[200];
	const char *reason = WIRE_ENUM_TEXT(refusal, refusal->reason);
	(void)snprintf(why, sizeof why, "refused: %s%s%s", reason, text_is_empty(refusal->text) ? "" : ": ",
	    text_str(refusal->text));
	return failed(ctl, CTL_REFUSED, reason, why);
}

static enum err exchange(
    const struct ctl *ctl, struct wire_any ask, struct arena *arena, struct wire_any *answer_r)
{
	char path[IO_PATH_MAX + 1];
	struct link link;
	int64_t deadline_ms = clock_steady_ms() + TIMEOUT_MS;
	int len = snprintf(path, sizeof path, "%s/admin/authority.sock", ctl->sockets);
	if (len < 0 || (size_t)len >= sizeof path)
		return ERR_TOO_LARGE;
	enum err err = link_open(&link, path, deadline_ms);
	if (err == OK)
		err = link_ask(&link, ask, frame_trace_new(), arena, deadline_ms, answer_r);
	link_close(&link);
	return err;
}

enum ctl_exit ask_authority(const struct ctl *ctl, struct wire_any ask, enum wire_tag wanted,
    struct arena *arena, const void **answer_r)
{
	struct wire_any answer;
	enum err err = exchange(ctl, ask, arena, &answer);
	if (err != OK)
		return unreachable(ctl, err);
	if (answer.msg->tag == TAG_refused)
		return refused(ctl, answer.at);
	if (answer.msg->tag != wanted)
		return unreachable(ctl, ERR_MALFORMED);
	*answer_r = answer.at;
	return CTL_DONE;
}

enum ctl_exit ask_print_json(struct wire_any answer, struct arena *arena)
{
	struct text json;
	if (wire_json_write(answer, arena, &json) != OK) {
		(void)fputs("spomctl: the answer cannot be written as JSON\n", stderr);
		return CTL_REFUSED;
	}
	(void)printf("%.*s\n", TEXT_ARGS(json));
	return CTL_DONE;
}
