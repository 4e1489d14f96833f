#include "authority/sso/saml_write.h"
#include <string.h>
#include "wire/when.h"

#define SECOND_LEN 19u /* of a time's text, before its milliseconds */

void saml_write_begin(struct saml_write *out, struct arena *arena)
{
	*out = (struct saml_write){ .at = arena_alloc(arena, SAML_WRITE_MAX + 1), .room = SAML_WRITE_MAX };
	out->failed = out->at == NULL;
}

static void append(struct saml_write *out, const char *bytes, size_t len)
{
	out->failed = out->failed || len > out->room - out->len;
	if (out->failed)
		return;
	memcpy(out->at + out->len, bytes, len);
	out->len += len;
	out->at[out->len] = '\0';
}

void saml_write_raw(struct saml_write *out, const char *markup)
{
	append(out, markup, strlen(markup));
}

void saml_write_part(struct saml_write *out, struct text part)
{
	out->failed = out->failed || part.at == NULL;
	if (part.len > 0)
		append(out, part.at, part.len);
}

/* Canonical XML 1.0 section 2.3. */
static const char *escape(char c, bool attribute)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return attribute ? NULL : "&gt;";
	case '"':
		return attribute ? "&quot;" : NULL;
	case '\t':
		return attribute ? "&#x9;" : NULL;
	case '\n':
		return attribute ? "&#xA;" : NULL;
	case '\r':
		return "&#xD;";
	default:
		return NULL;
	}
}

/* XML 1.0 has no other control characters, and no U+FFFE and U+FFFF, in any spelling. */
static bool is_none(struct text rest)
{
	unsigned char c = (unsigned char)rest.at[0];
	if (c < 0x20)
		return c != '\t' && c != '\n' && c != '\r';
	return c == 0xef && rest.len >= 3 && (unsigned char)rest.at[1] == 0xbf &&
	       (unsigned char)rest.at[2] >= 0xbe;
}

static void escaped(struct saml_write *out, struct text text, bool attribute)
{
	for (size_t i = 0; i < text.len; i++) {
		const char *entity = escape(text.at[i], attribute);
		if (is_none((struct text){ text.at + i, text.len - i }))
			out->failed = true;
		else if (entity != NULL)
			append(out, entity, strlen(entity));
		else
			append(out, text.at + i, 1);
	}
}

void saml_write_text(struct saml_write *out, struct text text)
{
	escaped(out, text, false);
}

void saml_write_attribute(struct saml_write *out, const char *name, struct text value)
{
	append(out, " ", 1);
	append(out, name, strlen(name));
	append(out, "=\"", 2);
	escaped(out, value, true);
	append(out, "\"", 1);
}

void saml_write_time(struct saml_write *out, const char *name, int64_t when_ms)
{
	char text[WHEN_TEXT_SIZE];
	when_text(when_ms, text);
	text[SECOND_LEN] = 'Z';
	saml_write_attribute(out, name, (struct text){ text, SECOND_LEN + 1 });
}

struct text saml_write_done(const struct saml_write *out)
{
	return out->failed ? (struct text){ NULL, 0 } : (struct text){ out->at, out->len };
}
