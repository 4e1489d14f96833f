#include <stdio.h>
#include "base/arena.h"
#include "ctl/ask.h"

enum ctl_exit ctl_config_reload(const struct ctl *ctl)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_operator by = { .break_glass = false };
	const struct msg_config_reload ask = { &by };
	const void *answer;
	enum ctl_exit code = ask_operator(ctl, &by, WIRE(config_reload, &ask), TAG_acted, &arena, &answer);
	if (code != CTL_DONE)
		return code;
	if (ctl->json)
		return ask_print_json(WIRE(acted, answer), &arena);
	(void)printf("The authority has read its settings anew; its log names those that take a restart.\n");
	return CTL_DONE;
}
