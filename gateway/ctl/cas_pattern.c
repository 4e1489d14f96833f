#include "ctl/cas_pattern.h"
#include <ctype.h>
#include <string.h>
#include "base/attr.h"
#include "text/out.h"

#define MANY "it says something of addresses that no list of addresses can say"

struct reader {
	const char *at, *end; /* of what is left of one alternative */
	struct out out;
	size_t begin; /* where its address begins there */
	struct cas_pattern *pattern;
};

static void refuse(struct reader *reader, const char *why)
{
	if (reader->pattern->why == NULL)
		reader->pattern->why = why;
}

/* --- what stands next --------------------------------------------------------------------------------------------- */

enum token {
	TOKEN_END,
	TOKEN_LITERAL, /* one character, of which a dot may be without its backslash: it means itself */
	TOKEN_ANY,     /* .* */
	TOKEN_LABEL,   /* some characters without a dot */
	TOKEN_OTHER,
};

static bool follows(const struct reader *reader, const char *text)
{
	size_t len = strlen(text);
	return (size_t)(reader->end - reader->at) >= len && memcmp(reader->at, text, len) == 0;
}

static bool take_word(struct reader *reader, const char *text)
{
	if (!follows(reader, text))
		return false;
	reader->at += strlen(text);
	return true;
}

static bool take_label(struct reader *reader)
{
	static const char *const LABELS[] = { "[^.]+", "[^\\.]+", "[^./]+", "[^\\./]+", "[a-z0-9-]+",
		"[a-zA-Z0-9-]+", "[a-z]+", "[\\w-]+", "\\w+" };
	for (size_t i = 0; i < COUNT(LABELS); i++)
		if (take_word(reader, LABELS[i]))
			return true;
	return false;
}

static bool is_repeated(const struct reader *reader)
{
	return reader->at < reader->end && strchr("*+?{", *reader->at) != NULL;
}

static enum token take_token(struct reader *reader, char *literal_r)
{
	if (reader->at == reader->end)
		return TOKEN_END;
	if (take_word(reader, ".*"))
		return is_repeated(reader) ? TOKEN_OTHER : TOKEN_ANY;
	if (take_label(reader))
		return TOKEN_LABEL;
	char c = *reader->at++;
	if (c == '\\') {
		if (reader->at == reader->end || isalnum((unsigned char)*reader->at))
			return TOKEN_OTHER;
		c = *reader->at++;
	} else if (strchr("()[]{}*+?|^$", c) != NULL) {
		return TOKEN_OTHER;
	}
	*literal_r = c;
	return is_repeated(reader) ? TOKEN_OTHER : TOKEN_LITERAL;
}

/* --- one alternative ---------------------------------------------------------------------------------------------- */

static bool take_scheme(struct reader *reader)
{
	static const struct {
		const char *words;
		bool open;
	} SCHEMES[] = { { "https", false }, { "https?", true }, { "http[s]?", true }, { "http(s)?", true },
		{ "(https|http)", true }, { "(http|https)", true }, { "(?:https|http)", true },
		{ "(?:http|https)", true }, { "(https?)", true } };
	static const char *const BEHIND[] = { "://", ":\\/\\/" };
	const char *begin = reader->at;
	for (size_t i = 0; i < COUNT(SCHEMES); i++)
		for (size_t j = 0; j < COUNT(BEHIND); j++) {
			if (take_word(reader, SCHEMES[i].words) && take_word(reader, BEHIND[j])) {
				reader->pattern->open |= SCHEMES[i].open;
				out_str(&reader->out, "https://");
				return true;
			}
			reader->at = begin;
		}
	return false;
}

static bool is_of_host(char c)
{
	return (c >= 'a' && c <= 'z') || isdigit((unsigned char)c) || c == '-' || c == '.';
}

/* Any label before the first dot. */
static void take_any_label(struct reader *reader)
{
	const char *begin = reader->at;
	char c = '\0';
	enum token token = take_token(reader, &c);
	if (token != TOKEN_ANY && token != TOKEN_LABEL) {
		reader->at = begin;
		return;
	}
	reader->pattern->label |= token == TOKEN_ANY;
	if (take_token(reader, &c) != TOKEN_LITERAL || c != '.')
		refuse(reader, "it stands for hosts of all kinds");
	else
		out_str(&reader->out, "*.");
}

/* What the path begins with, also where it may be there or not. */
static bool is_at_path(const struct reader *reader)
{
	return follows(reader, "/") || follows(reader, "\\/") || follows(reader, "(");
}

static void take_host(struct reader *reader)
{
	unsigned n = 0, dots = 0;
	char c = '\0';
	take_any_label(reader);
	bool any = reader->out.len > 0 && reader->out.at[reader->out.len - 1] == '.';
	for (; reader->pattern->why == NULL && reader->at < reader->end && !is_at_path(reader); n++) {
		enum token token = take_token(reader, &c);
		if (token == TOKEN_ANY || token == TOKEN_LABEL)
			refuse(
			    reader, "it also stands for hosts that go on behind it: a / belongs before .*");
		else if (token != TOKEN_LITERAL)
			refuse(reader, MANY);
		else if (!is_of_host(c) && c != ':')
			refuse(reader, "a host is in lower case, with a port of digits at most");
		out_bytes(&reader->out, &c, 1);
		dots += c == '.';
	}
	if (n == 0)
		refuse(reader, "it names no host");
	if (any && dots == 0)
		refuse(reader, "it stands for all hosts of a domain of the top");
}

/* What may be there or not, at the end: one address without it, one with what stands for it. */
static bool take_maybe(struct reader *reader, const char *words, const char *with)
{
	struct out *out = &reader->out;
	if (!follows(reader, words) || reader->at + strlen(words) != reader->end)
		return false;
	const char *copy = arena_copy(out->arena, out->at + reader->begin, out->len - reader->begin);
	out->failed |= copy == NULL;
	out_str(out, " ");
	out_str(out, copy != NULL ? copy : "");
	out_str(out, with);
	reader->at = reader->end;
	return true;
}

static bool is_of_path(char c)
{
	return c > ' ' && c < 0x7f && strchr("\"<>\\^`{|}*", c) == NULL;
}

static void take_path(struct reader *reader)
{
	char c = '\0', before = '\0';
	while (reader->pattern->why == NULL) {
		if (take_maybe(reader, "(/.*)?", "/*") || take_maybe(reader, "(\\/.*)?", "/*") ||
		    take_maybe(reader, "/?", "/") || take_maybe(reader, "\\/?", "/"))
			return;
		enum token token = take_token(reader, &c);
		if (token == TOKEN_END)
			return;
		if (token == TOKEN_ANY && before == '/' && reader->at == reader->end) {
			out_str(&reader->out, "*");
			return;
		}
		if (token == TOKEN_ANY)
			refuse(
			    reader, reader->at == reader->end
					? "it also stands for paths that only begin so: a / belongs before .*"
					: MANY);
		else if (token != TOKEN_LITERAL || !is_of_path(c))
			refuse(reader, MANY);
		else
			out_bytes(&reader->out, &c, 1);
		before = c;
	}
}

/* Without ^ and $. */
static void strip(struct reader *reader)
{
	(void)take_word(reader, "^");
	if (reader->end > reader->at && reader->end[-1] == '$' &&
	    (reader->end - reader->at < 2 || reader->end[-2] != '\\'))
		reader->end--;
}

static void read_one(struct reader *reader)
{
	strip(reader);
	bool any = follows(reader, ".*") || follows(reader, "(.*");
	bool secure = any || take_scheme(reader);
	any |= follows(reader, ".*") && reader->end - reader->at == 2;
	if (any)
		refuse(reader, "it stands for every address");
	else if (!secure)
		refuse(reader, "it does not begin with https://");
	if (reader->pattern->why == NULL)
		take_host(reader);
	if (reader->pattern->why == NULL)
		take_path(reader);
}

/* --- all of them -------------------------------------------------------------------------------------------------- */

/* Where the alternative ends that begins there: at a | that is in no parentheses. */
static const char *end_of(const char *at, const char *end)
{
	int depth = 0;
	for (; at < end; at++) {
		if (*at == '\\' && at + 1 < end)
			at++;
		else if (*at == '(')
			depth++;
		else if (*at == ')')
			depth--;
		else if (*at == '|' && depth == 0)
			break;
	}
	return at;
}

struct cas_pattern cas_pattern_read(const char *pattern, struct arena *arena)
{
	struct cas_pattern found = { .addresses = NULL };
	struct reader reader = { .out = OUT_SMALL(arena), .pattern = &found };
	const char *end = pattern + strlen(pattern);
	for (const char *at = pattern; found.why == NULL && at <= end; at = reader.end + 1) {
		const char *stop = end_of(at, end);
		if (at > pattern)
			out_str(&reader.out, " ");
		reader.at = at;
		reader.end = stop;
		reader.begin = reader.out.len;
		read_one(&reader);
		reader.end = stop;
	}
	struct text addresses;
	if (!out_done(&reader.out, &addresses) && found.why == NULL)
		found.why = "memory is out";
	if (found.why == NULL)
		found.addresses = addresses.at;
	return found;
}
