#include "front/view.h"
#include <string.h>
#include "base/clock.h"

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
	};
	for (unsigned i = PLACE_HOME; i < COUNT(PATHS); i++)
		if (is_at(path, PATHS[i]))
			return (enum place)i;
	return PLACE_NONE;
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

bool view_prepare(struct exchange *x, struct wire_any message, struct wire_any *prepared_r)
{
	void *copy = NULL;
	*prepared_r = message;
	if (message.msg->tag != TAG_security_page)
		return true;
	copy = arena_copy(x->request->arena, message.at, message.msg->size);
	if (copy == NULL)
		return false;
	prepared_r->at = copy;
	return drop_past(x, copy);
}
