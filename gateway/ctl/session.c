#include <stdio.h>
#include "base/arena.h"
#include "ctl/ask.h"
#include "ctl/show.h"

static void show_row(const struct msg_operator_session_row *row)
{
	char since[SHOW_TIME_SIZE], seen[SHOW_TIME_SIZE], expires[SHOW_TIME_SIZE];
	(void)printf("%.*s   %s (%.*s)\n", TEXT_ARGS(row->user), WIRE_ENUM_TEXT(session_level, row->level),
	    TEXT_ARGS(row->amr));
	(void)printf("  since %s   seen %s   until %s\n", show_time(row->since, "-", since),
	    show_time(row->seen, "-", seen), show_time(row->expires, "-", expires));
	(void)printf("  from %.*s   by %.*s through front %.*s\n", TEXT_ARGS(row->address),
	    TEXT_ARGS(row->door), TEXT_ARGS(row->front));
	if (row->browser.at != NULL)
		(void)printf(
		    "  %.*s\n", (int)(row->browser.len < 76 ? row->browser.len : 76), row->browser.at);
	(void)printf("  id %.*s\n", TEXT_ARGS(row->id));
}

enum ctl_exit ctl_session_list(const struct ctl *ctl)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_operator by = { .break_glass = false };
	const struct msg_operator_sessions ask = { &by, text_of(ctl->words[0]) };
	const void *answer;
	enum ctl_exit code =
	    ask_operator(ctl, &by, WIRE(operator_sessions, &ask), TAG_operator_session_rows, &arena, &answer);
	if (code != CTL_DONE)
		return code;
	const struct msg_operator_session_rows *rows = answer;
	if (ctl->json)
		return ask_print_json(WIRE(operator_session_rows, rows), &arena);
	for (uint32_t i = 0; i < rows->sessions.n; i++)
		show_row(&rows->sessions.at[i]);
	if (rows->sessions.n == 0)
		(void)printf("There is no session.\n");
	if (rows->more)
		(void)printf("There are more.\n");
	return CTL_DONE;
}

enum ctl_exit ctl_session_end(const struct ctl *ctl)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_operator by = { .break_glass = false };
	const struct msg_operator_session_end ask = { &by, text_of(ctl->words[0]) };
	const void *answer;
	enum ctl_exit code =
	    ask_operator(ctl, &by, WIRE(operator_session_end, &ask), TAG_acted, &arena, &answer);
	if (code != CTL_DONE)
		return code;
	const struct msg_acted *acted = answer;
	if (ctl->json)
		return ask_print_json(WIRE(acted, acted), &arena);
	(void)printf("%llu session%s of %.*s ended.\n", (unsigned long long)acted->count,
	    acted->count == 1 ? "" : "s", TEXT_ARGS(acted->user));
	return CTL_DONE;
}
