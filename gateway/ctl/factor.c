#include "ctl/factor.h"
#include <stdio.h>
#include "base/arena.h"
#include "base/clock.h"
#include "ctl/ask.h"
#include "ctl/show.h"

static void show_row(const struct msg_factor_row *row)
{
	char added[SHOW_TIME_SIZE], used[SHOW_TIME_SIZE], from[SHOW_TIME_SIZE];
	(void)printf("%-12s %.*s\n", WIRE_ENUM_TEXT(factor_kind, row->kind), TEXT_ARGS(row->name));
	(void)printf("  id %.*s   added %s   used %s\n", TEXT_ARGS(row->id),
	    show_time(row->added, "-", added), show_time(row->used, "never", used));
	if (row->counts_from > clock_now_ms())
		(void)printf("  counts as a second factor from %s\n", show_time(row->counts_from, "-", from));
	if (row->rests)
		(void)printf("  rests: too many wrong codes today\n");
}

void factor_show(const struct msg_factor_row *rows, uint32_t n, uint64_t broken, uint64_t recovery_left,
    int64_t recovery_made)
{
	char made[SHOW_TIME_SIZE];
	for (uint32_t i = 0; i < n; i++)
		show_row(&rows[i]);
	if (n == 0 && broken == 0)
		show_str("factors", "none");
	if (broken > 0)
		(void)printf(
		    "%-12s %llu cannot be opened: sealed with a key that is gone, or tampered with\n",
		    "broken", (unsigned long long)broken);
	if (recovery_made > 0)
		(void)printf("%-12s %llu codes left, made %s\n", "recovery",
		    (unsigned long long)recovery_left, show_time(recovery_made, "-", made));
}

enum ctl_exit ctl_factor_list(const struct ctl *ctl)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_operator by = { .break_glass = false };
	const struct msg_operator_factors ask = { &by, text_of(ctl->words[0]) };
	const void *answer;
	enum ctl_exit code =
	    ask_operator(ctl, &by, WIRE(operator_factors, &ask), TAG_operator_factor_rows, &arena, &answer);
	if (code != CTL_DONE)
		return code;
	const struct msg_operator_factor_rows *rows = answer;
	if (ctl->json)
		return ask_print_json(WIRE(operator_factor_rows, rows), &arena);
	factor_show(
	    rows->factors.at, rows->factors.n, rows->broken, rows->recovery_left, rows->recovery_made);
	return CTL_DONE;
}

enum ctl_exit ctl_factor_remove(const struct ctl *ctl)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_operator by = { .break_glass = false };
	const struct msg_operator_factor_remove ask = { &by, text_of(ctl->words[0]), text_of(ctl->words[1]) };
	const void *answer;
	enum ctl_exit code =
	    ask_operator(ctl, &by, WIRE(operator_factor_remove, &ask), TAG_acted, &arena, &answer);
	if (code != CTL_DONE)
		return code;
	const struct msg_acted *acted = answer;
	if (ctl->json)
		return ask_print_json(WIRE(acted, acted), &arena);
	(void)printf("The factor of %.*s is removed, and all sessions are ended.\n", TEXT_ARGS(acted->user));
	return CTL_DONE;
}
