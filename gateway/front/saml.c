/* saml.c - /saml/sso and /saml/metadata: passes on what came, octet by octet, and carries the answer to the service by way of the browser. */
#include "front/decode.h"
#include "front/oidc.h"
#include "front/route.h"
#include "front/show.h"
#include "text/escape.h"

#define ADDRESS "/saml/sso"
#define MARK "spom_request" /* our own parameter: a request that was judged before */
#define KEPT_S 3600

static const struct {
	const char *parameter;
	const char *field;
} PARAMETERS[] = {
	{ "SAMLRequest", "request" },
	{ "RelayState", "relay_state" },
	{ "SigAlg", "sig_alg" },
	{ "Signature", "signature" },
	{ MARK, "mark" },
};

/* Values as they stand there, still encoded: they may be signed as such. false: one is there twice, or is too long. */
static bool read_pairs(struct exchange *x, struct text rest, struct msg_saml_sso *ask)
{
	bool seen[COUNT(PARAMETERS)] = { false };
	while (rest.at != NULL) {
		struct text value = decode_cut(&rest, '&'), name = decode_cut(&value, '=');
		for (size_t i = 0; i < COUNT(PARAMETERS); i++) {
			if (!text_equal_str(name, PARAMETERS[i].parameter))
				continue;
			if (seen[i] || value.at == NULL ||
			    wire_put(wire_msg_saml_sso(), ask, text_of(PARAMETERS[i].field), value,
				x->request->arena) != OK)
				return false;
			seen[i] = true;
		}
	}
	return true;
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

static void again(struct exchange *x, const struct msg_saml_again *again)
{
	struct arena *arena = x->request->arena;
	struct out place = OUT(arena);
	struct text next;
	out_str(&place, ADDRESS "?" MARK "=");
	escape_percent(&place, again->mark);
	if (!out_done(&place, &next) || !show_may_lead_to(x->front, next)) {
		show_fault(x, FAULT_TOO_LARGE, 0);
		return;
	}
	if (again->sign_in)
		oidc_sign_in(x, next, &again->act);
	else
		show_redirect(x, next);
}

static void sso(struct exchange *x, const struct msg_saml_sso *ask)
{
	struct wire_any answer;
	if (!show_ask_any(x, WIRE(saml_sso, ask), &answer))
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
	struct msg_saml_sso ask = { .session = x->request->session, .binding = SAML_REDIRECT };
	if (read_pairs(x, x->request->query, &ask))
		sso(x, &ask);
	else
		show_fault(x, FAULT_MALFORMED, 0);
}

void saml_sso_post(struct exchange *x)
{
	struct msg_saml_sso ask = { .binding = SAML_POST };
	struct text body = { (const char *)x->request->body.at, x->request->body.len };
	bool is_form = decode_is_type(x->request->content_type, "application/x-www-form-urlencoded");
	bool good = is_form && read_pairs(x, body, &ask) && ask.mark.at == NULL;
	if (good)
		sso(x, &ask);
	else
		show_fault(x, FAULT_MALFORMED, 0);
}

void saml_metadata_get(struct exchange *x)
{
	const struct msg_saml_metadata question = { TEXT_LITERAL(SPOM_VERSION) };
	const struct msg_saml_document *document =
	    show_ask(x, WIRE(saml_metadata, &question), wire_msg_saml_document());
	if (document == NULL)
		return;
	x->reply->status = 200;
	x->reply->type = "application/samlmetadata+xml";
	x->reply->body = document->xml;
	x->reply->max_age_s = KEPT_S;
	reply_header(x->reply, "Access-Control-Allow-Origin", TEXT_LITERAL("*"));
}
