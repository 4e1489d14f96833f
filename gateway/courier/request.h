/* request.h - one form to one application: by HTTPS with a verified certificate and nothing else, to the address that was given and to no other. */
#ifndef SPOM_COURIER_REQUEST_H
#define SPOM_COURIER_REQUEST_H
#include <curl/curl.h>
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
	size_t read; /* of the answer's body, which nobody looks at */
	char fault[CURL_ERROR_SIZE];
};

/* Makes one of an item, ready for curl_multi_add_handle. Takes at most five seconds from there on, follows nothing, goes through no proxy. ERR_MALFORMED:
 * that is no address for it; ERR_NO_MEMORY. */
NODISCARD enum err request_new(const struct msg_notice_item *item, struct request **request_r);

/* What it has led to; reason: for operators, printable, one line. */
enum notice_outcome request_outcome(struct request *request, CURLcode code, char reason[REQUEST_REASON_MAX]);

void request_free(struct request **request); /* NULL-safe; clears */

#endif
