/* log.c - what comes in may have been typed by strangers: whatever is not a plain printable character is written as its
 * number, so that no value can pretend to be a field, a line, or an order to the terminal. */
#include "log/log.h"
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/enc.h"

#define LINE_MAX_ 4096u /* what one write(2) to a pipe keeps together */
#define VALUE_MAX 600u  /* bytes of one value */
#define TAIL 8u         /* room that stays for " cut=1" and the line's end */

static struct {
	const char *program;
	enum log_level least;
	bool journal;
} self = { "spom", LOG_LEVEL_INFO, false };

struct line {
	char at[LINE_MAX_];
	size_t len;
	bool full;
};

/* Whether stderr is the stream that systemd has made for the journal: JOURNAL_STREAM is DEVICE:INODE. */
static bool is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct stat file;
	char own[64];
	if (stream == NULL || fstat(STDERR_FILENO, &file) != 0)
		return false;
	(void)snprintf(
	    own, sizeof own, "%llu:%llu", (unsigned long long)file.st_dev, (unsigned long long)file.st_ino);
	return strcmp(stream, own) == 0;
}

void log_open(const char *program, enum log_level least)
{
	self.program = program;
	self.least = least;
	self.journal = is_journal();
}

/* Adds all of the bytes or none, and nothing more behind none. */
static void add(struct line *line, const char *bytes, size_t len)
{
	if (line->full || len > LINE_MAX_ - TAIL - line->len) {
		line->full = true;
		return;
	}
	memcpy(line->at + line->len, bytes, len);
	line->len += len;
}

static void add_str(struct line *line, const char *text)
{
	add(line, text, strlen(text));
}

/* The bytes of the character at the front of a text; 0 when it is none. */
static size_t character(const char *at, size_t left)
{
	for (size_t len = 1; len <= 4 && len <= left; len++)
		if (text_is_utf8(at, len))
			return len;
	return 0;
}

/* Marks that turn the direction of a line around, and line separators that are no control characters (U+200E, U+200F,
 * U+2028 to U+202E, U+2066 to U+2069). */
static bool is_trick(const char *at, size_t len)
{
	const unsigned char *byte = (const unsigned char *)at;
	if (len != 3 || byte[0] != 0xe2)
		return false;
	if (byte[1] == 0x80)
		return byte[2] == 0x8e || byte[2] == 0x8f || (byte[2] >= 0xa8 && byte[2] <= 0xae);
	return byte[1] == 0x81 && byte[2] >= 0xa6 && byte[2] <= 0xa9;
}

static void add_quoted(struct line *line, struct text text)
{
	add(line, "\"", 1);
	for (size_t i = 0; i < text.len;) {
		const char *at = text.at + i;
		size_t len = character(at, text.len - i);
		if (len == 0 || text_has_control(at, len, false) || is_trick(at, len)) {
			char escaped[5];
			(void)snprintf(escaped, sizeof escaped, "\\x%02x", (unsigned char)at[0]);
			add(line, escaped, 4);
			len = 1;
		} else {
			if (at[0] == '"' || at[0] == '\\')
				add(line, "\\", 1);
			add(line, at, len);
		}
		i += len;
	}
	add(line, "\"", 1);
}

static bool is_plain(struct text text)
{
	static const char PLAIN[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.,:;/@+*%#?&()[]";
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] == '\0' || strchr(PLAIN, text.at[i]) == NULL)
			return false;
	return text.len > 0;
}

static void add_text(struct line *line, struct text text)
{
	bool cut = text.len > VALUE_MAX;
	if (cut)
		text.len = VALUE_MAX;
	if (is_plain(text))
		add(line, text.at, text.len);
	else
		add_quoted(line, text);
	if (cut)
		add_str(line, "...");
}

/* A field stands in full or not at all. */
static void add_field(struct line *line, const struct log_field *field)
{
	if (field->kind == LOG_TEXT_ && field->text.at == NULL)
		return;
	size_t before = line->len;
	add_str(line, " ");
	add_str(line, field->key);
	add_str(line, "=");
	if (field->kind == LOG_TEXT_) {
		add_text(line, field->text);
	} else {
		char number[24];
		(void)snprintf(number, sizeof number, "%lld", field->number);
		add_str(line, number);
	}
	if (line->full)
		line->len = before;
}

/* The same eleven characters that error pages show (frame_trace_text). */
static void add_trace(struct line *line, uint64_t trace)
{
	unsigned char bytes[8];
	char text[ENC_BASE64URL_SIZE(sizeof bytes)];
	for (unsigned i = 0; i < sizeof bytes; i++)
		bytes[i] = (unsigned char)(trace >> (56 - 8 * i));
	enc_base64url(bytes, sizeof bytes, text);
	add_str(line, " trace=");
	add_str(line, text);
}

/* The journal knows time and program itself. */
static void add_head(struct line *line, enum log_level level)
{
	static const char *const NAMES[] = { "error", "warning", "info", "debug" };
	static const char *const PRIORITIES[] = { "<3>", "<4>", "<6>", "<7>" };
	if (self.journal) {
		add_str(line, PRIORITIES[level]);
		return;
	}
	int64_t now_ms = clock_now_ms();
	time_t now = (time_t)(now_ms / 1000);
	struct tm utc;
	char head[100];
	size_t len =
	    gmtime_r(&now, &utc) != NULL ? strftime(head, sizeof head, "%Y-%m-%dT%H:%M:%S", &utc) : 0;
	add(line, head, len);
	(void)snprintf(
	    head, sizeof head, ".%03dZ %s %.40s ", (int)(now_ms % 1000), NAMES[level], self.program);
	add_str(line, head);
}

static void write_line(struct line *line)
{
	if (line->full) {
		memcpy(line->at + line->len, " cut=1", 6);
		line->len += 6;
	}
	line->at[line->len++] = '\n';
	while (write(STDERR_FILENO, line->at, line->len) < 0 && errno == EINTR)
		continue; /* nobody could be told of any other error */
}

void log_fields(enum log_level level, const char *event, uint64_t trace, const struct log_field *fields)
{
	if (level > self.least || level < LOG_LEVEL_ERROR)
		return;
	int before = errno;
	struct line line = { .len = 0 };
	add_head(&line, level);
	add_str(&line, event);
	if (trace != 0)
		add_trace(&line, trace);
	for (; fields->key != NULL && !line.full; fields++)
		add_field(&line, fields);
	write_line(&line);
	errno = before;
}
