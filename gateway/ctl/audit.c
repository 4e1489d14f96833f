#include <stdio.h>
#include <string.h>
#include "base/arena.h"
#include "ctl/ask.h"
#include "ctl/show.h"

#define LAST_DEFAULT 20u

static void print_field(const char *name, struct text value)
{
	if (value.at != NULL)
		(void)printf(" %s=%.*s", name, TEXT_ARGS(value));
}

static void print_row(const struct msg_audit_row *row)
{
	char when[SHOW_TIME_SIZE];
	(void)printf("%s  %-18.*s", show_time(row->time, "-", when), TEXT_ARGS(row->event));
	if (row->user.at != NULL)
		(void)printf(" %.*s", TEXT_ARGS(row->user));
	else
		print_field("person", row->person);
	print_field("by", row->actor);
	print_field("door", row->door);
	print_field("from", row->address);
	print_field("object", row->object);
	print_field("reason", row->reason);
	(void)putchar('\n');
}

/* A value that a spreadsheet would take for a formula begins with a quote mark. */
static void print_csv(struct text value, bool last)
{
	bool formula = value.len > 0 && memchr("=+-@\t\r", value.at[0], 6) != NULL;
	(void)putchar('"');
	if (formula)
		(void)putchar('\'');
	for (size_t i = 0; i < value.len; i++) {
		if (value.at[i] == '"')
			(void)putchar('"');
		(void)putchar(value.at[i]);
	}
	(void)fputs(last ? "\"\r\n" : "\",", stdout);
}

static enum ctl_exit print_export(const struct ctl *ctl, const struct msg_audit_row *row, struct arena *arena)
{
	char when[SHOW_TIME_SIZE];
	if (!ctl->csv)
		return ask_print_json(WIRE(audit_row, row), arena);
	(void)printf("%llu,", (unsigned long long)row->n);
	print_csv(text_of(show_time(row->time, "", when)), false);
	const struct text values[] = { row->event, row->trace, row->person, row->user, row->actor, row->door,
		row->address, row->object, row->reason };
	for (size_t i = 0; i < COUNT(values); i++)
		print_csv(values[i], i + 1 == COUNT(values));
	return CTL_DONE;
}

/* A page; its rows are printed by print. */
typedef enum ctl_exit print_rows(
    const struct ctl *ctl, const struct msg_audit_rows *rows, struct arena *arena);

static enum ctl_exit read_all(const struct ctl *ctl, const struct msg_audit_read *first, print_rows *print)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_operator by = { .break_glass = false };
	struct msg_audit_read ask = *first;
	char after[64];
	ask.by = &by;
	for (;;) {
		const void *answer;
		enum ctl_exit code =
		    ask_operator(ctl, &by, WIRE(audit_read, &ask), TAG_audit_rows, &arena, &answer);
		const struct msg_audit_rows *rows = answer;
		if (code == CTL_DONE)
			code = print(ctl, rows, &arena);
		if (code != CTL_DONE || rows->next.at == NULL)
			return code;
		(void)snprintf(after, sizeof after, "%s", text_str(rows->next));
		ask.after = text_of(after);
		show_progress("%llu %%", (unsigned long long)rows->part);
		arena_reset(&arena);
	}
}

static enum ctl_exit print_tail(const struct ctl *ctl, const struct msg_audit_rows *rows, struct arena *arena)
{
	enum ctl_exit code = CTL_DONE;
	for (uint32_t i = 0; code == CTL_DONE && i < rows->rows.n; i++) {
		if (ctl->json)
			code = ask_print_json(WIRE(audit_row, &rows->rows.at[i]), arena);
		else
			print_row(&rows->rows.at[i]);
	}
	return code;
}

enum ctl_exit ctl_audit_tail(const struct ctl *ctl)
{
	unsigned long long last = LAST_DEFAULT;
	if (ctl->n_words > 0 && (!text_to_number(text_of(ctl->words[0]), 1000, &last) || last == 0))
		return ask_usage("audit tail takes a number of records from 1 to 1000");
	struct msg_audit_read ask = { .last = last };
	return read_all(ctl, &ask, print_tail);
}

static enum ctl_exit print_page(const struct ctl *ctl, const struct msg_audit_rows *rows, struct arena *arena)
{
	enum ctl_exit code = CTL_DONE;
	for (uint32_t i = 0; code == CTL_DONE && i < rows->rows.n; i++)
		code = print_export(ctl, &rows->rows.at[i], arena);
	return code;
}

enum ctl_exit ctl_audit_export(const struct ctl *ctl)
{
	struct msg_audit_read ask = { .last = 0 };
	if (ctl->since != NULL && !show_read_time(ctl->since, &ask.since))
		return ask_usage("--since is a time: 2026-11-24, \"2026-11-24 08:30\", or 30m, 2h, 3d ago");
	if (ctl->csv && ctl->json)
		return ask_usage("either --csv or --json");
	if (ctl->csv)
		(void)fputs("n,time,event,trace,person,user,actor,door,address,object,reason\r\n", stdout);
	enum ctl_exit code = read_all(ctl, &ask, print_page);
	show_progress_done();
	return code;
}

static void print_verdict(const struct msg_audit_verdict *verdict)
{
	(void)printf("file %-8llu records %llu to %llu: ", (unsigned long long)verdict->file,
	    (unsigned long long)verdict->first, (unsigned long long)verdict->last);
	if (verdict->well)
		(void)printf("as they were written\n");
	else
		(void)printf("%.*s\n", TEXT_ARGS(verdict->fault));
}

static void print_end(const struct ctl *ctl, bool well, bool has_head)
{
	if (ctl->json)
		(void)printf(
		    "],\"has_head\":%s,\"well\":%s}\n", has_head ? "true" : "false", well ? "true" : "false");
	else if (!has_head)
		(void)printf("The end could not be compared with a signed head: the store has none. A line\n"
			     "audit_head of the authority's log is one; give it by --head.\n");
}

static enum ctl_exit verify_files(const struct ctl *ctl, bool *well_r, bool *has_head_r)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_operator by = { .break_glass = false };
	struct msg_audit_verify ask = { &by, 0, text_of(ctl->head) };
	do {
		const void *answer;
		enum ctl_exit code =
		    ask_operator(ctl, &by, WIRE(audit_verify, &ask), TAG_audit_verdict, &arena, &answer);
		if (code != CTL_DONE)
			return code;
		const struct msg_audit_verdict *verdict = answer;
		*well_r &= verdict->well;
		*has_head_r |= verdict->has_head;
		show_progress_done();
		if (!ctl->json)
			print_verdict(verdict);
		else if (ask.file != 0)
			(void)printf(",");
		if (ctl->json)
			code = ask_print_json(WIRE(audit_verdict, verdict), &arena);
		if (code != CTL_DONE)
			return code;
		ask.file = verdict->next;
		show_progress("file %llu of %llu", (unsigned long long)verdict->file,
		    (unsigned long long)verdict->files);
		arena_reset(&arena);
	} while (ask.file != 0);
	show_progress_done();
	return CTL_DONE;
}

enum ctl_exit ctl_audit_verify(const struct ctl *ctl)
{
	bool well = true, has_head = false;
	if (ctl->json)
		(void)printf("{\"files\":[");
	enum ctl_exit code = verify_files(ctl, &well, &has_head);
	if (code != CTL_DONE)
		return code;
	print_end(ctl, well, has_head);
	return well ? CTL_DONE : CTL_REFUSED;
}
