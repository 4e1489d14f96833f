#include <stdio.h>
#include "base/arena.h"
#include "ctl/ask.h"
#include "ctl/show.h"

static const char *const STATES[] = {
	[SIGNING_STATE_BROKEN] = "CANNOT BE OPENED",
	[SIGNING_STATE_COMES] = "published, signs from",
	[SIGNING_STATE_SIGNS] = "signs",
	[SIGNING_STATE_SIGNED] = "published, until a rotation from",
	[SIGNING_STATE_OVER] = "goes with the next rotation",
};

/* The kid has 43 letters: a line of its own. A broken one has none, and is called by its entry. */
static void print_row(const struct msg_signing_row *row)
{
	char made[SHOW_TIME_SIZE], changes[SHOW_TIME_SIZE];
	bool waits = row->state == SIGNING_STATE_COMES || row->state == SIGNING_STATE_SIGNED;
	(void)printf("%-6s %-17s %s%s%s\n       %.*s\n", WIRE_ENUM_TEXT(signing_alg, row->alg),
	    show_time(row->made, "-", made), STATES[row->state], waits ? " " : "",
	    waits ? show_time(row->changes, "-", changes) : "",
	    TEXT_ARGS(row->kid.at != NULL ? row->kid : row->name));
}

static enum ctl_exit show(const struct ctl *ctl, const struct msg_signing_rows *rows, struct arena *arena)
{
	if (ctl->json)
		return ask_print_json(WIRE(signing_rows, rows), arena);
	for (uint32_t i = 0; i < rows->keys.n; i++)
		print_row(&rows->keys.at[i]);
	if (rows->gone > 0)
		(void)printf("%llu were taken away\n", (unsigned long long)rows->gone);
	return CTL_DONE;
}

enum ctl_exit ctl_signing_list(const struct ctl *ctl)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_operator by = { .break_glass = false };
	const struct msg_signing_keys ask = { &by };
	const void *answer;
	enum ctl_exit code =
	    ask_operator(ctl, &by, WIRE(signing_keys, &ask), TAG_signing_rows, &arena, &answer);
	return code == CTL_DONE ? show(ctl, answer, &arena) : code;
}

enum ctl_exit ctl_signing_rotate(const struct ctl *ctl)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_operator by = { .break_glass = false };
	const struct msg_signing_rotate ask = { &by, text_of(ctl->service.alg), ctl->retire };
	const void *answer;
	enum ctl_exit code =
	    ask_operator(ctl, &by, WIRE(signing_rotate, &ask), TAG_signing_rows, &arena, &answer);
	return code == CTL_DONE ? show(ctl, answer, &arena) : code;
}
