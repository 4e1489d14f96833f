/* authority_audit.c - a file of the audit that somebody else has written, and the end of a chain as it stands in a log. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "authority/audit/state.h"
#include "base/io.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static bool lies_within(struct text part, struct text whole)
{
	return part.at >= whole.at && part.at + part.len <= whole.at + whole.len;
}

/* The last line that has the form of a record, as a walk finds it; its number, or 0. */
static uint64_t walk(struct lines *lines)
{
	struct text text;
	struct line line;
	uint64_t last = 0;
	off_t before = 0;
	enum lines_event event;
	while ((event = lines_next(lines, &text)) == LINES_LINE) {
		must(lines->at > before && lines->at <= lines->end && text.len < LINE_MAX_BYTES);
		before = lines->at;
		if (!line_split(text, &line))
			continue;
		must(lies_within(line.body, text) && lies_within(line.mac, text) &&
		     line.mac.len == LINE_MAC_LEN);
		must(line_time_ms(&line) >= 0);
		last = line.n;
	}
	must(event != LINES_FAULT);
	return last;
}

static void try_file(int fd, const uint8_t *data, size_t size)
{
	static struct lines lines;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct line last;
	must(write(fd, data, size) == (ssize_t)size);
	lines = (struct lines){ .fd = fd, .end = (off_t)size };
	uint64_t n = walk(&lines);
	enum err err = files_last_line(fd, (off_t)size, &arena, &last);
	must(err == OK || err == ERR_NOT_FOUND || err == ERR_NO_MEMORY);
	if (err == OK && lines.at == (off_t)size) /* nothing torn behind it */
		must(last.n == n);
}

static void try_head(const uint8_t *data, size_t size)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_audit_head head;
	const char *text = arena_copy(&arena, data, size);
	if (text != NULL && head_parse((struct text){ text, size }, &arena, &head) == OK)
		must(head.mac.len == LINE_MAC_LEN && head.sign.len == LINE_MAC_LEN);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(io_close) int fd = memfd_create("audit", MFD_CLOEXEC);
	if (fd >= 0)
		try_file(fd, data, size);
	try_head(data, size);
	return 0;
}
