#include <stdio.h>
#include "base/arena.h"
#include "ctl/ask.h"
#include "ctl/show.h"

/* Words from a column on, broken at blanks before column 80; further lines behind an indent. */
static void print_wrapped(struct text words, size_t column, unsigned indent)
{
	for (size_t i = 0; i < words.len;) {
		size_t len = 0;
		while (i + len < words.len && words.at[i + len] != ' ')
			len++;
		if (column > indent && column + 1 + len > 79) {
			(void)printf("\n%*s", (int)indent, "");
			column = indent;
		} else if (column > indent) {
			(void)putchar(' ');
			column++;
		}
		(void)printf("%.*s", (int)len, words.at + i);
		column += len;
		i += len + 1;
	}
	(void)putchar('\n');
}

static void print_row(const struct msg_test_row *row)
{
	(void)printf("%-5s %.*s:", WIRE_ENUM_TEXT(test_state, row->state), TEXT_ARGS(row->name));
	print_wrapped(row->words, 7 + row->name.len, 6);
	if (row->remedy.at != NULL) {
		(void)printf("      ->");
		print_wrapped(row->remedy, 8, 9);
	}
}

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
	const struct msg_directory_report *report = answer;
	if (ctl->json)
		code = ask_print_json(WIRE(directory_report, report), &arena);
	else
		for (uint32_t i = 0; i < report->rows.n; i++)
			print_row(&report->rows.at[i]);
	return code == CTL_DONE && !report->well ? CTL_REFUSED : code;
}
