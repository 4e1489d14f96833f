#include "front/http_buffer.h"
#include <stddef.h>
#include <string.h>

struct mg_request_info *http_buffer_info(const struct mg_connection *connection)
{
	return (struct mg_request_info *)(uintptr_t)mg_get_request_info(connection);
}

/* Behind a head's last line, where its CR and LF were made NULs, there is the empty line, whose LF the library makes a NUL as well.
 * Anything else is a line's end of another kind, a line that goes on in the next one, or a field that was left out. */
static const char *end_of_lines(const struct mg_request_info *info)
{
	const struct mg_header *last = &info->http_headers[info->num_headers - 1];
	const char *end = last->value + strlen(last->value);
	return end[1] == '\0' && end[2] == '\r' && end[3] == '\0' ? end + 4 : NULL;
}

/* The library skips blanks in front of a request; then the buffer's first byte is not the method's, and what is left of its size is not
 * known. The buffer comes from malloc, so such a method is either not aligned or has a blank before it. In front of a buffer lies
 * malloc's own head, whose last byte is the high end of a size: 0. */
__attribute__((no_sanitize("address"))) static bool is_at_start(const char *method)
{
	if ((uintptr_t)method % _Alignof(max_align_t) != 0)
		return false;
#ifdef __SANITIZE_THREAD__ /* its malloc has no head: there may be no memory at all */
	return true;
#else
	char before = *(const volatile char *)(method - 1);
	return before != ' ' && before != '\r' && before != '\n' && before != '\t';
#endif
}

static const char *check_lines(const struct mg_request_info *info)
{
	for (int i = 0; i < info->num_headers; i++) {
		const char *name = info->http_headers[i].name, *value = info->http_headers[i].value;
		size_t len = strlen(name);
		if (value > name + len + 1 && name[len + 1] == '\0')
			return "a blank behind a field's name";
		const char *end = value + strlen(value);
		if (end[1] != '\0')
			return "a line without CR";
	}
	return end_of_lines(info) == NULL ? "a line that was not understood" : NULL;
}

bool http_buffer_head(const struct mg_request_info *info, struct head *head_r, const char **why_r)
{
	*head_r = (struct head){
		.method = text_of(info->request_method),
		.path = text_of(info->request_uri),
		.query = text_of(info->query_string),
		.version = text_of(info->http_version),
	};
	for (int i = 0; i < info->num_headers && head_r->n_lines < HEAD_LINES_MAX; i++) {
		struct text value = text_of(info->http_headers[i].value);
		while (value.len > 0 && (value.at[value.len - 1] == ' ' || value.at[value.len - 1] == '\t'))
			value.len--;
		head_r->lines[head_r->n_lines++] =
		    (struct head_line){ text_of(info->http_headers[i].name), value };
	}
	*why_r = NULL;
	if (info->num_headers <= 0)
		*why_r = "no header fields";
	else if (info->num_headers >= HEAD_LINES_MAX)
		*why_r = "too many header fields";
	else if (!is_at_start(info->request_method))
		*why_r = "blanks in front of the request";
	else
		*why_r = check_lines(info);
	return *why_r == NULL;
}

static void erase(const char *string)
{
	if (string != NULL)
		explicit_bzero((char *)(uintptr_t)string, strlen(string));
}

static bool is_secret(const char *name)
{
	static const char *const NAMES[] = { "Cookie", "Authorization", "X-SPOM-Edge", "X-CSRF-Token",
		"X-Original-URL" };
	for (size_t i = 0; i < COUNT(NAMES); i++)
		if (strcasecmp(name, NAMES[i]) == 0)
			return true;
	return false;
}

/* Where the body begins is known when the head was understood; else where the last line that was ends. */
static char *body_of(const struct mg_request_info *info)
{
	const struct mg_header *last = &info->http_headers[info->num_headers - 1];
	const char *end = end_of_lines(info);
	return (char *)(uintptr_t)(end != NULL ? end : last->value + strlen(last->value));
}

void http_buffer_erase(struct mg_request_info *info, uint64_t length)
{
	if (info->num_headers > 0 && is_at_start(info->request_method)) {
		char *body = body_of(info);
		size_t left = HTTP_BUFFER_SIZE - (size_t)(body - info->request_method);
		explicit_bzero(body, length < left ? (size_t)length : left);
	}
	for (int i = 0; i < info->num_headers; i++)
		if (is_secret(info->http_headers[i].name))
			erase(info->http_headers[i].value);
	erase(info->query_string);
}
