#include "front/head.h"
#include <stdbool.h>
#include <string.h>

/* Fields that say what a request is, where it comes from or who sends it. */
static const char *const ONCE[] = { "Host", "Content-Length", "Content-Type", "Transfer-Encoding",
	"Connection", "Cookie", "Authorization", "X-CSRF-Token", "X-SPOM-Edge", "X-SPOM-Origin",
	"X-Forwarded-For", "X-Original-URL", "X-Original-Method", "X-Forwarded-Proto", "X-Forwarded-Host",
	"X-Forwarded-Uri", "X-Forwarded-Method", "Sec-Fetch-Site", "Accept", "Accept-Language",
	"User-Agent" };

static bool is_named(const struct head_line *line, const char *name)
{
	return line->name.len == strlen(name) && strncasecmp(line->name.at, name, line->name.len) == 0;
}

static unsigned count(const struct head *head, const char *name)
{
	unsigned n = 0;
	for (unsigned i = 0; i < head->n_lines; i++)
		n += is_named(&head->lines[i], name);
	return n;
}

struct text head_find(const struct head *head, const char *name)
{
	for (unsigned i = 0; i < head->n_lines; i++)
		if (is_named(&head->lines[i], name))
			return head->lines[i].value;
	return (struct text){ NULL, 0 };
}

static bool is_token(struct text text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];
		bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		if (!word && (c == '\0' || strchr("!#$%&'*+-.^_`|~", c) == NULL))
			return false;
	}
	return text.len > 0;
}

static bool has_only_visible(struct text value)
{
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.at[i];
		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Visible ASCII, and every "%" begins an escape of something else than NUL. */
static bool is_uri_part(struct text part)
{
	for (size_t i = 0; i < part.len; i++) {
		char c = part.at[i];
		if (c <= 0x20 || c >= 0x7f || c == '#')
			return false;
		if (c != '%')
			continue;
		if (part.len - i < 3 || !is_hex(part.at[i + 1]) || !is_hex(part.at[i + 2]))
			return false;
		if (part.at[i + 1] == '0' && part.at[i + 2] == '0')
			return false;
	}
	return true;
}

static const char *check_lines(const struct head *head)
{
	if (head->n_lines >= HEAD_LINES_MAX)
		return "too many header fields";
	for (unsigned i = 0; i < head->n_lines; i++)
		if (!is_token(head->lines[i].name) || !has_only_visible(head->lines[i].value))
			return "an odd header field";
	for (size_t i = 0; i < COUNT(ONCE); i++)
		if (count(head, ONCE[i]) > 1)
			return "a header field twice";
	if (count(head, "Host") != 1 || head_find(head, "Host").len == 0)
		return "no Host";
	if (count(head, "Transfer-Encoding") > 0)
		return "a Transfer-Encoding";
	if (count(head, "Expect") > 0 || count(head, "Upgrade") > 0)
		return "an expectation";
	return NULL;
}

static const char *check_request_line(const struct head *head)
{
	if (!is_token(head->method) || head->method.len > 16)
		return "an odd method";
	if (!text_equal_str(head->version, "1.1") && !text_equal_str(head->version, "1.0"))
		return "an unknown version";
	if (!text_starts_with(head->path, "/") || head->path.len + head->query.len > HEAD_URI_MAX)
		return "not a path";
	if (!is_uri_part(head->path) || !is_uri_part(head->query))
		return "an odd character in the address";
	return NULL;
}

/* Digits and nothing else: no sign, no blanks, no list; leading zeros are harmless but nobody sends them. */
static const char *check_length(const struct head *head, uint64_t *length_r)
{
	struct text value = head_find(head, "Content-Length");
	unsigned long long length = 0;
	if (value.at != NULL && !text_to_number(value, HEAD_LENGTH_MAX, &length))
		return "a Content-Length that is no number";
	*length_r = length;
	return NULL;
}

enum err head_check(const struct head *head, uint64_t *length_r, const char **why_r)
{
	uint64_t length = 0;
	const char *why = check_request_line(head);
	if (why == NULL)
		why = check_lines(head);
	if (why == NULL)
		why = check_length(head, &length);
	if (why != NULL) {
		*why_r = why;
		return ERR_MALFORMED;
	}
	*length_r = length;
	return OK;
}
