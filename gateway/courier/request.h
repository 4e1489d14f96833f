/* request.h - one thing said to one application: by HTTPS with a verified certificate and nothing else, to the address that was given and to no other. Where a stranger has
 * written that one, it leads to the public Internet or nowhere (outside.h). */
#ifndef SPOM_COURIER_REQUEST_H
#define SPOM_COURIER_REQUEST_H
#include <curl/curl.h>
#include <stdbool.h>
#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "wire/wire.h"

#define REQUEST_REASON_MAX 160

struct request {
	struct arena arena; /* of the item and what was made of it */
	struct id id;
	CURL *curl;
	struct curl_slist *headers;
	bool strict;       /* only 200 is a yes */
	bool mute;         /* a redirect says that it was heard */
	bool barred;       /* there was an address to which it may not go, */
	bool connected;    /* and one to which it may */
	bool keeps;        /* what is answered, too, and then it has an end: */
	struct bytes body; /* on the arena */
	long status;       /* of HTTP; 0: there was no answer */
	size_t read;       /* of the answer's body, which nobody looks at */
	char fault[CURL_ERROR_SIZE];
};

/* Makes one of an item (notice_item: a form, or an envelope whose answer is kept; callback_item: a query; feed_item: a question for metadata, whose answer is kept), ready for
 * curl_multi_add_handle. Takes at most five seconds from there on, what somebody waits for three; follows nothing, goes through no proxy. *id_r: the item's, also where it fails. ERR_MALFORMED: that is no
 * address for it; ERR_NO_MEMORY. */
NODISCARD enum err request_new(struct wire_any item, struct request **request_r, struct id *id_r);

/* What it has led to; reason: for operators, printable, one line. */
enum notice_outcome request_outcome(struct request *request, CURLcode code, char reason[REQUEST_REASON_MAX]);

void request_free(struct request **request); /* NULL-safe; clears */

#endif
