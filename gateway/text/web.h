/* web.h - what the build makes of web/: the tables that texttool writes to build/gen. */
#ifndef SPOM_TEXT_WEB_H
#define SPOM_TEXT_WEB_H
#include "text/page.h"

/* A file of web/static. Its address changes with its content, so that browsers may keep it for ever. */
struct web_static {
	const char *path; /* "/static/portal-0123456789abcdef.css" */
	const char *type; /* its media type */
	const unsigned char *bytes;
	size_t len;
};

extern const struct strings web_strings;

extern const struct page web_pages[];
extern const unsigned web_n_pages;

extern const struct web_static web_statics[];
extern const unsigned web_n_statics;

#endif
