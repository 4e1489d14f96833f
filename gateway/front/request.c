#include "front/request.h"
#include <string.h>
#include "front/decode.h"
#include "front/front.h"
#include "front/original.h"
#include "wire/frame.h"
#include "wire/json.h"

static const char *const METHODS[METHOD_COUNT_] = { "", "GET", "HEAD", "POST", "OPTIONS" };

const char *request_method_text(enum method method)
{
	return METHODS[method];
}

static enum method method_of(struct text name)
{
	for (unsigned i = METHOD_GET; i < METHOD_COUNT_; i++)
		if (text_equal_str(name, METHODS[i]))
			return (enum method)i;
	return METHOD_OTHER;
}

/* A cookie with this prefix can only have been set by this host, over https, for all of it. */
const char *request_session_name(bool secure)
{
	return secure ? "__Host-spom" : "spom";
}

const char *request_login_name(bool secure)
{
	return secure ? "__Host-spom_login" : "spom_login";
}

const char *request_device_name(bool secure)
{
	return secure ? "__Host-spom_device" : "spom_device";
}

static struct secret secret_of(struct text value)
{
	return (struct secret){ (unsigned char *)(uintptr_t)value.at, value.len };
}

/* The edge's word for the origin; absent when it is none of ours. Where there is only one, it need not be said. */
static struct text origin_of(const struct front *front, struct text claimed)
{
	const struct msg_front_config *config = front->config;
	for (uint32_t i = 0; i < config->origins.n; i++)
		if (text_equal(config->origins.at[i].value, claimed))
			return config->origins.at[i].value;
	return claimed.at == NULL && config->origins.n == 1 ? config->origins.at[0].value
							    : (struct text){ NULL, 0 };
}

static void read_from_edge(const struct front *front, const struct head *head, struct request *request)
{
	struct text address = head_find(head, "X-Forwarded-For");
	struct text method = head_find(head, "X-Original-Method");
	struct text uri = head_find(head, "X-Forwarded-Uri"), url = head_find(head, "X-Original-URL");
	if (decode_is_address(address))
		request->address = address;
	/* One way of saying it, never both: of one the edge would not know. */
	if (uri.at == NULL)
		request->original = url;
	else if (url.at == NULL)
		request->original = original_join(head_find(head, "X-Forwarded-Proto"),
		    head_find(head, "X-Forwarded-Host"), uri, request->arena);
	if (uri.at != NULL)
		method = head_find(head, "X-Forwarded-Method");
	request->original_method = method.at != NULL ? method_of(method) : METHOD_GET;
	request->origin = origin_of(front, head_find(head, "X-SPOM-Origin"));
	request->is_astray = request->origin.at == NULL;
}

static void read_edge(const struct front *front, const struct head *head, struct request *request)
{
	request->from_edge =
	    secret_equal(secret_of(head_find(head, "X-SPOM-Edge")), front->config->edge_secret);
	if (request->from_edge)
		read_from_edge(front, head, request);
	if (request->origin.at == NULL)
		request->origin = front->config->origins.at[0].value;
	request->secure = text_starts_with(request->origin, "https://");
}

/* What may cross the wire: bounded, and text. */
static struct text plain(struct text value, size_t max)
{
	if (value.len > max)
		value.len = max;
	bool good = value.len > 0 && text_is_utf8(value.at, value.len) &&
		    !text_has_control(value.at, value.len, false);
	return good ? value : (struct text){ NULL, 0 };
}

/* A secret of a length that no cookie of ours has is none. */
static struct secret bounded(struct secret value, size_t max)
{
	return value.len <= max ? value : (struct secret){ NULL, 0 };
}

void request_read(
    const struct front *front, const struct head *head, struct arena *arena, struct request *request_r)
{
	struct secret cookies = secret_of(head_find(head, "Cookie"));
	struct text accept = head_find(head, "Accept"), mode = head_find(head, "Sec-Fetch-Mode");
	struct request request = {
		.arena = arena,
		.trace = frame_trace_new(),
		.method = method_of(head->method),
		.path = head->path,
		.query = head->query,
		.content_type = head_find(head, "Content-Type"),
		.cookies = cookies,
		.navigates = mode.at == NULL || text_equal_str(mode, "navigate"),
		.browser = plain(head_find(head, "User-Agent"), 400),
		.csrf = bounded(secret_of(head_find(head, "X-CSRF-Token")), 64),
		.authorization =
		    bounded(secret_of(head_find(head, "Authorization")), REQUEST_AUTHORIZATION_MAX),
		.cross_site = text_equal_str(head_find(head, "Sec-Fetch-Site"), "cross-site"),
		.wants_json = front->instance == ROLE_BACK ||
			      decode_accept(accept, "application/json") > decode_accept(accept, "text/html"),
		.languages = head_find(head, "Accept-Language"),
		.language = strings_negotiate(front->strings, head_find(head, "Accept-Language")),
	};
	read_edge(front, head, &request);
	request.session = bounded(decode_cookie(cookies, request_session_name(request.secure)), 64);
	request.login = bounded(decode_cookie(cookies, request_login_name(request.secure)), 4096);
	request.device = bounded(decode_cookie(cookies, request_device_name(request.secure)), 2048);
	*request_r = request;
}

static enum err put_once(const struct request *request, const struct wire_msg *msg, void *at,
    struct text name, struct text value, uint64_t *seen)
{
	const struct wire_field *field = wire_field(msg, name);
	uint64_t bit = field != NULL ? 1ull << (field - msg->fields) : 0;
	if (field == NULL || (*seen & bit) != 0)
		return ERR_MALFORMED;
	*seen |= bit;
	enum err err = wire_put(msg, at, name, value, request->arena);
	return err == ERR_NOT_FOUND ? ERR_MALFORMED : err;
}

static enum err read_pairs(const struct request *request, const struct wire_msg *msg, void *at)
{
	struct text rest = { (const char *)request->body.at, request->body.len }, name, value;
	uint64_t seen = 0;
	for (;;) {
		enum err err = decode_pair(&rest, request->arena, &name, &value);
		if (err == ERR_NOT_FOUND)
			return OK;
		if (err == OK)
			err = put_once(request, msg, at, name, value, &seen);
		if (err != OK)
			return err;
	}
}

enum err request_form(const struct request *request, const struct wire_msg *msg, void *at)
{
	if (request->body.len == 0)
		return OK;
	if (decode_is_type(request->content_type, "application/x-www-form-urlencoded"))
		return read_pairs(request, msg, at);
	if (!decode_is_type(request->content_type, "application/json"))
		return ERR_NOT_FOUND;
	const char *field;
	struct text json = { (const char *)request->body.at, request->body.len };
	return wire_json_put(msg, at, json, request->arena, &field);
}
