#include "courier/request.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "courier/outside.h"
#include "text/escape.h"

#define WHOLE_MS 5000L
#define WAITED_FOR_MS 3000L
#define ANSWER_MAX 65536u
#define BODY_MAX 49152u /* of metadata and answers, as on the wire */
#define HEADERS_MAX 2u

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

/* All of it, or the request has failed. */
static size_t keep(char *bytes, size_t size, size_t n, void *context)
{
	struct request *request = context;
	size_t len = size * n;
	if (len > BODY_MAX - request->body.len)
		return 0;
	memcpy((uint8_t *)(uintptr_t)request->body.at + request->body.len, bytes, len);
	request->body.len += len;
	return len;
}

/* libcurl tells each address to which it is about to connect; where there is another one, that is its next. */
static curl_socket_t connect_outside(void *context, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct request *request = context;
	(void)purpose;
	if (!outside_has(&to->addr)) {
		request->barred = true;
		return CURL_SOCKET_BAD;
	}
	request->connected = true;
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/* Nor by a connection that was made for somebody else, who may go there. */
static CURLcode keep_outside(struct request *request)
{
	CURLcode all = CURLE_OK;
	all |= curl_easy_setopt(request->curl, CURLOPT_OPENSOCKETFUNCTION, connect_outside);
	all |= curl_easy_setopt(request->curl, CURLOPT_OPENSOCKETDATA, request);
	all |= curl_easy_setopt(request->curl, CURLOPT_FRESH_CONNECT, 1L);
	return all;
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

/* What is said, where to. */
struct what {
	struct text to;
	struct text
	    body; /* a form, or what the headers say; absent: there is none, all stands in the address */
	struct text ca_file;
	long whole_ms;
	bool keeps;       /* what is answered, too */
	bool own_network; /* somebody of the campus has written where to */
	bool mute;        /* a redirect is no refusal */
	const char *headers[HEADERS_MAX];
};

static CURLcode set_what(struct request *request, const struct what *what)
{
	CURL *curl = request->curl;
	CURLcode all = CURLE_OK;
	all |= curl_easy_setopt(curl, CURLOPT_URL, text_str(what->to));
	if (what->body.at != NULL) {
		all |= curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)what->body.len);
		all |= curl_easy_setopt(curl, CURLOPT_POSTFIELDS, what->body.at);
	}
	all |= curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	all |= curl_easy_setopt(curl, CURLOPT_USERAGENT, "spom-courier/" SPOM_VERSION);
	all |= curl_easy_setopt(curl, CURLOPT_HTTPHEADER, request->headers);
	all |= curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, request->keeps ? keep : forget);
	all |= curl_easy_setopt(curl, CURLOPT_WRITEDATA, request);
	all |= curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, request->fault);
	all |= curl_easy_setopt(curl, CURLOPT_PRIVATE, request);
	all |= curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	all |= curl_easy_setopt(
	    curl, CURLOPT_QUICK_EXIT, 1L); /* no name that is not found holds up the others */
	all |= curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, what->whole_ms);
	return what->own_network ? all : all | keep_outside(request);
}

/* The value's bytes are text: the wire has them in a secret because they are one. */
static struct text words_of(struct secret value)
{
	return (struct text){ (const char *)value.at, value.len };
}

static bool write_form(const struct msg_notice_item *item, struct arena *arena, struct text *form_r)
{
	struct out out = OUT(arena);
	out_text(&out, item->parameter);
	out_str(&out, "=");
	escape_percent(&out, words_of(item->value));
	return out_done(&out, form_r);
}

/* Behind what the address has already (CAS Protocol 3.0, section 2.5.4, step 2). */
static bool write_address(const struct msg_callback_item *item, struct arena *arena, struct text *to_r)
{
	bool has_query = memchr(item->to.at, '?', item->to.len) != NULL;
	struct out out = OUT_SMALL(arena);
	out_text(&out, item->to);
	out_str(&out, has_query ? "&" : "?");
	out_text(&out, words_of(item->query));
	return out_done(&out, to_r);
}

/* A form, or SOAP (SAML Bindings 3.2.3.1). */
static enum err read_notice(const void *at, struct arena *arena, struct what *what)
{
	const struct msg_notice_item *item = at;
	*what = (struct what){ .to = item->to,
		.ca_file = item->ca_file,
		.whole_ms = WHOLE_MS,
		.own_network = item->own_network,
		.mute = item->mute };
	if (item->parameter.at != NULL)
		return write_form(item, arena, &what->body) ? OK : ERR_NO_MEMORY;
	what->body = words_of(item->value);
	what->keeps = true;
	what->headers[0] = "Content-Type: text/xml; charset=utf-8";
	what->headers[1] = "SOAPAction: \"http://www.oasis-open.org/committees/security\"";
	return OK;
}

/* Never without TLS, not even on this machine: the certificate is what it is about. */
static enum err read_callback(const void *at, struct arena *arena, struct what *what)
{
	const struct msg_callback_item *item = at;
	*what = (struct what){ .ca_file = item->ca_file, .whole_ms = WAITED_FOR_MS, .own_network = true };
	if (!text_starts_with(item->to, "https://"))
		return ERR_MALFORMED;
	return write_address(item, arena, &what->to) ? OK : ERR_NO_MEMORY;
}

/* draft-young-md-query, section 3.2. */
static enum err read_feed(const void *at, struct arena *arena, struct what *what)
{
	const struct msg_feed_item *item = at;
	struct out out = OUT_SMALL(arena);
	*what = (struct what){ .ca_file = item->ca_file,
		.whole_ms = WAITED_FOR_MS,
		.keeps = true,
		.own_network = true,
		.headers = { "Accept: application/samlmetadata+xml" } };
	out_text(&out, item->base);
	out_str(&out, "/entities/");
	escape_percent(&out, item->entity_id);
	return out_done(&out, &what->to) ? OK : ERR_NO_MEMORY;
}

/* Each item begins with its id. */
static const struct kind {
	unsigned tag;
	bool strict;
	enum err (*read)(const void *at, struct arena *arena, struct what *what);
} KINDS[] = {
	{ TAG_notice_item, false, read_notice },
	{ TAG_callback_item, true, read_callback },
	{ TAG_feed_item, true, read_feed },
};

/* Nobody is asked before whether what is said may come. */
static bool add_headers(struct request *request, const struct what *what)
{
	request->headers = curl_slist_append(NULL, "Expect:");
	for (unsigned i = 0; request->headers != NULL && i < HEADERS_MAX && what->headers[i] != NULL; i++) {
		struct curl_slist *longer = curl_slist_append(request->headers, what->headers[i]);
		if (longer == NULL)
			return false;
		request->headers = longer;
	}
	return request->headers != NULL;
}

static enum err prepare(struct request *request, const struct what *what)
{
	const char *protocol = protocol_of(what->to);
	if (protocol == NULL)
		return ERR_MALFORMED;
	request->curl = curl_easy_init();
	request->keeps = what->keeps;
	request->mute = what->mute;
	bool has_headers = add_headers(request, what);
	if (request->keeps)
		request->body.at = arena_alloc(&request->arena, BODY_MAX);
	if (request->curl == NULL || !has_headers || (request->keeps && request->body.at == NULL) ||
	    (set_security(request->curl, protocol, what->ca_file) | set_what(request, what)) != CURLE_OK)
		return ERR_NO_MEMORY;
	return OK;
}

static enum err make(struct request *request, struct wire_any item)
{
	struct what what;
	const void *copy;
	const struct kind *kind = KINDS;
	while (kind->tag != item.msg->tag)
		kind++;
	if (wire_copy(item, &request->arena, &copy) != OK)
		return ERR_NO_MEMORY;
	request->strict = kind->strict;
	enum err err = kind->read(copy, &request->arena, &what);
	return err == OK ? prepare(request, &what) : err;
}

enum err request_new(struct wire_any item, struct request **request_r, struct id *id_r)
{
	struct request *request = calloc(1, sizeof *request);
	*id_r = *(const struct id *)item.at;
	if (request == NULL)
		return ERR_NO_MEMORY;
	request->id = *id_r;
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

/* Of an answer that is no yes. A redirect is a refusal: the address that is registered is not the one that works; but where the protocol knows no yes
 * (CAS), it is what an application says that has ended its session and now wants a sign-in. */
static enum notice_outcome outcome_of(const struct request *request)
{
	long status = request->status;
	if (request->mute && (status == 302 || status == 303))
		return NOTICE_TOLD;
	return status >= 300 && status < 500 && status != 408 && status != 429 ? NOTICE_NEVER : NOTICE_LATER;
}

/* An answer longer than we read is an answer. */
enum notice_outcome request_outcome(struct request *request, CURLcode code, char reason[REQUEST_REASON_MAX])
{
	(void)curl_easy_getinfo(request->curl, CURLINFO_RESPONSE_CODE, &request->status);
	long status = request->status;
	bool answered =
	    code == CURLE_OK || (code == CURLE_WRITE_ERROR && request->read > ANSWER_MAX && !request->keeps);
	if (answered && (status == 200 || (status == 204 && !request->strict)))
		return NOTICE_CONFIRMED;
	if (code == CURLE_COULDNT_CONNECT && request->barred && !request->connected) {
		(void)snprintf(reason, REQUEST_REASON_MAX, "address_forbidden");
		return NOTICE_NEVER;
	}
	const char *words = request->fault[0] != '\0' ? request->fault : curl_easy_strerror(code);
	write_reason(answered ? "it answered so" : words, status, reason);
	return answered ? outcome_of(request) : NOTICE_LATER;
}
