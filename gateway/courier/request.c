#include "courier/request.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "text/escape.h"

#define WHOLE_MS 5000L
#define ANSWER_MAX 65536u

/* What is no address of the web, or leaves the machine without TLS, is none for us whatever the authority says. NULL: so it is. */
static const char *protocol_of(struct text to)
{
	static const char *const LOOPBACK[] = { "http://127.0.0.1", "http://localhost", "http://[::1]" };
	if (text_starts_with(to, "https://"))
		return "https";
	for (size_t i = 0; i < COUNT(LOOPBACK); i++) {
		size_t len = strlen(LOOPBACK[i]);
		if (text_starts_with(to, LOOPBACK[i]) && (to.len == len || strchr(":/?", to.at[len]) != NULL))
			return "http";
	}
	return NULL;
}

/* Read and forgotten; of too much the rest is not read. */
static size_t forget(char *bytes, size_t size, size_t n, void *context)
{
	struct request *request = context;
	(void)bytes;
	request->read += size * n;
	return request->read <= ANSWER_MAX ? size * n : 0;
}

static CURLcode set_security(CURL *curl, const char *protocol, struct text ca_file)
{
	CURLcode all = CURLE_OK;
	all |= curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, protocol);
	all |= curl_easy_setopt(curl, CURLOPT_PROXY, "");
	all |= curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	all |= curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	all |= curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
	all |= curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
	if (ca_file.at != NULL)
		all |= curl_easy_setopt(curl, CURLOPT_CAINFO, text_str(ca_file));
	return all;
}

static CURLcode set_form(struct request *request, struct text to, struct text form)
{
	CURL *curl = request->curl;
	CURLcode all = CURLE_OK;
	all |= curl_easy_setopt(curl, CURLOPT_URL, text_str(to));
	all |= curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)form.len);
	all |= curl_easy_setopt(curl, CURLOPT_POSTFIELDS, form.at);
	all |= curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	all |= curl_easy_setopt(curl, CURLOPT_USERAGENT, "spom-courier/" SPOM_VERSION);
	all |= curl_easy_setopt(curl, CURLOPT_HTTPHEADER, request->headers);
	all |= curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, forget);
	all |= curl_easy_setopt(curl, CURLOPT_WRITEDATA, request);
	all |= curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, request->fault);
	all |= curl_easy_setopt(curl, CURLOPT_PRIVATE, request);
	all |= curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	all |= curl_easy_setopt(
	    curl, CURLOPT_QUICK_EXIT, 1L); /* no name that is not found holds up the others */
	all |= curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, WHOLE_MS);
	return all;
}

/* The value's bytes are text: the wire has them in a secret because they are one. */
static bool write_form(const struct msg_notice_item *item, struct arena *arena, struct text *form_r)
{
	struct out out = OUT(arena);
	out_text(&out, item->parameter);
	out_str(&out, "=");
	escape_percent(&out, (struct text){ (const char *)item->value.at, item->value.len });
	return out_done(&out, form_r);
}

static enum err make(struct request *request, const struct msg_notice_item *item)
{
	const char *protocol = protocol_of(item->to);
	const void *copy;
	struct text form;
	if (protocol == NULL)
		return ERR_MALFORMED;
	if (wire_copy(WIRE(notice_item, item), &request->arena, &copy) != OK ||
	    !write_form(item, &request->arena, &form))
		return ERR_NO_MEMORY;
	const struct msg_notice_item *kept = copy;
	request->id = kept->id;
	request->curl = curl_easy_init();
	request->headers = curl_slist_append(NULL, "Expect:");
	if (request->curl == NULL || request->headers == NULL ||
	    (set_security(request->curl, protocol, kept->ca_file) | set_form(request, kept->to, form)) !=
		CURLE_OK)
		return ERR_NO_MEMORY;
	return OK;
}

enum err request_new(const struct msg_notice_item *item, struct request **request_r)
{
	struct request *request = calloc(1, sizeof *request);
	if (request == NULL)
		return ERR_NO_MEMORY;
	enum err err = make(request, item);
	if (err == OK)
		*request_r = request;
	else
		request_free(&request);
	return err;
}

void request_free(struct request **request)
{
	struct request *old = *request;
	if (old == NULL)
		return;
	curl_easy_cleanup(old->curl);
	curl_slist_free_all(old->headers);
	arena_done(&old->arena);
	free(old);
	*request = NULL;
}

static void write_reason(const char *words, long status, char reason[REQUEST_REASON_MAX])
{
	(void)snprintf(reason, REQUEST_REASON_MAX, "%.120s (%ld)", words, status);
	for (char *at = reason; *at != '\0'; at++)
		if (*at < ' ' || *at > '~')
			*at = '?';
}

/* An answer longer than we read is an answer. A redirect is a refusal: the address that is registered is not the one that works. */
enum notice_outcome request_outcome(struct request *request, CURLcode code, char reason[REQUEST_REASON_MAX])
{
	long status = 0;
	(void)curl_easy_getinfo(request->curl, CURLINFO_RESPONSE_CODE, &status);
	bool answered = code == CURLE_OK || (code == CURLE_WRITE_ERROR && request->read > ANSWER_MAX);
	if (answered && (status == 200 || status == 204))
		return NOTICE_CONFIRMED;
	const char *words = request->fault[0] != '\0' ? request->fault : curl_easy_strerror(code);
	write_reason(answered ? "it answered so" : words, status, reason);
	return answered && status >= 300 && status < 500 && status != 408 && status != 429 ? NOTICE_NEVER
											   : NOTICE_LATER;
}
