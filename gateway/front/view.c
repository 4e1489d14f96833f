#include "front/view.h"
#include <string.h>
#include "base/clock.h"
#include "text/out.h"

/* A page, or one of its forms. */
static bool is_at(struct text path, const char *page)
{
	size_t len = strlen(page);
	return text_equal_str(path, page) || (len > 1 && text_starts_with(path, page) && path.at[len] == '/');
}

enum place view_place(struct text path)
{
	static const char *const PATHS[] = {
		[PLACE_HOME] = "/",
		[PLACE_PROFILE] = "/profile",
		[PLACE_SECURITY] = "/security",
		[PLACE_SESSIONS] = "/sessions",
		[PLACE_ACTIVITY] = "/activity",
		[PLACE_SERVICES] = "/services",
	};
	for (unsigned i = PLACE_HOME; i < COUNT(PATHS); i++)
		if (is_at(path, PATHS[i]))
			return (enum place)i;
	return PLACE_NONE;
}

enum portal_language view_language(const struct exchange *x)
{
	for (unsigned i = 0; i < wire_enum_portal_language.count; i++)
		if (strcmp(x->request->language->tag, WIRE_ENUM_TEXT(portal_language, i)) == 0)
			return (enum portal_language)i;
	return LANGUAGE_EN;
}

/* Absent: it does not say. */
static struct text language_of(struct wire_any page)
{
	const struct wire_field *frame = wire_field(page.msg, TEXT_LITERAL("frame"));
	if (frame != NULL && frame->kind == WIRE_ONE && frame->sub() == wire_msg_frame()) {
		page.msg = wire_msg_frame();
		page.at = *(const struct msg_frame *const *)((const char *)page.at + frame->offset);
	}
	return page.at != NULL ? wire_text(page, TEXT_LITERAL("language")) : (struct text){ NULL, 0 };
}

void view_speak(struct exchange *x, struct wire_any page)
{
	struct text wanted = language_of(page);
	struct out out = OUT_SMALL(x->request->arena);
	if (text_is_empty(wanted))
		return;
	out_text(&out, wanted);
	out_str(&out, ",");
	out_text(&out, x->request->languages);
	if (out_done(&out, &wanted))
		x->request->language = strings_negotiate(x->front->strings, wanted);
}

/* What counts already needs no date from when on. */
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

#define LANGUAGES_MAX 13

static struct text language_now(const struct msg_profile_page *page)
{
	for (uint32_t i = 0; i < page->fields.n; i++)
		if (page->fields.at[i].type == FIELD_LANGUAGE && page->fields.at[i].values.n > 0)
			return page->fields.at[i].values.at[0].value;
	return (struct text){ NULL, 0 };
}

/* None, where none is chosen yet; ours, in their order; and the person's own when it is none of them. */
static bool add_languages(struct exchange *x, struct msg_profile_page *page)
{
	const struct strings *strings = x->front->strings;
	struct msg_language_row *rows = arena_array(x->request->arena, LANGUAGES_MAX, sizeof *rows);
	struct text now = language_now(page);
	uint32_t n = 0;
	bool found = now.len == 0;
	if (rows == NULL)
		return false;
	if (now.len == 0)
		rows[n++] = (struct msg_language_row){
			.label = strings_text(strings, x->request->language, LANGUAGE_NONE), .chosen = true
		};
	for (unsigned i = 0; i < strings->n_languages && n + 1 < LANGUAGES_MAX; i++) {
		const struct language *language = &strings->languages[i];
		rows[n] = (struct msg_language_row){ text_of(language->tag),
			strings_text(strings, language, LANGUAGE_NAME), text_equal_str(now, language->tag) };
		found = rows[n++].chosen || found;
	}
	if (!found && now.len <= 64)
		rows[n++] = (struct msg_language_row){ now, now, true };
	page->languages.at = rows;
	page->languages.n = n;
	return true;
}

bool view_told(const struct exchange *x, const struct msg_consent_told **told)
{
	const struct strings *strings = x->front->strings;
	struct msg_consent_told *named = (void *)arena_copy(x->request->arena, *told, sizeof *named);
	struct msg_consent_row *rows = arena_array(x->request->arena, (*told)->now.n + 1u, sizeof *rows);
	if (named == NULL || rows == NULL)
		return false;
	for (uint32_t i = 0; i < named->now.n; i++) {
		rows[i] = (*told)->now.at[i];
		for (unsigned l = 0; text_equal_str(rows[i].name, "language") && l < strings->n_languages;
		     l++)
			if (text_equal_str((*told)->now.at[i].values, strings->languages[l].tag))
				rows[i].values = strings_text(strings, &strings->languages[l], LANGUAGE_NAME);
	}
	named->now.at = rows;
	*told = named;
	return true;
}

bool view_prepare(struct exchange *x, struct wire_any message, struct wire_any *prepared_r)
{
	void *copy = NULL;
	*prepared_r = message;
	if (message.msg->tag != TAG_security_page && message.msg->tag != TAG_profile_page)
		return true;
	copy = arena_copy(x->request->arena, message.at, message.msg->size);
	if (copy == NULL)
		return false;
	prepared_r->at = copy;
	return message.msg->tag == TAG_security_page ? drop_past(x, copy) : add_languages(x, copy);
}
