#include <stdio.h>
#include "base/arena.h"
#include "ctl/ask.h"

#define LOG "the log of spom-authority says why at "

/* Why is for the log alone: whoever asks front gets the same answer. */
static void print_part(const char *name, bool well, const char *where)
{
	(void)printf("%-10s %s%s\n", name, well ? "well" : "not well: ", well ? "" : where);
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
		print_part("store", is->store, LOG "store_unreachable");
		print_part("audit", is->audit, LOG "audit_");
		print_part("clock", is->clock, LOG "clock_doubted");
		print_part("mail queue", is->mail, LOG "mail_disk_refuses");
		print_part("directory", is->directory, "spomctl directory test says why");
		(void)printf("%-10s %.*s\n", "release", TEXT_ARGS(is->release));
	}
	return code == CTL_DONE && !is->ready ? CTL_REFUSED : code;
}
