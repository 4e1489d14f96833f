#include "text/compile/html.h"
#include <ctype.h>
#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* Appends to a name, in lower case; false when it is longer than any that we use. */
static bool name_add(char *name, unsigned room, unsigned *n, char c)
{
	if (*n + 1 >= room)
		return false;
	name[(*n)++] = (char)tolower((unsigned char)c);
	name[*n] = '\0';
	return true;
}

static bool is_name_byte(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_' || c == ':';
}

static bool is_one_of(const char *name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static const char *check_attribute(const struct html *html)
{
	static const char *const REFUSED[] = { "style", "srcdoc", "srcset", "ping", "http-equiv" };
	if (strncmp(html->attribute, "on", 2) == 0 || is_one_of(html->attribute, REFUSED, COUNT(REFUSED)))
		return "an attribute that the content policy or the escapes do not allow";
	return NULL;
}

static const char *begin_attribute(struct html *html, char c)
{
	html->n_attribute = 0;
	html->has_value = false;
	html->place = HTML_ATTRIBUTE;
	return name_add(html->attribute, sizeof html->attribute, &html->n_attribute, c) ? NULL
											: "a long name";
}

static const char *end_tag(struct html *html)
{
	bool is_script = strcmp(html->tag, "script") == 0;
	if (strcmp(html->tag, "style") == 0 || (is_script && !html->has_src))
		return "an inline style or script";
	html->place = HTML_TEXT;
	return NULL;
}

static const char *in_tag(struct html *html, char c)
{
	if (c == '>')
		return end_tag(html);
	if (is_blank(c) || c == '/') {
		html->place = HTML_TAG;
		return NULL;
	}
	return is_name_byte(c) ? begin_attribute(html, c) : "an odd character in a tag";
}

static const char *in_tag_start(struct html *html, char c)
{
	if (c == '!')
		html->place = HTML_DECLARATION;
	else if (c == '/')
		html->place = HTML_CLOSING;
	else if (isalpha((unsigned char)c))
		html->place = HTML_TAG_NAME;
	else
		return "a \"<\" that begins no tag; write &lt;";
	html->n_tag = 0;
	html->has_src = false;
	if (html->place == HTML_TAG_NAME)
		(void)name_add(html->tag, sizeof html->tag, &html->n_tag, c);
	return NULL;
}

static const char *in_tag_name(struct html *html, char c)
{
	if (is_name_byte(c))
		return name_add(html->tag, sizeof html->tag, &html->n_tag, c) ? NULL : "a long name";
	return in_tag(html, c);
}

static const char *in_attribute(struct html *html, char c)
{
	if (is_name_byte(c))
		return name_add(html->attribute, sizeof html->attribute, &html->n_attribute, c)
			   ? NULL
			   : "a long name";
	const char *why = check_attribute(html);
	if (why != NULL)
		return why;
	if (strcmp(html->attribute, "src") == 0)
		html->has_src = true;
	if (c != '=')
		return in_tag(html, c);
	html->place = HTML_EQUALS;
	return NULL;
}

static const char *in_value(struct html *html, char c)
{
	if (c == (html->place == HTML_DOUBLE ? '"' : '\''))
		html->place = HTML_TAG;
	html->has_value = true;
	return NULL;
}

/* Browsers read attributes here too, and so other quotes than we would. */
static const char *in_closing(struct html *html, char c)
{
	if (c == '>')
		html->place = HTML_TEXT;
	return c == '>' || is_name_byte(c) || is_blank(c) ? NULL : "an odd character in a closing tag";
}

static const char *read_one(struct html *html, char c)
{
	switch (html->place) {
	case HTML_TEXT:
		if (c == '<')
			html->place = HTML_TAG_START;
		return NULL;
	case HTML_TAG_START:
		return in_tag_start(html, c);
	case HTML_TAG_NAME:
		return in_tag_name(html, c);
	case HTML_TAG:
		return in_tag(html, c);
	case HTML_ATTRIBUTE:
		return in_attribute(html, c);
	case HTML_EQUALS:
		html->place = c == '"' ? HTML_DOUBLE : c == '\'' ? HTML_SINGLE : HTML_ODD;
		return html->place == HTML_ODD ? "an attribute without quotes" : NULL;
	case HTML_DOUBLE:
	case HTML_SINGLE:
		return in_value(html, c);
	case HTML_DECLARATION:
		if (c == '>')
			html->place = HTML_TEXT;
		return c == '-' ? "an HTML comment; write {{! ... }}" : NULL;
	case HTML_CLOSING:
		return in_closing(html, c);
	default:
		return "text where none may stand";
	}
}

bool html_read(struct html *html, const char *bytes, size_t len, const char **why_r)
{
	for (size_t i = 0; i < len; i++) {
		const char *why = read_one(html, bytes[i]);
		if (why != NULL) {
			*why_r = why;
			return false;
		}
	}
	return true;
}

bool html_value(struct html *html, enum escape *escape_r)
{
	static const char *const URLS[] = { "href", "src", "action", "formaction", "cite", "poster" };
	if (html->place == HTML_TEXT) {
		*escape_r = ESCAPE_TEXT;
		return true;
	}
	if (html->place != HTML_DOUBLE && html->place != HTML_SINGLE)
		return false;
	bool is_url = is_one_of(html->attribute, URLS, COUNT(URLS));
	*escape_r = !is_url ? ESCAPE_QUOTED : html->has_value ? ESCAPE_URL_PART : ESCAPE_URL;
	html->has_value = true;
	return true;
}

bool html_address(struct html *html)
{
	if (html->place != HTML_TEXT && html->place != HTML_DOUBLE && html->place != HTML_SINGLE)
		return false;
	html->has_value = true;
	return true;
}

bool html_same(const struct html *a, const struct html *b)
{
	bool in_value = a->place == HTML_DOUBLE || a->place == HTML_SINGLE;
	if (a->place != b->place || (!in_value && a->place != HTML_TEXT && a->place != HTML_TAG))
		return false;
	if (a->place == HTML_TEXT)
		return true;
	return strcmp(a->tag, b->tag) == 0 && a->has_src == b->has_src &&
	       (!in_value || (a->has_value == b->has_value && strcmp(a->attribute, b->attribute) == 0));
}
