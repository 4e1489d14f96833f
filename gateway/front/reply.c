#include "front/reply.h"
#include <string.h>
#include "front/decode.h"
#include "text/out.h"

#define HEAD_ROOM KIB /* most heads */

static bool is_one_line(struct text value)
{
	for (size_t i = 0; i < value.len; i++)
		if (((unsigned char)value.at[i] < 0x20 && value.at[i] != '\t') || value.at[i] == 0x7f)
			return false;
	return true;
}

void reply_header(struct reply *reply, const char *name, struct text value)
{
	if (reply->n_headers < REPLY_HEADERS_MAX && is_one_line(value))
		reply->headers[reply->n_headers++] = (struct reply_header){ name, value };
}

void reply_number(struct reply *reply, const char *name, unsigned long long number)
{
	reply_header(reply, name, text_of(arena_printf(reply->arena, "%llu", number)));
}

void reply_cookie(struct reply *reply, const char *name, struct secret value, bool secure, unsigned max_age_s)
{
	struct out out = OUT(reply->arena);
	struct text line;
	if (value.at != NULL && !decode_is_cookie(value))
		return;
	out_format(&out, "%s=", name);
	out_text(&out, (struct text){ (const char *)value.at, value.len });
	out_str(&out, "; Path=/; HttpOnly; SameSite=Lax");
	if (secure)
		out_str(&out, "; Secure");
	if (value.at == NULL)
		out_str(&out, "; Max-Age=0");
	else if (max_age_s > 0)
		out_format(&out, "; Max-Age=%u", max_age_s);
	if (out_done(&out, &line))
		reply_header(reply, "Set-Cookie", line);
}

static const char *reason(int status)
{
	static const struct {
		int status;
		const char *text;
	} REASONS[] = {
		{ 200, "OK" },
		{ 303, "See Other" },
		{ 304, "Not Modified" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 408, "Request Timeout" },
		{ 409, "Conflict" },
		{ 413, "Content Too Large" },
		{ 415, "Unsupported Media Type" },
		{ 422, "Unprocessable Content" },
		{ 429, "Too Many Requests" },
		{ 500, "Internal Server Error" },
		{ 503, "Service Unavailable" },
	};
	for (size_t i = 0; i < COUNT(REASONS); i++)
		if (REASONS[i].status == status)
			return REASONS[i].text;
	return "Status";
}

/* What every answer carries, a picture as well as a page. */
static const char ALWAYS[] = "X-Content-Type-Options: nosniff\r\n"
			     "Referrer-Policy: same-origin\r\n"
			     "Cross-Origin-Opener-Policy: same-origin\r\n"
			     "Cross-Origin-Resource-Policy: same-origin\r\n";

static const char CHANGING[] = "Cache-Control: no-store\r\n"
			       "Vary: Accept, Accept-Language, Cookie\r\n";

/* What might be shown in a window. */
static const char SHOWN[] =
    "Permissions-Policy: camera=(), geolocation=(), microphone=(), payment=(), usb=()\r\n";

/* Sheets and scripts are none: opened in a window they are text, and what they may do is said by the page that loads them. The policy
 * names every application, so it would be most of what they weigh. (A picture can be opened, and an SVG could hold a script.) */
static bool is_document(const char *type)
{
	struct text whole = text_of(type);
	return !text_starts_with(whole, "text/css") && !text_starts_with(whole, "text/javascript");
}

/* The policy lets nobody have the page in a frame. */
static void add_policy(struct out *out, const struct reply *reply, const char *policy)
{
	static const char NOBODY[] = "frame-ancestors 'none'";
	const char *at = reply->framed ? strstr(policy, NOBODY) : NULL;
	out_str(out, at != NULL ? "X-Frame-Options: SAMEORIGIN\r\n" : "X-Frame-Options: DENY\r\n");
	out_str(out, "Content-Security-Policy: ");
	if (at != NULL) {
		out_bytes(out, policy, (size_t)(at - policy));
		out_str(out, "frame-ancestors 'self'");
		policy = at + sizeof NOBODY - 1;
	}
	out_str(out, policy); /* ends with where forms lead */
}

static void add_body_fields(struct out *out, const struct reply *reply, const char *policy)
{
	if (is_document(reply->type)) {
		out_str(out, SHOWN);
		add_policy(out, reply, policy);
		if (reply->leads_to.at != NULL) {
			out_str(out, " ");
			out_text(out, reply->leads_to);
		}
		if (reply->frames.at != NULL) {
			out_str(out, "; frame-src");
			out_text(out, reply->frames);
		}
		out_str(out, "\r\n");
	}
	out_format(out, "Content-Type: %s\r\n", reply->type);
}

struct text reply_head(const struct reply *reply, const char *policy)
{
	struct out out = { .arena = reply->arena, .first = HEAD_ROOM };
	struct text head;
	out_format(&out, "HTTP/1.1 %d %s\r\n", reply->status, reason(reply->status));
	for (unsigned i = 0; i < reply->n_headers; i++) {
		out_str(&out, reply->headers[i].name);
		out_str(&out, ": ");
		out_text(&out, reply->headers[i].value);
		out_str(&out, "\r\n");
	}
	out_str(&out, ALWAYS);
	if (reply->keep)
		out_str(&out, "Cache-Control: public, max-age=31536000, immutable\r\n");
	else if (reply->max_age_s > 0)
		out_format(&out, "Cache-Control: public, max-age=%u\r\n", reply->max_age_s);
	else
		out_str(&out, CHANGING);
	if (reply->type != NULL)
		add_body_fields(&out, reply, policy);
	out_format(&out, "Content-Length: %zu\r\n", reply->body.len);
	out_str(&out, reply->close ? "Connection: close\r\n\r\n" : "Connection: keep-alive\r\n\r\n");
	return out_done(&out, &head) ? head : (struct text){ NULL, 0 };
}
