#include <stdio.h>
#include "base/arena.h"
#include "ctl/ask.h"

static void print_part(const char *name, bool well)
{
	(void)printf("%-10s %s\n", name, well ? "well" : "not well");
}

/* Not ready is an answer, and exit 1. */
enum ctl_exit ctl_health(const struct ctl *ctl)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_health health = { .release = TEXT_LITERAL(SPOM_VERSION) };
	const void *answer;
	enum ctl_exit code = ask_authority(ctl, WIRE(health, &health), TAG_health_state, &arena, &answer);
	if (code != CTL_DONE)
		return code;
	const struct msg_health_state *is = answer;
	if (ctl->json) {
		code = ask_print_json(WIRE(health_state, is), &arena);
	} else {
		(void)printf("%-10s %s\n", "authority", is->ready ? "ready" : "not ready");
		print_part("store", is->store);
		print_part("audit", is->audit);
		print_part("clock", is->clock);
		print_part("mail queue", is->mail);
		print_part("directory", is->directory);
		(void)printf("%-10s %.*s\n", "release", TEXT_ARGS(is->release));
	}
	return code == CTL_DONE && !is->ready ? CTL_REFUSED : code;
}
