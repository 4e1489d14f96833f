/* uri.h - the parts of a URI (RFC 3986 appendix B), as they stand there: nothing is decoded, nothing is made equal. Which of them a service may
 * have is service.c's affair. */
#ifndef SPOM_AUTHORITY_SSO_URI_H
#define SPOM_AUTHORITY_SSO_URI_H
#include "base/text.h"

/* Borrowed from the URI; what is not there is absent. */
struct uri {
	struct text whole;
	struct text scheme;
	struct text user; /* of the authority, without its @ */
	struct text host; /* an IPv6 address with its brackets; absent: there is no authority */
	struct text port; /* without its colon */
	struct text path; /* may be empty */
	struct text fragment;
};

void uri_split(struct text whole, struct uri *uri_r);

/* Whether the scheme is https or http, in lower case. */
bool uri_is_web(const struct uri *uri);

/* Whether a text has nothing but a to z, 0 to 9, and those characters. */
bool uri_consists_of(struct text text, const char *also);

/* Whether a text is the name or the address of a host, in lower case. */
bool uri_is_host(struct text host);

/* Whether there is a host, and behind its colon a port, if there is a colon. */
bool uri_has_host(const struct uri *uri);

/* Whether a segment of the path is . or .., also as a percent sign spells it, or with parameters (;) behind it. */
bool uri_has_dots(const struct uri *uri);

#endif
