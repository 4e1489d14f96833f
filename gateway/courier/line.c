#include "courier/line.h"
#include "base/clock.h"
#include "log/log.h"

#define ASK_MS 5000

void line_init(struct line *line, const char *path)
{
	*line = (struct line){ .path = path, .link = LINK_CLOSED };
}

void line_done(struct line *line)
{
	link_close(&line->link);
}

enum err line_ask(struct line *line, struct wire_any message, struct arena *arena, struct wire_any *answer_r)
{
	struct wire_any answer;
	const struct link_end end = { line->path, ROLE_COURIER };
	enum err err = link_call(&line->link, &end, message, 0, arena, clock_steady_ms() + ASK_MS, &answer);
	if (err == OK && answer.msg->tag == TAG_refused)
		err = ERR_BUSY;
	if (err == OK)
		*answer_r = answer;
	if (err != OK && !line->told)
		log_line(LOG_LEVEL_WARNING, "waiting_for_authority", 0, LOG_STR("reason", err_text(err)));
	line->told = err != OK;
	return err;
}
