#include <string.h>
#include <strings.h>
#include "base/enc.h"
#include "front/decode.h"
#include "front/oidc.h"
#include "front/show.h"
#include "text/escape.h"
#include "wire/frame.h"

#define BASIC_MAX 512u
#define ADDRESS_MAX 1700u /* bytes, of the 2,000 that lead back from a sign-in: beside a mark and hints */

static const struct text FROM = { "address", 7 };

enum err oidc_say_from(const struct exchange *x, const struct wire_msg *msg, void *at)
{
	if (wire_field(msg, FROM) == NULL || text_is_empty(x->request->address))
		return OK;
	return wire_put(msg, at, FROM, x->request->address, x->request->arena);
}

static enum err fill_one(const struct exchange *x, const struct wire_msg *msg, void *at, struct text name,
    struct text value, uint64_t *seen)
{
	const struct wire_field *field = wire_field(msg, name);
	if (field == NULL || value.len == 0 || text_equal_str(name, "session") || text_equal(name, FROM))
		return OK;
	if (field->kind != WIRE_TEXT && field->kind != WIRE_SECRET)
		return OK;
	uint64_t bit = 1ull << (field - msg->fields);
	if ((*seen & bit) != 0)
		return ERR_EXISTS;
	*seen |= bit;
	return wire_put(msg, at, name, value, x->request->arena);
}

enum err oidc_fill(const struct exchange *x, struct text pairs, const struct wire_msg *msg, void *at)
{
	struct text name, value;
	uint64_t seen = 0;
	for (;;) {
		enum err err = decode_pair(&pairs, x->request->arena, &name, &value);
		if (err == ERR_NOT_FOUND)
			return oidc_say_from(x, msg, at);
		if (err == OK)
			err = fill_one(x, msg, at, name, value, &seen);
		if (err != OK)
			return err;
	}
}

static bool has(const struct exchange *x, struct text pairs, const char *name)
{
	struct text value;
	enum err err = decode_query(pairs, name, x->request->arena, &value);
	return err != OK || value.len > 0; /* also one that cannot be read */
}

void oidc_look(const struct exchange *x, struct text pairs, struct msg_oidc_authorize *ask)
{
	ask->has_request = has(x, pairs, "request");
	ask->has_registration = has(x, pairs, "registration");
	ask->is_long = pairs.len > ADDRESS_MAX;
}

static struct text as_text(struct secret secret)
{
	return (struct text){ (const char *)secret.at, secret.len };
}

static bool take_scheme(const struct exchange *x, const char *scheme, struct text *rest_r)
{
	struct text header = as_text(x->request->authorization);
	size_t len = strlen(scheme);
	if (header.len <= len || strncasecmp(header.at, scheme, len) != 0 || header.at[len] != ' ')
		return false;
	*rest_r = decode_trim((struct text){ header.at + len, header.len - len });
	return true;
}

struct secret oidc_bearer(const struct exchange *x)
{
	struct text token;
	if (!take_scheme(x, "Bearer", &token))
		return (struct secret){ NULL, 0 };
	return (struct secret){ (unsigned char *)(uintptr_t)token.at, token.len };
}

/* id:secret, both as in a form (RFC 6749 section 2.3.1). */
static enum err read_basic(const struct exchange *x, struct text encoded, struct msg_oidc_client *client)
{
	struct arena *arena = x->request->arena;
	struct text rest, id, secret;
	size_t len;
	char *plain = arena_alloc(arena, BASIC_MAX);
	if (plain == NULL)
		return ERR_NO_MEMORY;
	enum err err = enc_from_base64(encoded.at, encoded.len, plain, BASIC_MAX, &len);
	if (err != OK || memchr(plain, ':', len) == NULL)
		return ERR_MALFORMED;
	rest = (struct text){ plain, len };
	id = decode_cut(&rest, ':');
	err = decode_percent(id, true, arena, &id);
	if (err == OK)
		err = decode_percent(rest, true, arena, &secret);
	const struct wire_msg *msg = wire_msg_oidc_client();
	struct text named = client->client_id;
	if (err == OK)
		err = wire_put(msg, client, TEXT_LITERAL("client_id"), id, arena);
	if (err == OK)
		err = wire_put(msg, client, TEXT_LITERAL("client_secret"), secret, arena);
	if (err == OK && named.at != NULL && !text_equal(named, client->client_id))
		err = ERR_MALFORMED;
	return err;
}

/* In how many ways the form says who the client is (RFC 6749 section 2.3), and the way. */
static unsigned ways_of(const struct msg_oidc_client *client, enum client_auth *way_r)
{
	bool signs = client->client_assertion.at != NULL || client->client_assertion_type.at != NULL;
	bool shows = client->client_secret.at != NULL;
	*way_r = signs ? CLIENT_AUTH_ASSERTION : shows ? CLIENT_AUTH_POST : CLIENT_AUTH_NONE;
	return (unsigned)signs + (unsigned)shows;
}

/* false: it is no header of a client. */
static bool read_client(const struct exchange *x, struct msg_oidc_client *client)
{
	struct text basic;
	unsigned ways = ways_of(client, &client->auth);
	bool header = x->request->authorization.at != NULL;
	if (ways + header > 1) {
		client->auth = CLIENT_AUTH_BOTH;
		return true;
	}
	if (!header)
		return true;
	client->auth = CLIENT_AUTH_BASIC;
	return take_scheme(x, "Basic", &basic) && read_basic(x, basic, client) == OK;
}

static struct text why(enum err err)
{
	return err == ERR_EXISTS      ? TEXT_LITERAL("a parameter is there twice")
	       : err == ERR_TOO_LARGE ? TEXT_LITERAL("a parameter is too long")
				      : TEXT_LITERAL("the request is no form that can be read");
}

bool oidc_read(struct exchange *x, const struct wire_msg *msg, void *at, struct msg_oidc_client *client)
{
	struct text body = as_text(x->request->body);
	/* libraries name no type of a form in which nothing stands */
	bool is_form =
	    body.len == 0 || decode_is_type(x->request->content_type, "application/x-www-form-urlencoded");
	enum err err = is_form ? oidc_fill(x, body, msg, at) : ERR_MALFORMED;
	if (err == OK)
		err = oidc_fill(x, body, wire_msg_oidc_client(), client);
	if (err != OK)
		oidc_refuse(x, OAUTH_INVALID_REQUEST, why(err));
	else if (!read_client(x, client))
		oidc_refuse(x, OAUTH_INVALID_CLIENT, TEXT_LITERAL("the Authorization field is no client's"));
	else
		return true;
	return false;
}

void oidc_as_address(struct exchange *x, const char *address, struct text body)
{
	struct out out = OUT(x->request->arena);
	struct text to;
	bool good = decode_is_type(x->request->content_type, "application/x-www-form-urlencoded");
	out_str(&out, address);
	out_str(&out, "?");
	out_text(&out, body);
	if (good && out_done(&out, &to) && show_may_lead_to(x->front, to))
		show_redirect(x, to);
	else
		show_fault(x, FAULT_MALFORMED, 0);
}

static int status_of(enum oauth_error error)
{
	switch (error) {
	case OAUTH_SERVER_ERROR:
		return 500;
	case OAUTH_INVALID_CLIENT:
	case OAUTH_INVALID_TOKEN:
		return 401;
	case OAUTH_INSUFFICIENT_SCOPE:
		return 403;
	case OAUTH_TEMPORARILY_UNAVAILABLE:
		return 503;
	default:
		return 400;
	}
}

static void add_member(struct out *out, const char *name, struct text value)
{
	out_str(out, name);
	escape_json(out, value);
}

void oidc_refuse(struct exchange *x, enum oauth_error error, struct text description)
{
	char trace[FRAME_TRACE_TEXT];
	struct out out = OUT(x->request->arena);
	struct text json;
	frame_trace_text(x->request->trace, trace);
	add_member(&out, "{\"error\":", text_of(WIRE_ENUM_TEXT(oauth_error, error)));
	if (description.at != NULL)
		add_member(&out, ",\"error_description\":", description);
	add_member(&out, ",\"trace\":", text_of(trace));
	out_str(&out, "}");
	if (error == OAUTH_INVALID_CLIENT)
		reply_header(
		    x->reply, "WWW-Authenticate", TEXT_LITERAL("Basic realm=\"SPOM\", charset=\"UTF-8\""));
	if (error == OAUTH_INVALID_TOKEN)
		reply_header(x->reply, "WWW-Authenticate", TEXT_LITERAL("Bearer error=\"invalid_token\""));
	if (error == OAUTH_INSUFFICIENT_SCOPE)
		reply_header(
		    x->reply, "WWW-Authenticate", TEXT_LITERAL("Bearer error=\"insufficient_scope\""));
	show_json(x, status_of(error), out_done(&out, &json) ? json : (struct text){ NULL, 0 });
}

void oidc_want_token(struct exchange *x)
{
	char trace[FRAME_TRACE_TEXT];
	struct out out = OUT(x->request->arena);
	struct text json;
	frame_trace_text(x->request->trace, trace);
	add_member(
	    &out, "{\"text\":", show_sentence(x, TEXT_LITERAL("token_missing"), 0, (struct text){ NULL, 0 }));
	add_member(&out, ",\"trace\":", text_of(trace));
	out_str(&out, "}");
	reply_header(x->reply, "WWW-Authenticate", TEXT_LITERAL("Bearer realm=\"SPOM\""));
	show_json(x, 401, out_done(&out, &json) ? json : (struct text){ NULL, 0 });
}
