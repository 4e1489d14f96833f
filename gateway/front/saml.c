/* saml.c - /saml/sso, /saml/start and /saml/metadata: passes on what came, octet by octet, and carries the answer to the service by way of the browser. */
#include "front/saml.h"
#include "front/decode.h"
#include "front/oidc.h"
#include "front/route.h"
#include "front/show.h"
#include "front/view.h"
#include "text/escape.h"

#define ADDRESS "/saml/sso"
#define MARK "spom_request" /* our own parameter: a request that was judged before */
#define KEPT_S 3600

static const struct saml_parameter PARAMETERS[] = {
	{ "SAMLRequest", "request" },
	{ "RelayState", "relay_state" },
	{ "SigAlg", "sig_alg" },
	{ "Signature", "signature" },
	{ MARK, "mark" },
};

bool saml_read(struct exchange *x, struct text rest, const struct saml_parameters *parameters,
    const struct wire_msg *msg, void *at)
{
	bool seen[SAML_PARAMETERS_MAX] = { false };
	while (rest.at != NULL) {
		struct text value = decode_cut(&rest, '&'), name = decode_cut(&value, '=');
		for (size_t i = 0; i < parameters->n; i++) {
			const struct saml_parameter *row = &parameters->rows[i];
			if (!text_equal_str(name, row->parameter))
				continue;
			if (seen[i] || value.at == NULL ||
			    wire_put(msg, at, text_of(row->field), value, x->request->arena) != OK)
				return false;
			seen[i] = true;
		}
	}
	return oidc_say_from(x, msg, at) == OK;
}

static bool read_pairs(struct exchange *x, struct text pairs, struct msg_saml_sso *ask)
{
	const struct saml_parameters parameters = { PARAMETERS, COUNT(PARAMETERS) };
	return saml_read(x, pairs, &parameters, wire_msg_saml_sso(), ask);
}

static void send_on(struct exchange *x, const struct msg_saml_answer *answer)
{
	const struct msg_onward_row rows[] = {
		{ TEXT_LITERAL("RelayState"), answer->relay_state },
	};
	const struct oidc_parameters parameters = {
		.rows = rows,
		.n = answer->relay_state.at != NULL,
		.saml_response = { (const char *)answer->response.at, answer->response.len },
	};
	oidc_carry(x, answer->to, RESPONSE_FORM_POST, parameters, true);
}

struct text saml_place(struct exchange *x, const char *before, struct text mark)
{
	struct out place = OUT(x->request->arena);
	struct text next;
	out_str(&place, before);
	escape_percent(&place, mark);
	if (out_done(&place, &next) && show_may_lead_to(x->front, next))
		return next;
	show_fault(x, FAULT_TOO_LARGE, 0);
	return (struct text){ NULL, 0 };
}

static void again(struct exchange *x, const struct msg_saml_again *again)
{
	struct text next = saml_place(x, ADDRESS "?" MARK "=", again->mark);
	if (next.at == NULL)
		return;
	if (again->sign_in)
		oidc_sign_in(x, next, &again->act);
	else
		show_redirect(x, next);
}

/* A service that nobody has registered: feeds are asked for it, which takes a moment, and then the same counts once more. */
static bool seek(struct exchange *x, const struct msg_saml_sso *ask, struct wire_any *answer)
{
	const struct msg_saml_unknown *unknown = answer->at;
	const struct msg_saml_seek question = { unknown->entity_id, ask->session, x->request->address };
	struct msg_saml_sso again = *ask;
	again.sought = true;
	return show_ask(x, WIRE(saml_seek, &question), wire_msg_done()) != NULL &&
	       show_ask_any(x, WIRE(saml_sso, &again), answer);
}

static void sso(struct exchange *x, struct wire_any ask)
{
	struct wire_any answer;
	if (!show_ask_any(x, ask, &answer))
		return;
	if (answer.msg->tag == TAG_saml_unknown && !seek(x, ask.at, &answer)) /* of saml_sso alone */
		return;
	if (answer.msg->tag == TAG_saml_answer)
		send_on(x, answer.at);
	else if (answer.msg->tag == TAG_saml_again)
		again(x, answer.at);
	else
		oidc_stay(x, ADDRESS, answer);
}

void saml_sso_get(struct exchange *x)
{
	struct msg_saml_sso ask = {
		.session = x->request->session, .binding = SAML_REDIRECT, .language = view_language(x)
	};
	if (read_pairs(x, x->request->query, &ask) && oidc_read_consent(x, &ask.consented))
		sso(x, WIRE(saml_sso, &ask));
	else
		show_fault(x, FAULT_MALFORMED, 0);
}

void saml_sso_post(struct exchange *x)
{
	struct msg_saml_sso ask = { .binding = SAML_POST, .language = view_language(x) };
	struct text body = { (const char *)x->request->body.at, x->request->body.len };
	bool is_form = decode_is_type(x->request->content_type, "application/x-www-form-urlencoded");
	bool good = is_form && read_pairs(x, body, &ask) && ask.mark.at == NULL;
	if (good)
		sso(x, WIRE(saml_sso, &ask));
	else
		show_fault(x, FAULT_MALFORMED, 0);
}

/* What is too long, or there twice, is none. */
static bool read_start(
    struct exchange *x, const char *parameter, const char *field, struct msg_saml_start *ask)
{
	struct arena *arena = x->request->arena;
	struct text value = { NULL, 0 };
	enum err err = decode_query(x->request->query, parameter, arena, &value);
	if (err == OK && value.len > 0)
		err = wire_put(wire_msg_saml_start(), ask, text_of(field), value, arena);
	return err == OK;
}

void saml_start_get(struct exchange *x)
{
	struct msg_saml_start ask = {
		.session = x->request->session, .language = view_language(x), .address = x->request->address
	};
	if (read_start(x, "service", "service", &ask) && read_start(x, "RelayState", "relay_state", &ask))
		sso(x, WIRE(saml_start, &ask));
	else
		show_fault(x, FAULT_MALFORMED, 0);
}

/* By `signed`, or `signed=1`: what a federation takes. */
static bool read_signed(struct exchange *x, bool *sign_r)
{
	struct text value = { NULL, 0 };
	bool good = decode_query(x->request->query, "signed", x->request->arena, &value) == OK &&
		    (value.len == 0 || text_equal_str(value, "1"));
	*sign_r = value.at != NULL;
	return good;
}

static const struct msg_saml_document *ask_for_metadata(struct exchange *x)
{
	struct msg_saml_metadata question = { .release = TEXT_LITERAL(SPOM_VERSION) };
	if (read_signed(x, &question.sign))
		return show_ask(x, WIRE(saml_metadata, &question), wire_msg_saml_document());
	show_fault(x, FAULT_MALFORMED, 0);
	return NULL;
}

void saml_metadata_get(struct exchange *x)
{
	const struct msg_saml_document *document = ask_for_metadata(x);
	if (document == NULL)
		return;
	x->reply->status = 200;
	x->reply->type = "application/samlmetadata+xml";
	x->reply->body = document->xml;
	x->reply->max_age_s = KEPT_S;
}
