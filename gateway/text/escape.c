#include "text/escape.h"
#include <stdint.h>
#include <string.h>
#include "base/percent.h"

static const char *entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

/* The same five for text and for quoted attributes: a value that is moved from one to the other stays safe. */
static void add_html(struct out *out, struct text value)
{
	size_t done = 0;
	for (size_t i = 0; i < value.len; i++) {
		const char *instead = entity(value.at[i]);
		if (instead == NULL)
			continue;
		out_bytes(out, value.at + done, i - done);
		out_str(out, instead);
		done = i + 1;
	}
	out_bytes(out, value.len > 0 ? value.at + done : "", value.len - done);
}

void escape_percent(struct out *out, struct text value)
{
	for (size_t i = 0; i < value.len; i++) {
		if (percent_is_plain(value.at[i]))
			out_bytes(out, value.at + i, 1);
		else
			out_format(out, "%%%02X", (unsigned)(uint8_t)value.at[i]);
	}
}

/* "//host" and "/\host" lead elsewhere although they begin like a path. */
static bool leads_somewhere_known(struct text url)
{
	if (url.len == 0 || url.at[0] == '#' || url.at[0] == '?')
		return true;
	if (url.at[0] == '/')
		return url.len == 1 || (url.at[1] != '/' && url.at[1] != '\\');
	return text_starts_with(url, "https://") || text_starts_with(url, "http://") ||
	       text_starts_with(url, "mailto:") || text_starts_with(url, "otpauth://");
}

void escape_add(struct out *out, enum escape escape, struct text value)
{
	if (escape == ESCAPE_URL_PART)
		escape_percent(out, value);
	else if (escape == ESCAPE_URL && !leads_somewhere_known(value))
		out_str(out, "#");
	else
		add_html(out, value);
}

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* XML 1.0 section 2.2: how many bytes are no character there. */
static size_t no_character(struct text rest, bool is_text)
{
	uint8_t c = (uint8_t)rest.at[0];
	bool last = rest.len >= 3 && memcmp(rest.at, "\xef\xbf", 2) == 0 && (uint8_t)rest.at[2] >= 0xbe;
	if (is_text && last) /* U+FFFE, U+FFFF */
		return 3;
	return (c < 0x20 && strchr("\t\n\r", c) == NULL) || c == 0 || (!is_text && c >= 0x80);
}

void escape_xml(struct out *out, struct text value)
{
	bool is_text = text_is_utf8(value.at, value.len);
	while (value.len > 0) {
		size_t none = no_character(value, is_text), len = none > 0 ? none : 1;
		if (none > 0)
			out_str(out, REPLACEMENT);
		else
			add_html(out, (struct text){ value.at, 1 });
		value = (struct text){ value.at + len, value.len - len };
	}
}

static void add_json_byte(struct out *out, char c, bool is_text)
{
	if (!is_text && (uint8_t)c >= 0x80)
		out_str(out, "\\ufffd");
	else if (c == '"' || c == '\\')
		out_format(out, "\\%c", c);
	else if ((uint8_t)c < 0x20 || c == 0x7f || c == '<' || c == '>' || c == '&')
		out_format(out, "\\u%04x", (unsigned)(uint8_t)c);
	else
		out_bytes(out, &c, 1);
}

void escape_json(struct out *out, struct text value)
{
	bool is_text = text_is_utf8(value.at, value.len);
	out_str(out, "\"");
	for (size_t i = 0; i < value.len; i++)
		add_json_byte(out, value.at[i], is_text);
	out_str(out, "\"");
}
