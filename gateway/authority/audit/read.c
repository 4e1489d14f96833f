/* read.c - records for operators, in pages. Only what is committed is read. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include "authority/audit/state.h"
#include "base/io.h"
#include "wire/json.h"

struct cursor {
	uint64_t file;
	off_t offset;
};

static void lines_free(struct lines **lines)
{
	free(*lines);
}

static enum err cursor_text(const struct cursor *cursor, struct arena *arena, struct text *text_r)
{
	const char *text =
	    arena_printf(arena, "%llu:%lld", (unsigned long long)cursor->file, (long long)cursor->offset);
	if (text == NULL)
		return ERR_NO_MEMORY;
	*text_r = text_of(text);
	return OK;
}

static enum err cursor_parse(struct text text, struct cursor *cursor_r)
{
	const char *colon = text.at != NULL ? memchr(text.at, ':', text.len) : NULL;
	unsigned long long file, offset;
	if (colon == NULL)
		return ERR_MALFORMED;
	size_t len = (size_t)(colon - text.at);
	if (!text_to_number((struct text){ text.at, len }, UINT32_MAX, &file) || file == 0 ||
	    !text_to_number((struct text){ colon + 1, text.len - len - 1 }, 1ull << 40, &offset))
		return ERR_MALFORMED;
	*cursor_r = (struct cursor){ file, (off_t)offset };
	return OK;
}

/* How far a file may be read. */
static off_t end_of(struct audit *audit, uint64_t file, int fd)
{
	struct committed now = audit_committed(audit);
	off_t end = 0;
	if (file == now.file)
		return now.size;
	return file < now.file && files_size(fd, &end) == OK ? end : 0;
}

static struct msg_audit_row unreadable(const struct line *line, bool split)
{
	return (struct msg_audit_row){
		.n = split ? line->n : 0,
		.event = TEXT_LITERAL("unreadable"),
	};
}

static enum err row_of(struct text text, struct arena *arena, struct msg_audit_row *row_r)
{
	const void *at;
	const char *field;
	struct line line;
	bool split = line_split(text, &line);
	enum err err = split ? wire_json_read(wire_msg_audit_row(), text, arena, &at, &field) : ERR_MALFORMED;
	if (err == ERR_NO_MEMORY)
		return err;
	*row_r = err == OK ? *(const struct msg_audit_row *)at : unreadable(&line, split);
	return OK;
}

struct page {
	struct audit *audit;
	struct arena *arena;
	struct msg_audit_row *rows;
	unsigned n, max;
	struct cursor at;
};

/* The rows of one file from the page's place on. */
static enum err read_file(struct page *page)
{
	CLEANUP(io_close) int fd = -1;
	CLEANUP(lines_free) struct lines *lines = calloc(1, sizeof *lines);
	struct text text;
	if (lines == NULL)
		return ERR_NO_MEMORY;
	enum err err = files_open(page->audit->folder, page->at.file, O_RDONLY, &fd);
	if (err == ERR_NOT_FOUND) /* a gap: verify says so */
		return OK;
	if (err != OK)
		return err;
	*lines =
	    (struct lines){ .fd = fd, .at = page->at.offset, .end = end_of(page->audit, page->at.file, fd) };
	while (err == OK && page->n < page->max && lines_next(lines, &text) == LINES_LINE)
		err = row_of(text, page->arena, &page->rows[page->n++]);
	page->at.offset = lines->at;
	return err;
}

static unsigned part_of(struct audit *audit, uint64_t first, const struct cursor *at)
{
	struct committed now = audit_committed(audit);
	uint64_t files = now.file - first + 1;
	uint64_t done = at->file - first;
	unsigned part = (unsigned)(done * 100 / files);
	if (at->file == now.file && now.size > 0)
		part =
		    (unsigned)(done * 100 / files + (uint64_t)at->offset * 100 / (uint64_t)now.size / files);
	return part < 100 ? part : 100;
}

static enum err begin_page(struct page *page, struct text after, uint64_t *first_r, uint64_t *last_r)
{
	enum err err = files_range(page->audit->folder, first_r, last_r);
	if (err == OK && after.at != NULL)
		err = cursor_parse(after, &page->at);
	else if (err == OK)
		page->at = (struct cursor){ *first_r, 0 };
	if (err == OK && page->at.file < *first_r)
		page->at = (struct cursor){ *first_r, 0 };
	page->rows = arena_array(page->arena, page->max, sizeof *page->rows);
	return err == OK && page->rows == NULL ? ERR_NO_MEMORY : err;
}

enum err audit_read(struct audit *audit, struct text after, unsigned max, struct arena *arena,
    struct msg_audit_row **rows_r, unsigned *n_r, struct text *next_r, unsigned *part_r)
{
	struct page page = { .audit = audit, .arena = arena, .max = max };
	struct text next = { NULL, 0 };
	uint64_t first, last;
	enum err err = begin_page(&page, after, &first, &last);
	while (err == OK && page.at.file <= last) {
		err = read_file(&page);
		if (page.n == page.max || page.at.file == last)
			break;
		page.at = (struct cursor){ page.at.file + 1, 0 };
	}
	if (err == OK && page.n == page.max)
		err = cursor_text(&page.at, arena, &next);
	if (err != OK)
		return err;
	*rows_r = page.rows;
	*n_r = page.n;
	*next_r = next;
	*part_r = part_of(audit, first, &page.at);
	return OK;
}

/* The offset of the n-th line from the end, or 0 and how many are missing in *left. */
static enum err from_end(int fd, off_t end, unsigned *left, off_t *offset_r)
{
	CLEANUP(lines_free) struct lines *lines = calloc(1, sizeof *lines);
	off_t *starts = calloc(*left, sizeof *starts);
	struct text text;
	uint64_t n = 0;
	if (lines == NULL || starts == NULL) {
		free(starts);
		return ERR_NO_MEMORY;
	}
	*lines = (struct lines){ .fd = fd, .end = end };
	for (off_t start = 0; lines_next(lines, &text) == LINES_LINE; start = lines->at)
		starts[n++ % *left] = start;
	*offset_r = n >= *left ? starts[n % *left] : 0;
	*left = n >= *left ? 0 : *left - (unsigned)n;
	free(starts);
	return OK;
}

enum err audit_last(struct audit *audit, unsigned n, struct arena *arena, struct text *after_r)
{
	uint64_t first, last;
	struct cursor at = { 0, 0 };
	enum err err = files_range(audit->folder, &first, &last);
	for (uint64_t file = last; err == OK && n > 0 && file >= first && file > 0; file--) {
		CLEANUP(io_close) int fd = -1;
		err = files_open(audit->folder, file, O_RDONLY, &fd);
		if (err == OK)
			err = from_end(fd, end_of(audit, file, fd), &n, &at.offset);
		at.file = file;
		if (err == ERR_NOT_FOUND)
			err = OK;
	}
	if (err == OK && at.file == 0)
		*after_r = (struct text){ NULL, 0 };
	else if (err == OK)
		err = cursor_text(&at, arena, after_r);
	return err;
}

/* When the first record of a file was made; 0 where that cannot be read. */
static int64_t began_ms(struct audit *audit, uint64_t file, struct arena *arena)
{
	struct page page = { .audit = audit, .arena = arena, .max = 1, .at = { file, 0 } };
	struct msg_audit_row row = { .time = 0 };
	page.rows = &row;
	return read_file(&page) == OK && page.n == 1 ? row.time : 0;
}

enum err audit_since(struct audit *audit, int64_t since_ms, struct arena *arena, struct text *after_r)
{
	uint64_t first, last;
	enum err err = files_range(audit->folder, &first, &last);
	if (err != OK)
		return err;
	struct cursor at = { last, 0 };
	while (at.file > first && began_ms(audit, at.file, arena) >= since_ms)
		at.file--;
	return cursor_text(&at, arena, after_r);
}
