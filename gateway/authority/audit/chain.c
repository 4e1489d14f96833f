#include "authority/audit/chain.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "authority/audit/audit.h"
#include "base/clock.h"
#include "base/io.h"

static const struct text NONE = { NULL, 0 };

static enum err write_all(int fd, const char *bytes, size_t len, off_t at)
{
	while (len > 0) {
		ssize_t n = pwrite(fd, bytes, len, at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ERR_IO;
		bytes += n;
		len -= (size_t)n;
		at += n;
	}
	return OK;
}

/* What a failed fdatasync(2) may have lost the kernel takes for written: the whole batch is written again. */
enum err chain_commit(struct chain *chain, const char *batch, size_t len)
{
	enum err err = write_all(chain->fd, batch, len, chain->size);
	if (err == OK && fdatasync(chain->fd) != 0)
		err = ERR_IO;
	if (err == OK)
		chain->size += (off_t)len;
	else if (ftruncate(chain->fd, chain->size) != 0)
		return ERR_IO;
	return err;
}

size_t chain_add(struct chain *chain, char *room, int64_t time_ms, struct text middle)
{
	return line_write(room, ++chain->n, time_ms, middle, &chain->key, chain->mac);
}

/* The first record of a file, into an empty one. */
static enum err begin(struct chain *chain, const char *former, struct text reason)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	const struct msg_audit_row row = {
		.event = text_of(audit_event_text(AUDIT_FILE_BEGAN)),
		.file = chain->file,
		.former = former[0] != '\0' ? text_of(former) : (struct text){ NULL, 0 },
		.reason = reason,
	};
	struct text middle;
	enum err err = line_render(&row, &arena, &middle);
	char *room = err == OK ? arena_alloc(&arena, middle.len + LINE_EXTRA) : NULL;
	if (room == NULL)
		return err != OK ? err : ERR_NO_MEMORY;
	keys_chain_begin(chain->keys, chain->file, &chain->key);
	size_t len = chain_add(chain, room, clock_now_ms(), middle);
	err = chain_commit(chain, room, len);
	if (err == OK && fsync(chain->folder) != 0)
		err = ERR_IO;
	return err;
}

enum files_state chain_look(const struct chain *chain)
{
	return files_look(chain->folder, chain->file, chain->fd, chain->size);
}

enum err chain_next_file(struct chain *chain, struct text reason)
{
	struct chain next = *chain;
	next.file++;
	next.size = 0;
	enum err err = files_open(chain->folder, next.file, O_RDWR | O_CREAT | O_EXCL, &next.fd);
	if (err != OK)
		return ERR_IO;
	err = begin(&next, chain->mac, reason);
	if (err != OK) {
		io_close(&next.fd);
		(void)files_remove(chain->folder, next.file);
		return ERR_IO;
	}
	io_close(&chain->fd);
	*chain = next;
	return OK;
}

static void lines_free(struct lines **lines)
{
	free(*lines);
}

/* Walks the file from its first record to the last one that is the chain's. */
static enum err walk(struct chain *chain, off_t end, struct chain_found *found, bool *broken_r)
{
	CLEANUP(lines_free) struct lines *lines = calloc(1, sizeof *lines);
	enum lines_event event;
	struct text text;
	struct line line;
	if (lines == NULL)
		return ERR_NO_MEMORY;
	*lines = (struct lines){ .fd = chain->fd, .end = end };
	while ((event = lines_next(lines, &text)) == LINES_LINE) {
		bool next = line_split(text, &line);
		if (next && chain->size == 0)
			next = line_begins(&line, chain->keys, chain->file, &chain->key);
		else if (next)
			next = line.n == chain->n + 1;
		struct keys_chain key = chain->key;
		if (!next || !line_is_next(&line, &key)) {
			*broken_r = true;
			return OK;
		}
		chain->key = key;
		chain->n = line.n;
		found->last_ms = line_time_ms(&line);
		memcpy(chain->mac, line.mac.at, LINE_MAC_LEN);
		chain->size = lines->at;
	}
	return event == LINES_FAULT ? ERR_IO : OK;
}

/* Whether nothing but a hole stands behind the last record: a file that grew before a crash, without its bytes. */
static bool is_hole(int fd, off_t from, off_t end)
{
	char bytes[4096];
	while (from < end) {
		ssize_t n = pread(fd, bytes, sizeof bytes, from);
		if (n <= 0)
			return false;
		for (ssize_t i = 0; i < n; i++)
			if (bytes[i] != '\0')
				return false;
		from += n;
	}
	return true;
}

/* The chain goes on behind what the file claims to end with, in a file of its own. */
static enum err leave_broken(struct chain *chain, off_t end, struct chain_found *found)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct line last;
	found->broken_n = chain->n > 0 ? chain->n : 1;
	found->broken_file = chain->file;
	enum err err = files_last_line(chain->fd, end, &arena, &last);
	if (err == OK) {
		chain->n = last.n > chain->n ? last.n : chain->n;
		memcpy(chain->mac, last.mac.at, LINE_MAC_LEN);
	}
	return err == OK || err == ERR_NOT_FOUND ? chain_next_file(chain, NONE) : err;
}

/* A file in which nothing was committed: the one before says how the chain had ended. */
static enum err begin_again(struct chain *chain)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	CLEANUP(io_close) int former = -1;
	struct line last = { .n = 0, .mac = { NULL, 0 } };
	off_t end = 0;
	enum err err = files_open(chain->folder, chain->file - 1, O_RDONLY, &former);
	if (err == OK)
		err = files_size(former, &end);
	if (err == OK)
		err = files_last_line(former, end, &arena, &last);
	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	chain->n = last.n;
	chain->size = 0;
	return begin(chain, text_str(last.mac), NONE);
}

static enum err go_on(struct chain *chain, struct chain_found *found)
{
	off_t end;
	bool broken = false;
	enum err err = files_size(chain->fd, &end);
	if (err == OK)
		err = walk(chain, end, found, &broken);
	if (err != OK)
		return err;
	/* a crash tears one line; more than that is somebody's work */
	broken |= end - chain->size > (off_t)LINE_MAX_BYTES;
	if (broken && !is_hole(chain->fd, chain->size, end))
		return leave_broken(chain, end, found);
	found->torn = end - chain->size;
	if (found->torn > 0 && ftruncate(chain->fd, chain->size) != 0)
		return ERR_IO;
	return chain->size == 0 ? begin_again(chain) : OK;
}

enum err chain_open(const struct keys *keys, int folder, struct chain *chain_r, struct chain_found *found_r)
{
	struct chain chain = { .keys = keys, .folder = folder, .fd = -1 };
	struct chain_found found = { 0 };
	uint64_t first;
	enum err err = files_range(folder, &first, &chain.file);
	if (err == OK && chain.file == 0)
		err = chain_next_file(&chain, NONE);
	else if (err == OK)
		err = files_open(folder, chain.file, O_RDWR, &chain.fd);
	if (err == OK && chain.size == 0)
		err = go_on(&chain, &found);
	if (err != OK) {
		chain_close(&chain);
		return ERR_IO;
	}
	*chain_r = chain;
	*found_r = found;
	return OK;
}

void chain_close(struct chain *chain)
{
	io_close(&chain->fd);
	explicit_bzero(&chain->key, sizeof chain->key);
}
