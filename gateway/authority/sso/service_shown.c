/* service_shown.c - what people are shown of a service must not look like something else, and is no more than a name and a picture. */
#include "authority/sso/png.h"
#include "authority/sso/service.h"

static bool is_empty(struct text text)
{
	return text.at != NULL && text.len == 0;
}

/* The same rules in each language, and each of them once. */
static bool is_misnamed(const struct msg_service_record *service)
{
	unsigned seen = 0;
	for (uint32_t i = 0; i < service->named.n; i++) {
		const struct msg_named_row *row = &service->named.at[i];
		if (is_empty(row->label) || is_empty(row->about) || text_misleads(row->label) ||
		    text_misleads(row->about) || (seen & 1u << row->language) != 0)
			return true;
		seen |= 1u << row->language;
	}
	return false;
}

const char *service_shown_fault(const struct msg_service_record *service)
{
	static const char *const LOGOS[] = {
		[PNG_NO_PNG] = "service_logo_png",
		[PNG_LARGE] = "service_logo_large",
		[PNG_CARRIES] = "service_logo_laden",
		[PNG_GOOD] = NULL,
	};
	if (is_misnamed(service))
		return "service_words";
	return service->logo.at != NULL ? LOGOS[png_look(service->logo)] : NULL;
}
