/* cas_validate.c - the endpoints of CAS for machines: what a ticket says, as lines (CAS Protocol 3.0, section 2.4), XML or JSON (2.5, 2.8).
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
static const struct msg_cas_refused NO_ANSWER = { CAS_INTERNAL_ERROR,
	TEXT_LITERAL("this cannot be told now; try again") };

/* Asks; *refused_r says why there is no person. */
static const struct msg_cas_person *ask(
    struct exchange *x, struct msg_cas_validate *question, const struct msg_cas_refused **refused_r)
{
	struct wire_any answer;
	*refused_r = &BAD_REQUEST;
	if (oidc_fill(x, x->request->query, wire_msg_cas_validate(), question) != OK)
		return NULL;
	*refused_r = &NO_ANSWER;
	if (!show_ask_any(x, WIRE(cas_validate, question), &answer))
		return NULL;
	if (answer.msg->tag == TAG_cas_refused)
		*refused_r = answer.at;
	return answer.msg->tag == TAG_cas_person ? answer.at : NULL;
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
	const struct msg_cas_person *person = ask(x, &question, &refused);
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
	struct msg_cas_validate question = { .attributes = text_starts_with(x->request->path, "/cas/p3/") };
	const struct msg_cas_refused *refused = &BAD_FORMAT;
	const struct msg_cas_person *person = NULL;
	struct out out = OUT(x->request->arena);
	enum cas_format format;
	if (read_format(x, &format))
		person = ask(x, &question, &refused);
	if (person != NULL)
		cas_write_person(&out, format, person, question.attributes);
	else
		cas_write_refused(&out, format, "authentication", refused);
	give_written(x, format, &out);
}

/* Nobody gets proxy-granting tickets here, so there is none that would be good (section 2.7). */
void cas_proxy_get(struct exchange *x)
{
	bool whole = oidc_has(x, x->request->query, "pgt") && oidc_has(x, x->request->query, "targetService");
	const struct msg_cas_refused refused = {
		whole ? CAS_INVALID_TICKET : CAS_INVALID_REQUEST,
		whole ? TEXT_LITERAL("no proxy-granting tickets are given here")
		      : TEXT_LITERAL("pgt and targetService are both needed"),
	};
	struct out out = OUT(x->request->arena);
	enum cas_format format;
	bool known = read_format(x, &format);
	cas_write_refused(&out, format, "proxy", known ? &refused : &BAD_FORMAT);
	give_written(x, format, &out);
}
