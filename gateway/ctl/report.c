#include "ctl/report.h"
#include <stdio.h>
#include "base/arena.h"
#include "ctl/ask.h"

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

enum ctl_exit report_print(
    const struct ctl *ctl, const struct msg_directory_report *report, struct arena *arena)
{
	enum ctl_exit code = CTL_DONE;
	if (ctl->json)
		code = ask_print_json(WIRE(directory_report, report), arena);
	else
		for (uint32_t i = 0; i < report->rows.n; i++)
			print_row(&report->rows.at[i]);
	return code == CTL_DONE && !report->well ? CTL_REFUSED : code;
}
