/* cas_validate.c - the endpoints of CAS for machines: what a ticket says, as lines (CAS Protocol 3.0, section 2.4), XML or JSON (2.5 to 2.9).
 *
 * Answers of the protocol are 200, whatever they say. What the authority cannot tell now has its own status, and is INTERNAL_ERROR. */
#include <strings.h>
#include "front/cas.h"
#include "front/decode.h"
#include "front/oidc.h"
#include "front/route.h"
#include "front/show.h"

static const struct msg_cas_refused BAD_REQUEST = { CAS_INVALID_REQUEST,
	TEXT_LITERAL("a parameter is there twice, too long, or cannot be read") };
static const struct msg_cas_refused BAD_FORMAT = { CAS_INVALID_REQUEST,
	TEXT_LITERAL("format is XML or JSON") };
static const struct msg_cas_refused TOO_MANY = { CAS_INTERNAL_ERROR,
	TEXT_LITERAL("too many services wait for their callbacks now; the ticket is not used yet") };
static const struct msg_cas_refused NO_ANSWER = { CAS_INTERNAL_ERROR,
	TEXT_LITERAL("this cannot be told now; try again") };

/* A parameter that is no word of ours, into a field. ERR_EXISTS, ERR_TOO_LARGE, ERR_MALFORMED as oidc_fill. */
static enum err read_as(
    const struct exchange *x, const char *name, const struct wire_msg *msg, void *at, const char *field)
{
	struct arena *arena = x->request->arena;
	struct text value;
	enum err err = decode_query(x->request->query, name, arena, &value);
	if (err == OK && !text_is_empty(value))
		err = wire_put(msg, at, text_of(field), value, arena);
	return err;
}

/* Asks; *refused_r says why there is no answer of that kind. */
static const void *ask(
    struct exchange *x, struct wire_any question, unsigned wanted, const struct msg_cas_refused **refused_r)
{
	struct wire_any answer;
	*refused_r = &NO_ANSWER;
	if (!show_ask_any(x, question, &answer))
		return NULL;
	if (answer.msg->tag == TAG_cas_refused)
		*refused_r = answer.at;
	return answer.msg->tag == wanted ? answer.at : NULL;
}

/* Those who wait for a service's callback hold a thread: a quarter of them may, so that others are answered meanwhile. */
static const struct msg_cas_person *ask_and_wait(
    struct exchange *x, const struct msg_cas_grant *grant, const struct msg_cas_refused **refused_r)
{
	struct front *front = x->front;
	const struct msg_cas_person *person = NULL;
	if (atomic_fetch_add(&front->granting, 1) < (front->config->threads + 3) / 4) {
		person = ask(x, WIRE(cas_grant, grant), TAG_cas_person, refused_r);
	} else {
		*refused_r = &TOO_MANY;
		show_fault(x, FAULT_BUSY, 0);
	}
	(void)atomic_fetch_sub(&front->granting, 1);
	return person;
}

/* Who a ticket is of. pgtUrl is a parameter of the later protocols alone (section 2.5.1). */
static const struct msg_cas_person *ask_who(struct exchange *x, struct msg_cas_validate *question,
    bool may_be_proxy, const struct msg_cas_refused **refused_r)
{
	struct msg_cas_grant grant = { .validate = question };
	*refused_r = &BAD_REQUEST;
	if (oidc_fill(x, x->request->query, wire_msg_cas_validate(), question) != OK ||
	    (may_be_proxy && read_as(x, "pgtUrl", wire_msg_cas_grant(), &grant, "pgt_url") != OK))
		return NULL;
	return grant.pgt_url.at != NULL ? ask_and_wait(x, &grant, refused_r)
					: ask(x, WIRE(cas_validate, question), TAG_cas_person, refused_r);
}

/* Over what was said when the authority could not be asked, but for its status. */
static void give(struct exchange *x, const char *type, struct out *out)
{
	struct text body;
	if (!out_done(out, &body)) {
		show_fault(x, FAULT_INTERNAL, 0);
		return;
	}
	if (x->reply->status == 0)
		x->reply->status = 200;
	x->reply->type = type;
	x->reply->body = body;
}

void cas_validate_get(struct exchange *x)
{
	struct msg_cas_validate question = { .attributes = false };
	const struct msg_cas_refused *refused;
	struct out out = OUT_SMALL(x->request->arena);
	const struct msg_cas_person *person = ask_who(x, &question, false, &refused);
	out_str(&out, person != NULL ? "yes\n" : "no\n");
	if (person != NULL)
		out_text(&out, person->user);
	out_str(&out, "\n");
	give(x, "text/plain", &out);
}

/* false: it is none. */
static bool read_format(const struct exchange *x, enum cas_format *format_r)
{
	struct text format;
	*format_r = CAS_XML;
	if (decode_query(x->request->query, "format", x->request->arena, &format) != OK)
		return false;
	if (format.len == 4 && strncasecmp(format.at, "JSON", 4) == 0)
		*format_r = CAS_JSON;
	return *format_r == CAS_JSON || text_is_empty(format) ||
	       (format.len == 3 && strncasecmp(format.at, "XML", 3) == 0);
}

static void give_written(struct exchange *x, enum cas_format format, struct out *out)
{
	give(x, format == CAS_JSON ? "application/json" : "application/xml", out);
}

void cas_service_validate_get(struct exchange *x)
{
	struct text path = x->request->path;
	bool third = text_starts_with(path, "/cas/p3/");
	struct msg_cas_validate question = {
		.attributes = third,
		.proxied = text_starts_with(path, third ? "/cas/p3/proxy" : "/cas/proxy"),
	};
	const struct msg_cas_refused *refused = &BAD_FORMAT;
	const struct msg_cas_person *person = NULL;
	struct out out = OUT(x->request->arena);
	enum cas_format format;
	if (read_format(x, &format))
		person = ask_who(x, &question, true, &refused);
	if (person != NULL)
		cas_write_person(&out, format, person, question.attributes);
	else
		cas_write_refused(&out, format, "authentication", refused);
	give_written(x, format, &out);
}

void cas_proxy_get(struct exchange *x)
{
	struct msg_cas_proxy question = { .pgt = { NULL, 0 } };
	const struct msg_cas_refused *refused = &BAD_FORMAT;
	const struct msg_cas_proxy_ticket *given = NULL;
	const struct wire_msg *msg = wire_msg_cas_proxy();
	struct out out = OUT_SMALL(x->request->arena);
	enum cas_format format;
	if (read_format(x, &format)) {
		enum err err = oidc_fill(x, x->request->query, msg, &question);
		question.target_service = (struct text){ NULL, 0 }; /* it has another name here */
		refused = &BAD_REQUEST;
		if (err == OK && read_as(x, "targetService", msg, &question, "target_service") == OK)
			given = ask(x, WIRE(cas_proxy, &question), TAG_cas_proxy_ticket, &refused);
	}
	if (given != NULL)
		cas_write_ticket(&out, format, given->ticket);
	else
		cas_write_refused(&out, format, "proxy", refused);
	give_written(x, format, &out);
}
