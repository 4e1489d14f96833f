#include "ctl/ask.h"
#include <stdio.h>
#include "base/arena.h"
#include "base/clock.h"
#include "base/io.h"
#include "ctl/code.h"
#include "ctl/quote.h"
#include "ctl/sentence.h"
#include "wire/json.h"
#include "wire/link.h"

#define ANSWER_MS 180000 /* a directory test, or a large file of the audit, takes its time */

static struct link kept = { .fd = -1 };

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
	char why[300], later[60] = "";
	const char *reason = WIRE_ENUM_TEXT(refusal, refusal->reason);
	if (refusal->retry_s > 0)
		(void)snprintf(
		    later, sizeof later, " (again in %llu s)", (unsigned long long)refusal->retry_s);
	(void)snprintf(why, sizeof why, "refused: %s%s",
	    text_is_empty(refusal->text) ? reason : sentence_of(refusal->text), later);
	return failed(ctl, CTL_REFUSED, reason, why);
}

static enum err exchange(
    const struct ctl *ctl, struct wire_any ask, struct arena *arena, struct wire_any *answer_r)
{
	char path[IO_PATH_MAX + 1];
	int len = snprintf(path, sizeof path, "%s/admin/authority.sock", ctl->sockets);
	if (len < 0 || (size_t)len >= sizeof path)
		return ERR_TOO_LARGE;
	const struct link_end end = { path, ROLE_ADMIN };
	return link_call(&kept, &end, ask, frame_trace_new(), arena, clock_steady_ms() + ANSWER_MS, answer_r);
}

static enum ctl_exit take(
    const struct ctl *ctl, struct wire_any answer, enum wire_tag wanted, const void **answer_r)
{
	if (answer.msg->tag == TAG_refused)
		return refused(ctl, answer.at);
	if (answer.msg->tag != wanted)
		return unreachable(ctl, ERR_MALFORMED);
	*answer_r = answer.at;
	return CTL_DONE;
}

enum ctl_exit ask_authority(const struct ctl *ctl, struct wire_any ask, enum wire_tag wanted,
    struct arena *arena, const void **answer_r)
{
	struct wire_any answer;
	enum err err = exchange(ctl, ask, arena, &answer);
	return err == OK ? take(ctl, answer, wanted, answer_r) : unreachable(ctl, err);
}

static bool is_refused_by(struct wire_any answer, const char *text)
{
	const struct msg_refused *refusal = answer.at;
	return answer.msg->tag == TAG_refused && text_equal_str(refusal->text, text);
}

enum ctl_exit ask_unless(const struct ctl *ctl, struct wire_any ask, enum wire_tag wanted, const char *text,
    struct arena *arena, const void **answer_r)
{
	struct wire_any answer;
	enum err err = exchange(ctl, ask, arena, &answer);
	if (err != OK)
		return unreachable(ctl, err);
	if (!is_refused_by(answer, text))
		return take(ctl, answer, wanted, answer_r);
	*answer_r = NULL;
	return CTL_DONE;
}

enum ctl_exit ask_operator(const struct ctl *ctl, struct msg_operator *by, struct wire_any ask,
    enum wire_tag wanted, struct arena *arena, const void **answer_r)
{
	struct wire_any answer;
	by->reason = text_of(ctl->reason);
	by->break_glass = ctl->break_glass;
	enum err err = exchange(ctl, ask, arena, &answer);
	if (err == OK && is_refused_by(answer, "operator_code_needed") && code_ask(arena, &by->code) == OK)
		err = exchange(ctl, ask, arena, &answer);
	return err == OK ? take(ctl, answer, wanted, answer_r) : unreachable(ctl, err);
}

enum ctl_exit ask_usage(const char *what)
{
	(void)fprintf(stderr, "spomctl: %s\n", what);
	return CTL_USAGE;
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
