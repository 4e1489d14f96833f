#include "authority/directory/id.h"
#include <string.h>
#include <strings.h>
#include "base/enc.h"

static bool is_binary(const char *attribute)
{
	return strcasecmp(attribute, "objectGUID") == 0;
}

static bool is_printable(const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] <= 0x20 || bytes[i] >= 0x7f)
			return false;
	}
	return len > 0 && len <= ID_MAX_BYTES;
}

static enum err read_binary(const struct berval *value, struct arena *arena, struct text *id_r)
{
	if (value->bv_len == 0 || value->bv_len > ID_MAX_BYTES / 2)
		return ERR_CONFIG;
	char *hex = arena_alloc(arena, ENC_HEX_SIZE(value->bv_len));
	if (hex == NULL)
		return ERR_NO_MEMORY;
	enc_hex(value->bv_val, value->bv_len, hex);
	*id_r = text_of(hex);
	return OK;
}

static enum err read_text(const struct berval *value, struct arena *arena, struct text *id_r)
{
	if (!is_printable(value->bv_val, value->bv_len))
		return ERR_CONFIG;
	return text_copy(arena, (struct text){ value->bv_val, value->bv_len }, id_r) ? OK : ERR_NO_MEMORY;
}

enum err id_read(struct entry entry, const char *attribute, struct arena *arena, struct text *id_r)
{
	struct berval **values = ldap_get_values_len(entry.ld, entry.at, attribute);
	enum err err = ERR_CONFIG;
	if (ldap_count_values_len(values) == 1)
		err = is_binary(attribute) ? read_binary(values[0], arena, id_r)
					   : read_text(values[0], arena, id_r);
	ldap_value_free_len(values);
	return err;
}

static int digit(char c)
{
	const char *digits = "0123456789abcdef";
	const char *found = c != '\0' ? strchr(digits, c) : NULL;
	return found != NULL ? (int)(found - digits) : -1;
}

static enum err binary_filter(struct filter *filter, const char *attribute, struct text id)
{
	unsigned char bytes[ID_MAX_BYTES / 2];
	if (id.len % 2 != 0)
		return ERR_MALFORMED;
	for (size_t i = 0; i < id.len / 2; i++) {
		int high = digit(id.at[2 * i]), low = digit(id.at[2 * i + 1]);
		if (high < 0 || low < 0)
			return ERR_MALFORMED;
		bytes[i] = (unsigned char)(high << 4 | low);
	}
	filter_equal(filter, attribute, bytes, id.len / 2);
	return OK;
}

enum err id_filter(struct filter *filter, const char *attribute, struct text id)
{
	if (!is_printable(id.at, id.len))
		return ERR_MALFORMED;
	if (is_binary(attribute))
		return binary_filter(filter, attribute, id);
	filter_equal(filter, attribute, id.at, id.len);
	return OK;
}
