/* service_test.c - what a service would be told of a person. */
#include <stdio.h>
#include "base/arena.h"
#include "ctl/ask.h"
#include "ctl/show.h"

static void print_told(const struct ctl *ctl, const struct msg_service_told *told)
{
	show_text("person", told->user);
	show_text("sub", told->sub);
	for (uint32_t i = 0; i < told->told.n; i++) {
		const struct msg_told_row *row = &told->told.at[i];
		(void)printf("  %.*s = %.*s\n", TEXT_ARGS(row->name), TEXT_ARGS(row->value));
	}
	if (told->more)
		(void)printf("  and more\n");
	if (told->told.n == 0)
		(void)printf("  nothing else\n");
	if (told->rule.at != NULL)
		(void)printf("The person would not reach %s: %.*s\n", ctl->words[0], TEXT_ARGS(told->rule));
}

enum ctl_exit ctl_service_test(const struct ctl *ctl)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_operator by = { .break_glass = false };
	const struct msg_service_test ask = { &by, text_of(ctl->words[0]), text_of(ctl->words[1]) };
	const void *answer;
	if (ask.name.len > 64 || ask.person.len > 256)
		return ask_usage("NAME takes up to 64 characters, PERSON up to 256");
	enum ctl_exit code =
	    ask_operator(ctl, &by, WIRE(service_test, &ask), TAG_service_told, &arena, &answer);
	if (code != CTL_DONE)
		return code;
	if (ctl->json)
		return ask_print_json(WIRE(service_told, (const struct msg_service_told *)answer), &arena);
	print_told(ctl, answer);
	return CTL_DONE;
}
