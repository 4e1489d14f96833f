#include "base/arena.h"
#include "ctl/ask.h"
#include "ctl/report.h"
#include "ctl/show.h"

enum ctl_exit ctl_directory_test(const struct ctl *ctl)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_operator by = { .break_glass = false };
	const struct msg_directory_test ask = { &by, text_of(ctl->n_words > 0 ? ctl->words[0] : NULL) };
	const void *answer;
	show_progress("looking at the directory ...");
	enum ctl_exit code =
	    ask_operator(ctl, &by, WIRE(directory_test, &ask), TAG_directory_report, &arena, &answer);
	show_progress_done();
	if (code != CTL_DONE)
		return code;
	return report_print(ctl, answer, &arena);
}
