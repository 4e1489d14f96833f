#include <stdio.h>
#include "base/arena.h"
#include "ctl/ask.h"
#include "ctl/show.h"

enum ctl_exit ctl_key_list(const struct ctl *ctl)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_operator by = { .break_glass = false };
	const struct msg_key_list ask = { &by };
	const void *answer;
	enum ctl_exit code = ask_operator(ctl, &by, WIRE(key_list, &ask), TAG_key_rows, &arena, &answer);
	if (code != CTL_DONE)
		return code;
	const struct msg_key_rows *rows = answer;
	if (ctl->json)
		return ask_print_json(WIRE(key_rows, rows), &arena);
	for (uint32_t i = 0; i < rows->keys.n; i++) {
		const struct msg_key_row *row = &rows->keys.at[i];
		(void)printf("%-12.*s %-28s %s\n", TEXT_ARGS(row->id),
		    row->current ? "seals"
		    : row->opens ? "opens what it sealed"
				 : "for names alone",
		    row->backed_up ? "has a backup" : "HAS NO BACKUP");
	}
	show_text("file", rows->file);
	if (rows->file.at == NULL)
		show_str("file", "none: the key ends with the authority");
	if (rows->resealing)
		(void)printf("%llu values are left to be sealed anew\n", (unsigned long long)rows->left);
	return CTL_DONE;
}

static void print_lines(const struct msg_key_sheet *sheet)
{
	for (uint32_t i = 0; i < sheet->keys.n; i++)
		(void)printf(
		    "%.*s\n", (int)sheet->keys.at[i].key.len, (const char *)sheet->keys.at[i].key.at);
}

enum ctl_exit ctl_key_backup(const struct ctl *ctl)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_operator by = { .break_glass = false };
	const struct msg_key_backup ask = { &by };
	const void *answer;
	enum ctl_exit code = ask_operator(ctl, &by, WIRE(key_backup, &ask), TAG_key_sheet, &arena, &answer);
	if (code != CTL_DONE)
		return code;
	const struct msg_key_sheet *sheet = answer;
	if (ctl->json)
		return ask_print_json(WIRE(key_sheet, sheet), &arena);
	(void)fprintf(stderr,
	    "Keep these lines in a safe, on paper: they are the file %.*s.\n"
	    "Whoever has them has every key of this campus; without them the authenticators of all\n"
	    "people are lost when the file is.\n\n",
	    TEXT_ARGS(sheet->file));
	print_lines(sheet);
	return CTL_DONE;
}

enum ctl_exit ctl_key_rotate(const struct ctl *ctl)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_operator by = { .break_glass = false };
	const struct msg_key_rotate ask = { &by, ctl->retire };
	const void *answer;
	if (ctl->signing)
		return ctl_signing_rotate(ctl);
	if (ctl->service.alg != NULL)
		return ask_usage("--alg is of the keys that sign tokens: --signing");
	enum ctl_exit code = ask_operator(ctl, &by, WIRE(key_rotate, &ask), TAG_key_sheet, &arena, &answer);
	if (code != CTL_DONE)
		return code;
	const struct msg_key_sheet *sheet = answer;
	if (ctl->json)
		return ask_print_json(WIRE(key_sheet, sheet), &arena);
	if (sheet->written) {
		(void)printf("%.*s is written, and the authority works with it.\n%s", TEXT_ARGS(sheet->file),
		    ctl->retire
			? ""
			: "What it sealed is being sealed anew; spomctl key list says how much is left.\n"
			  "Fetch the new key for the safe: spomctl key backup\n");
		return CTL_DONE;
	}
	(void)fprintf(stderr,
	    "The authority may not write %.*s. Make it these lines,\n"
	    "and then say: spomctl config reload (or restart the authority, where the file is a credential "
	    "of systemd)\n\n",
	    TEXT_ARGS(sheet->file));
	print_lines(sheet);
	return CTL_DONE;
}
