#include "front/view.h"
#include <string.h>
#include "base/clock.h"

enum place view_place(struct text path)
{
	static const char *const PATHS[] = {
		[PLACE_HOME] = "/",
		[PLACE_PROFILE] = "/profile",
		[PLACE_SECURITY] = "/security",
		[PLACE_SESSIONS] = "/sessions",
		[PLACE_ACTIVITY] = "/activity",
	};
	for (unsigned i = PLACE_HOME; i < COUNT(PATHS); i++)
		if (text_equal_str(path, PATHS[i]))
			return (enum place)i;
	return PLACE_NONE;
}

/* --- the profile: the languages that may be chosen --- */

static struct text chosen_language(const struct msg_profile_page *page)
{
	for (uint32_t i = 0; i < page->fields.n; i++)
		if (page->fields.at[i].type == FIELD_LANGUAGE && page->fields.at[i].values.n > 0)
			return page->fields.at[i].values.at[0].value;
	return (struct text){ NULL, 0 };
}

/* "de" for "de-AT" and "de, en;q=0.5" (RFC 2798 section 2.7 has what Accept-Language has). */
static bool is_of(struct text value, const char *tag)
{
	size_t len = strlen(tag);
	return value.len >= len && strncasecmp(value.at, tag, len) == 0 &&
	       (value.len == len || strchr("-,; ", value.at[len]) != NULL);
}

/* Ours, and before them the present value where it is none of ours: saving the page must not change it. */
static bool list_languages(struct exchange *x, struct msg_profile_page *page)
{
	const struct strings *strings = x->front->strings;
	struct text value = chosen_language(page);
	struct msg_language_row *rows =
	    arena_array(x->request->arena, strings->n_languages + 1, sizeof *rows);
	if (rows == NULL)
		return false;
	bool known = false;
	uint32_t n = 1;
	for (unsigned i = 0; i < strings->n_languages; i++) {
		const struct language *language = &strings->languages[i];
		bool is_it = !known && is_of(value, language->tag);
		known = known || is_it;
		rows[n++] = (struct msg_language_row){
			.tag = is_it ? value : text_of(language->tag),
			.label = strings_text(strings, language, LANGUAGE_NAME),
			.chosen = is_it,
		};
	}
	rows[0] = (struct msg_language_row){ .tag = value, .label = value, .chosen = true };
	if (value.len == 0)
		rows[0].label = strings_text(strings, x->request->language, LANGUAGE_NONE);
	page->languages.at = known ? rows + 1 : rows;
	page->languages.n = known ? n - 1 : n;
	return true;
}

/* --- security: what counts already needs no date from when on --- */

static bool drop_past(struct exchange *x, struct msg_security_page *page)
{
	struct msg_factor_row *rows = arena_array(x->request->arena, page->factors.n + 1u, sizeof *rows);
	if (rows == NULL)
		return false;
	for (uint32_t i = 0; i < page->factors.n; i++) {
		rows[i] = page->factors.at[i];
		if (rows[i].counts_from <= clock_now_ms())
			rows[i].counts_from = 0;
	}
	page->factors.at = rows;
	return true;
}

bool view_prepare(struct exchange *x, struct wire_any message, struct wire_any *prepared_r)
{
	void *copy = NULL;
	*prepared_r = message;
	if (message.msg->tag != TAG_profile_page && message.msg->tag != TAG_security_page)
		return true;
	copy = arena_copy(x->request->arena, message.at, message.msg->size);
	if (copy == NULL)
		return false;
	prepared_r->at = copy;
	return message.msg->tag == TAG_profile_page ? list_languages(x, copy) : drop_past(x, copy);
}
