#include "fuzz/help/markup.h"
#include <string.h>
#include <strings.h>
#include "text/out.h"

#define NAME_MAX_ 40u

struct reader {
	const char *at, *end;
	struct out bones;   /* tags and names of attributes */
	struct out schemes; /* of each address, one line each */
	const char *fault;
};

struct tag {
	char name[NAME_MAX_];
	bool has_src;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_one_of(const char *name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static void find_fault(struct reader *r, const char *fault)
{
	if (r->fault == NULL)
		r->fault = fault;
}

/* A name in lower case up to one of the ends, or a blank. */
static void read_name(struct reader *r, const char *ends, char name[NAME_MAX_])
{
	const char *from = r->at;
	while (r->at < r->end && !is_blank(*r->at) &&
	       (*r->at == '\0' || strchr(ends, *r->at) == NULL || (r->at == from && *r->at == '=')))
		r->at++;
	size_t len = (size_t)(r->at - from), n = len < NAME_MAX_ ? len : NAME_MAX_ - 1;
	for (size_t i = 0; i < n; i++)
		name[i] = lower(from[i]);
	name[n] = '\0';
	out_str(&r->bones, " ");
	out_bytes(&r->bones, from, len);
}

static void skip_blanks(struct reader *r)
{
	while (r->at < r->end && is_blank(*r->at))
		r->at++;
}

static struct text read_value(struct reader *r)
{
	char quote = r->at < r->end ? *r->at : '>';
	const char *from = r->at;
	if (quote != '"' && quote != '\'') {
		while (r->at < r->end && !is_blank(*r->at) && *r->at != '>')
			r->at++;
		find_fault(r, "a value without quotes");
		return (struct text){ from, (size_t)(r->at - from) };
	}
	from = ++r->at;
	while (r->at < r->end && *r->at != quote)
		r->at++;
	struct text value = { from, (size_t)(r->at - from) };
	if (r->at < r->end)
		r->at++;
	return value;
}

/* Browsers drop blanks and controls before an address, and the ends of lines within it. */
static void add_scheme(struct reader *r, struct text url)
{
	size_t i = 0, n = 0;
	char scheme[NAME_MAX_];
	while (i < url.len && (unsigned char)url.at[i] <= ' ')
		i++;
	for (; i < url.len && n < sizeof scheme - 1; i++) {
		char c = lower(url.at[i]);
		if (c == '\t' || c == '\n' || c == '\r')
			continue;
		bool mark = (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
		if (!is_letter(c) && !(n > 0 && mark))
			break;
		scheme[n++] = c;
	}
	bool is_scheme = n > 0 && i < url.len && url.at[i] == ':';
	out_bytes(&r->schemes, scheme, is_scheme ? n : 0);
	out_str(&r->schemes, "\n");
}

static void check_attribute(struct reader *r, struct tag *tag, const char *name, struct text value)
{
	static const char *const RUN[] = { "style", "srcdoc", "srcset", "ping", "http-equiv" };
	static const char *const URLS[] = { "href", "src", "action", "formaction", "cite", "poster" };
	if (strncmp(name, "on", 2) == 0 || is_one_of(name, RUN, COUNT(RUN)))
		find_fault(r, "an attribute that runs something");
	if (is_one_of(name, URLS, COUNT(URLS)))
		add_scheme(r, value);
	tag->has_src |= strcmp(name, "src") == 0;
}

static void read_attribute(struct reader *r, struct tag *tag)
{
	char name[NAME_MAX_];
	struct text value = { NULL, 0 };
	read_name(r, "/>=", name);
	skip_blanks(r);
	if (r->at < r->end && *r->at == '=') {
		r->at++;
		skip_blanks(r);
		value = read_value(r);
	}
	check_attribute(r, tag, name, value);
}

/* The reader stands on the tag's name. */
static void read_tag(struct reader *r, struct tag *tag)
{
	read_name(r, "/>", tag->name);
	for (;;) {
		while (r->at < r->end && (is_blank(*r->at) || *r->at == '/'))
			r->at++;
		if (r->at == r->end) {
			find_fault(r, "a tag that does not end");
			return;
		}
		if (*r->at == '>')
			break;
		read_attribute(r, tag);
	}
	r->at++;
	out_str(&r->bones, ">\n");
}

/* What is no markup within these, up to their end. */
static struct text read_raw(struct reader *r, const char *name)
{
	const char *from = r->at;
	size_t len = strlen(name);
	for (; r->at < r->end; r->at++) {
		size_t left = (size_t)(r->end - r->at);
		if (left < len + 3 || r->at[0] != '<' || r->at[1] != '/' ||
		    strncasecmp(r->at + 2, name, len) != 0)
			continue;
		char behind = r->at[len + 2];
		if (is_blank(behind) || behind == '/' || behind == '>')
			break;
	}
	return (struct text){ from, (size_t)(r->at - from) };
}

static bool is_all_blank(struct text text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!is_blank(text.at[i]))
			return false;
	return true;
}

static void read_start(struct reader *r)
{
	static const char *const RAW[] = { "script", "style", "textarea", "title", "xmp", "iframe", "noembed",
		"noframes", "plaintext" };
	struct tag tag = { .has_src = false };
	read_tag(r, &tag);
	if (!is_one_of(tag.name, RAW, COUNT(RAW)))
		return;
	struct text within = read_raw(r, tag.name);
	if (strcmp(tag.name, "style") == 0 ||
	    (strcmp(tag.name, "script") == 0 && !tag.has_src && !is_all_blank(within)))
		find_fault(r, "a script or style within the document");
}

static void skip_behind(struct reader *r, const char *mark)
{
	const char *found = memmem(r->at, (size_t)(r->end - r->at), mark, strlen(mark));
	r->at = found != NULL ? found + strlen(mark) : r->end;
	out_format(&r->bones, "skip %s\n", mark);
}

/* The reader stands behind a "<". */
static void read_markup(struct reader *r)
{
	struct tag ignored = { .has_src = false };
	struct text rest = { r->at, (size_t)(r->end - r->at) };
	if (rest.len == 0)
		return;
	if (is_letter(rest.at[0])) {
		read_start(r);
	} else if (rest.len > 1 && rest.at[0] == '/' && is_letter(rest.at[1])) {
		r->at++;
		out_str(&r->bones, "/");
		read_tag(r, &ignored);
	} else if (text_starts_with(rest, "!--")) {
		skip_behind(r, "-->");
	} else if (strchr("!?/", rest.at[0]) != NULL) {
		skip_behind(r, ">");
	}
}

static void read_all(struct reader *r, struct text html, struct arena *arena)
{
	*r = (struct reader){ .at = html.at, .end = html.at + html.len };
	r->bones = r->schemes = OUT(arena);
	while (r->at < r->end) {
		const char *open = memchr(r->at, '<', (size_t)(r->end - r->at));
		r->at = open != NULL ? open + 1 : r->end;
		if (open != NULL)
			read_markup(r);
	}
}

const char *markup_fault(struct text html, struct arena *arena)
{
	struct reader r;
	read_all(&r, html, arena);
	return r.fault;
}

static struct text next_line(struct text *rest)
{
	const char *end = rest->len > 0 ? memchr(rest->at, '\n', rest->len) : NULL;
	size_t len = end != NULL ? (size_t)(end - rest->at) : rest->len;
	struct text line = { rest->at, len };
	size_t used = end != NULL ? len + 1 : len;
	*rest = (struct text){ rest->at + used, rest->len - used };
	return line;
}

static bool schemes_differ(struct text a, struct text b)
{
	static const char *const KNOWN[] = { "", "http", "https", "mailto", "otpauth" };
	while (a.len > 0) {
		struct text scheme = next_line(&a), harmless = next_line(&b);
		bool known = text_equal(scheme, harmless);
		for (size_t i = 0; !known && i < COUNT(KNOWN); i++)
			known = text_equal_str(scheme, KNOWN[i]);
		if (!known)
			return true;
	}
	return false;
}

const char *markup_break(struct text html, struct text harmless, struct arena *arena)
{
	struct reader a, b;
	struct text bones[2], schemes[2];
	read_all(&a, html, arena);
	read_all(&b, harmless, arena);
	if (!out_done(&a.bones, &bones[0]) || !out_done(&b.bones, &bones[1]) ||
	    !out_done(&a.schemes, &schemes[0]) || !out_done(&b.schemes, &schemes[1]))
		return NULL;
	if (!text_equal(bones[0], bones[1]))
		return "a value became markup";
	return schemes_differ(schemes[0], schemes[1]) ? "a value leads to a scheme of its own" : NULL;
}
