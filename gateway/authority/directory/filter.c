#include "authority/directory/filter.h"
#include <string.h>
#include "base/enc.h"

void filter_init(struct filter *filter, struct arena *arena)
{
	*filter = (struct filter){ .arena = arena };
}

/* Room for more bytes and a NUL; what was outgrown stays on the arena, which is erased. */
static bool grow(struct filter *filter, size_t more)
{
	if (filter->failed)
		return false;
	if (filter->size - filter->len > more)
		return true;
	size_t size = (filter->len + more + 1) * 2;
	char *at = arena_alloc(filter->arena, size);
	filter->failed = at == NULL;
	if (filter->failed)
		return false;
	if (filter->len > 0)
		memcpy(at, filter->at, filter->len);
	filter->at = at;
	filter->size = size;
	return true;
}

static void append(struct filter *filter, const char *bytes, size_t len)
{
	if (!grow(filter, len))
		return;
	memcpy(filter->at + filter->len, bytes, len);
	filter->len += len;
	filter->at[filter->len] = '\0';
}

void filter_syntax(struct filter *filter, const char *syntax)
{
	append(filter, syntax, strlen(syntax));
}

void filter_setting(struct filter *filter, const char *setting)
{
	bool bare = setting[0] != '(';
	filter_syntax(filter, bare ? "(" : "");
	filter_syntax(filter, setting);
	filter_syntax(filter, bare ? ")" : "");
}

/* The locale has no say here. */
static bool is_harmless(unsigned char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
	       (byte != '\0' && strchr("-._@,=", byte) != NULL);
}

static void escape(struct filter *filter, unsigned char byte)
{
	char escaped[1 + ENC_HEX_SIZE(1)] = "\\";
	enc_hex(&byte, 1, escaped + 1);
	append(filter, escaped, 3);
}

void filter_equal(struct filter *filter, const char *attribute, const void *bytes, size_t len)
{
	const unsigned char *at = bytes;
	filter_syntax(filter, "(");
	filter_syntax(filter, attribute);
	filter_syntax(filter, "=");
	for (size_t i = 0; i < len; i++) {
		if (is_harmless(at[i]))
			append(filter, (const char *)at + i, 1);
		else
			escape(filter, at[i]);
	}
	filter_syntax(filter, ")");
}

const char *filter_str(const struct filter *filter)
{
	return filter->failed ? NULL : filter->at != NULL ? filter->at : "";
}
