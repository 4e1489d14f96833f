#include "authority/self/value.h"
#include <string.h>
#include <strings.h>
#include "conf/conf.h"
#include "conf/pattern.h"

#define DIGITS "0123456789"
#define TELEPHONE_DIGITS_LEAST 4u /* with the country's; ITU-T E.164 has at most 15 */
#define TELEPHONE_DIGITS_MOST 15u

struct text value_trim(struct text value)
{
	while (value.len > 0 && strchr(" \t\n", value.at[0]) != NULL)
		value = (struct text){ value.at + 1, value.len - 1 };
	while (value.len > 0 && strchr(" \t\n", value.at[value.len - 1]) != NULL)
		value.len--;
	return value;
}

static size_t characters(struct text value)
{
	size_t n = 0;
	for (size_t i = 0; i < value.len; i++)
		n += ((unsigned char)value.at[i] & 0xc0) != 0x80;
	return n;
}

/* As it is dialled from abroad (ITU-T E.123): + and digits, with blanks and the like between them. */
static bool is_telephone(struct text value)
{
	size_t digits = 0;
	for (size_t i = 0; i < value.len; i++) {
		digits += strchr(DIGITS, value.at[i]) != NULL;
		if (i > 0 && strchr(DIGITS " ()-./", value.at[i]) == NULL)
			return false;
	}
	return value.len > 1 && value.at[0] == '+' && digits >= TELEPHONE_DIGITS_LEAST &&
	       digits <= TELEPHONE_DIGITS_MOST;
}

static bool has_blank(struct text value)
{
	return memchr(value.at, ' ', value.len) != NULL || memchr(value.at, '\t', value.len) != NULL;
}

/* Something, one @, and a domain; whether mail arrives there only a mail can tell. */
static bool is_mail(struct text value)
{
	const char *at = memchr(value.at, '@', value.len);
	if (at == NULL || at == value.at || has_blank(value) || memchr(value.at, ',', value.len) != NULL)
		return false;
	struct text domain = { at + 1, value.len - (size_t)(at - value.at) - 1 };
	const char *dot = memchr(domain.at, '.', domain.len);
	return memchr(domain.at, '@', domain.len) == NULL && dot != NULL && dot > domain.at &&
	       domain.at[domain.len - 1] != '.';
}

/* labeledURI (RFC 2079): an address, and behind a blank a name for it. Only addresses of pages: others could do something. */
static bool is_link(struct text value)
{
	static const char *const SCHEMES[] = { "https://", "http://" };
	const char *blank = memchr(value.at, ' ', value.len);
	size_t len = blank != NULL ? (size_t)(blank - value.at) : value.len;
	for (size_t i = 0; i < COUNT(SCHEMES); i++) {
		size_t scheme = strlen(SCHEMES[i]);
		if (len > scheme && strncasecmp(value.at, SCHEMES[i], scheme) == 0)
			return memchr("/?#:@\\", value.at[scheme], 6) == NULL;
	}
	return false;
}

/* What was there before may stay, whatever it is. */
static bool is_language(const struct catalogue_field *field, struct text value)
{
	for (unsigned i = 0; i <= LANGUAGE_DE; i++)
		if (text_equal_str(value, WIRE_ENUM_TEXT(portal_language, i)))
			return true;
	for (unsigned i = 0; i < field->n_values; i++)
		if (text_equal(value, field->values[i]))
			return true;
	return false;
}

static bool matches(struct text value, const char *pattern)
{
	regex_t compiled;
	char why[PATTERN_WHY_SIZE];
	if (!pattern_compile(pattern, &compiled, why))
		return false; /* out of memory: the settings were checked */
	bool found = pattern_matches(&compiled, value);
	regfree(&compiled);
	return found;
}

static const char *objection_by_type(const struct catalogue_field *field, struct text value)
{
	switch (field->type) {
	case FIELD_TELEPHONE:
		return is_telephone(value) ? NULL : "value_telephone";
	case FIELD_MAIL:
		return is_mail(value) ? NULL : "value_mail";
	case FIELD_LINK:
		return is_link(value) ? NULL : "value_link";
	case FIELD_LANGUAGE:
		return is_language(field, value) ? NULL : "value_language";
	default:
		return NULL;
	}
}

const char *value_objection_to_name(struct text name)
{
	if (name.len == 0)
		return "value_missing";
	return text_has_control(name.at, name.len, false) || text_misleads(name) ? "value_control" : NULL;
}

const char *value_objection(const struct catalogue_field *field, struct text value)
{
	if (text_has_control(value.at, value.len, field->type == FIELD_LINES) || text_misleads(value))
		return "value_control";
	if (value.len > CATALOGUE_VALUE || characters(value) > field->row->max)
		return "value_too_large";
	if (field->type == FIELD_LANGUAGE || *field->row->pattern == '\0')
		return objection_by_type(field, value);
	return matches(value, field->row->pattern) ? NULL : "value_pattern";
}
