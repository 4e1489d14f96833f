/* verify.c - whether a file of the chain is as it was written. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "authority/audit/state.h"
#include "base/io.h"
#include "wire/json.h"

struct check {
	struct audit *audit;
	struct arena *arena;
	struct msg_audit_verdict verdict;
	struct keys_chain key;
	struct committed now;
};

static void lines_free(struct lines **lines)
{
	free(*lines);
}

/* The first fault is the one that counts. */
PRINTF_LIKE(2, 3) static enum err fault(struct check *check, const char *words, ...)
{
	char text[200];
	va_list args;
	if (check->verdict.fault.at != NULL)
		return OK;
	check->verdict.well = false;
	va_start(args, words);
	(void)vsnprintf(text, sizeof text, words, args);
	va_end(args);
	return text_copy(check->arena, text_of(text), &check->verdict.fault) ? OK : ERR_NO_MEMORY;
}

/* The last record of the file before; n 0 where there is none. */
static enum err former_of(struct check *check, struct line *former_r)
{
	CLEANUP(io_close) int fd = -1;
	off_t end;
	*former_r = (struct line){ .n = 0 };
	enum err err = files_open(check->audit->folder, check->verdict.file - 1, O_RDONLY, &fd);
	if (err == OK)
		err = files_size(fd, &end);
	if (err == OK)
		err = files_last_line(fd, end, check->arena, former_r);
	return err == ERR_NOT_FOUND ? OK : err;
}

/* The first record says which file it is, and how the one before ended. */
static enum err check_join(struct check *check, struct text text, bool is_first)
{
	const void *at;
	const char *field;
	struct line former;
	enum err err = wire_json_read(wire_msg_audit_row(), text, check->arena, &at, &field);
	if (err != OK)
		return fault(check, "record %" PRIu64 " cannot be read", check->verdict.first);
	const struct msg_audit_row *row = at;
	if (row->file != check->verdict.file)
		return fault(check, "it is file %" PRIu64 " of the chain under another name", row->file);
	if (is_first && row->former.at == NULL)
		return row->n == 1 ? OK : fault(check, "it begins with record %" PRIu64, row->n);
	err = former_of(check, &former);
	bool touched = text_equal(row->reason, CHAIN_TOUCHED);
	if (err != OK || (former.n == 0 && is_first && !touched)) /* older files are kept elsewhere */
		return err;
	if (former.n == 0)
		return fault(check,
		    touched ? "file %" PRIu64 " was taken away or emptied while it was written"
			    : "file %" PRIu64 " is not there",
		    check->verdict.file - 1);
	if (!text_equal(former.mac, row->former) || former.n + 1 != row->n)
		return fault(check, "file %" PRIu64 " ended with another record than this one says",
		    check->verdict.file - 1);
	return OK;
}

static enum err check_line(struct check *check, struct text text, bool is_first)
{
	struct msg_audit_verdict *verdict = &check->verdict;
	struct line line;
	if (!line_split(text, &line))
		return fault(
		    check, "behind record %" PRIu64 " stands a line that is no record", verdict->last);
	if (verdict->records > 0 && line.n != verdict->last + 1)
		return fault(
		    check, "behind record %" PRIu64 " stands another one than the next", verdict->last);
	bool next =
	    verdict->records > 0 || line_begins(&line, check->audit->keys, verdict->file, &check->key);
	if (!next || !line_is_next(&line, &check->key))
		return fault(check, "record %" PRIu64 " is not as it was written", line.n);
	bool begins = verdict->records++ == 0;
	verdict->last = line.n;
	if (!begins)
		return OK;
	verdict->first = line.n;
	return check_join(check, text, is_first);
}

static enum err check_lines(struct check *check, int fd, off_t end, bool is_first)
{
	CLEANUP(lines_free) struct lines *lines = calloc(1, sizeof *lines);
	enum lines_event event;
	struct text text;
	enum err err = OK;
	if (lines == NULL)
		return ERR_NO_MEMORY;
	*lines = (struct lines){ .fd = fd, .end = end };
	while ((event = lines_next(lines, &text)) == LINES_LINE) {
		err = check_line(check, text, is_first);
		if (err != OK || check->verdict.fault.at != NULL)
			return err;
	}
	if (event == LINES_FAULT)
		return ERR_IO;
	if (event == LINES_TORN)
		return fault(check, "behind record %" PRIu64 " stands half a line", check->verdict.last);
	return check->verdict.records > 0 ? OK
					  : fault(check, "file %" PRIu64 " is empty", check->verdict.file);
}

/* The end of the last file, which only a head can vouch for. */
static enum err check_head(struct check *check, const struct msg_audit_head *head)
{
	struct text words;
	enum err err = head_compare(check->audit, head, check->arena, &words);
	if (err == ERR_NOT_FOUND)
		return fault(
		    check, "the head of record %" PRIu64 " was not signed by this authority", head->n);
	if (err == OK)
		check->verdict.has_head = true;
	if (err == OK && words.at != NULL && check->verdict.fault.at == NULL) {
		check->verdict.fault = words;
		check->verdict.well = false;
	}
	return err;
}

static enum err check_heads(struct check *check, struct text given)
{
	const struct msg_audit_head *stored;
	struct msg_audit_head head;
	enum err err = head_load(check->audit, check->arena, &stored);
	if (err == OK)
		err = check_head(check, stored);
	if (err == ERR_NOT_FOUND || err == ERR_UNREACHABLE || err == ERR_TIMEOUT)
		err = OK; /* has_head says that there was nothing to compare with */
	if (err != OK || given.at == NULL)
		return err;
	err = head_parse(given, check->arena, &head);
	if (err == ERR_MALFORMED)
		return fault(check, "the head that was given is none of ours");
	return err == OK ? check_head(check, &head) : err;
}

/* How much of the file is to be looked at, and whether that is less than what was committed: it may have been cut while it is written. */
static enum err end_of(struct check *check, int fd, off_t *end_r, bool *short_r)
{
	off_t size;
	enum err err = files_size(fd, &size);
	if (err != OK)
		return err;
	bool present = check->verdict.file == check->now.file;
	*short_r = present && size < check->now.size;
	*end_r = present && !*short_r ? check->now.size : size;
	return OK;
}

static enum err check_file(struct check *check, bool is_first, struct text head)
{
	CLEANUP(io_close) int fd = -1;
	off_t end = 0;
	bool cut = false;
	enum err err = files_open(check->audit->folder, check->verdict.file, O_RDONLY, &fd);
	if (err == ERR_NOT_FOUND && !is_first)
		return fault(check, "file %" PRIu64 " is not there", check->verdict.file);
	if (err == OK)
		err = end_of(check, fd, &end, &cut);
	if (err == OK)
		err = check_lines(check, fd, end, is_first);
	if (err == OK && cut)
		err = fault(
		    check, "it is shorter than what was written to it up to record %" PRIu64, check->now.n);
	if (err == OK && check->verdict.file == check->now.file)
		err = check_heads(check, head);
	return err;
}

enum err audit_verify(struct audit *audit, uint64_t file, struct text head, struct arena *arena,
    struct msg_audit_verdict *verdict_r)
{
	struct check check = { .audit = audit, .arena = arena, .now = audit_committed(audit) };
	uint64_t first, last;
	enum err err = files_range(audit->folder, &first, &last);
	if (err != OK)
		return err;
	check.verdict.file = file != 0 ? file : first;
	check.verdict.files = check.now.file;
	check.verdict.well = true;
	if (first == 0 || check.verdict.file < first || check.verdict.file > check.now.file)
		return ERR_NOT_FOUND;
	err = check_file(&check, check.verdict.file == first, head);
	if (check.verdict.file < check.now.file)
		check.verdict.next = check.verdict.file + 1;
	if (err == OK)
		*verdict_r = check.verdict;
	return err;
}
