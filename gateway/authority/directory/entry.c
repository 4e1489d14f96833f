/* The entries of a search's answer, as text on an arena. What comes from the directory is data of other people: it is checked here. */
#include <string.h>
#include "authority/directory/search.h"

struct entry entry_first(const struct answer *answer)
{
	return (struct entry){ answer->ld, ldap_first_entry(answer->ld, answer->chain) };
}

struct entry entry_next(struct entry entry)
{
	return (struct entry){ entry.ld, ldap_next_entry(entry.ld, entry.at) };
}

static void values_free(struct berval ***values)
{
	ldap_value_free_len(*values);
}

static bool is_clean(const struct berval *value, size_t max)
{
	return value->bv_len <= max && text_is_utf8(value->bv_val, value->bv_len) &&
	       !text_has_control(value->bv_val, value->bv_len, true);
}

static bool is_line(const struct berval *value, size_t max)
{
	return value->bv_len > 0 && is_clean(value, max) &&
	       !text_has_control(value->bv_val, value->bv_len, false);
}

static enum err copy(struct arena *arena, const char *bytes, size_t len, struct text *text_r)
{
	return text_copy(arena, (struct text){ bytes, len }, text_r) ? OK : ERR_NO_MEMORY;
}

enum err entry_dn(struct entry entry, struct arena *arena, struct text *dn_r)
{
	char *dn = ldap_get_dn(entry.ld, entry.at);
	if (dn == NULL || dn[0] == '\0') {
		ldap_memfree(dn);
		return ERR_CONFIG; /* the root of the tree is nobody */
	}
	enum err err = copy(arena, dn, strlen(dn), dn_r);
	ldap_memfree(dn);
	return err;
}

enum err entry_texts(struct entry entry, const char *attribute, size_t max, struct arena *arena,
    struct text **values_r, unsigned *n_r)
{
	CLEANUP(values_free) struct berval **values = ldap_get_values_len(entry.ld, entry.at, attribute);
	unsigned all = (unsigned)ldap_count_values_len(values), n = 0;
	struct text *texts = arena_array(arena, all, sizeof *texts);
	if (texts == NULL)
		return ERR_NO_MEMORY;
	for (unsigned i = 0; i < all; i++) {
		if (!is_clean(values[i], max))
			continue;
		enum err err = copy(arena, values[i]->bv_val, values[i]->bv_len, &texts[n++]);
		if (err != OK)
			return err;
	}
	*values_r = n > 0 ? texts : NULL;
	*n_r = n;
	return OK;
}

enum err entry_values(
    struct entry entry, const char *attribute, struct arena *arena, struct text **values_r, unsigned *n_r)
{
	CLEANUP(values_free) struct berval **values = ldap_get_values_len(entry.ld, entry.at, attribute);
	unsigned n = (unsigned)ldap_count_values_len(values);
	struct text *texts = arena_array(arena, n + 1, sizeof *texts);
	if (texts == NULL)
		return ERR_NO_MEMORY;
	for (unsigned i = 0; i < n; i++) {
		enum err err = copy(arena, values[i]->bv_val, values[i]->bv_len, &texts[i]);
		if (err != OK)
			return err;
	}
	*values_r = texts;
	*n_r = n;
	return OK;
}

size_t entry_size(struct entry entry, const char *attribute)
{
	CLEANUP(values_free) struct berval **values = ldap_get_values_len(entry.ld, entry.at, attribute);
	return values != NULL && values[0] != NULL ? values[0]->bv_len : 0;
}

enum err entry_text(
    struct entry entry, const char *attribute, size_t max, struct arena *arena, struct text *value_r)
{
	CLEANUP(values_free) struct berval **values = ldap_get_values_len(entry.ld, entry.at, attribute);
	for (int i = 0; values != NULL && values[i] != NULL; i++) {
		if (is_line(values[i], max))
			return copy(arena, values[i]->bv_val, values[i]->bv_len, value_r);
	}
	*value_r = (struct text){ 0 };
	return OK;
}

enum err entry_cut(struct text text, size_t max, struct arena *arena, struct text *cut_r)
{
	if (text.len <= max) {
		*cut_r = text;
		return OK;
	}
	while (max > 0 && ((unsigned char)text.at[max] & 0xc0) == 0x80)
		max--;
	return copy(arena, text.at, max, cut_r);
}

bool entry_any(struct entry entry, const char *attribute, entry_check *check)
{
	CLEANUP(values_free) struct berval **values = ldap_get_values_len(entry.ld, entry.at, attribute);
	for (int i = 0; values != NULL && values[i] != NULL; i++) {
		if (check(values[i]->bv_val, values[i]->bv_len))
			return true;
	}
	return false;
}
