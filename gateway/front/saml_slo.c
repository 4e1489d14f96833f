/* saml_slo.c - /saml/slo: passes on what a service says of the end of a session, octet by octet, and carries what is said to it by way of the browser. Frames of our
 * own page come by here as well, where services are told. */
#include "front/decode.h"
#include "front/logout.h"
#include "front/oidc.h"
#include "front/route.h"
#include "front/saml.h"
#include "front/show.h"
#include "front/view.h"

#define ADDRESS "/saml/slo"
#define MARK "spom_leave" /* our own parameter: whom to tell, or whom to answer */

static const struct saml_parameter ROWS[] = {
	{ "SAMLRequest", "request" },
	{ "SAMLResponse", "response" },
	{ "RelayState", "relay_state" },
	{ "SigAlg", "sig_alg" },
	{ "Signature", "signature" },
	{ MARK, "mark" },
};

static bool read_pairs(struct exchange *x, struct text pairs, struct msg_saml_slo *ask)
{
	const struct saml_parameters parameters = { ROWS, COUNT(ROWS) };
	return saml_read(x, pairs, &parameters, wire_msg_saml_slo(), ask);
}

static void send_on(struct exchange *x, const struct msg_saml_message *message)
{
	const struct msg_onward_row rows[] = { { TEXT_LITERAL("RelayState"), message->relay_state } };
	struct oidc_parameters parameters = {
		.rows = rows, .n = message->relay_state.at != NULL, .left = true
	};
	struct text base64 = { (const char *)message->message.at, message->message.len };
	if (message->message.at == NULL) {
		oidc_leave(x, message->to, false);
		return;
	}
	if (message->answers)
		parameters.saml_response = base64;
	else
		parameters.saml_request = base64;
	x->reply->framed = message->framed;
	oidc_carry(x, message->to, RESPONSE_FORM_POST, parameters, true);
}

/* Behind the page of who was signed out, where there is something to say on it. */
static void leave(struct exchange *x, const struct msg_saml_left *left)
{
	struct text back = { NULL, 0 };
	if (left->own)
		logout_forget(x);
	if (left->mark.at != NULL && (back = saml_place(x, ADDRESS "?" MARK "=", left->mark)).at == NULL)
		return;
	if (back.at == NULL)
		show_redirect(x, left->next);
	else if (left->next.at != NULL)
		signed_out_leave(x, left->next, back, left->to);
	else
		show_redirect(x, back);
}

static void slo(struct exchange *x, const struct msg_saml_slo *ask)
{
	struct wire_any answer;
	if (!show_ask_any(x, WIRE(saml_slo, ask), &answer))
		return;
	if (answer.msg->tag == TAG_saml_message)
		send_on(x, answer.at);
	else if (answer.msg->tag == TAG_saml_left)
		leave(x, answer.at);
	else if (answer.msg->tag == TAG_done)
		x->reply->status = 204; /* in a frame that nobody sees */
	else
		oidc_stay(x, ADDRESS, answer);
}

void saml_slo_get(struct exchange *x)
{
	struct msg_saml_slo ask = {
		.session = x->request->session, .binding = SAML_REDIRECT, .language = view_language(x)
	};
	if (read_pairs(x, x->request->query, &ask))
		slo(x, &ask);
	else
		show_fault(x, FAULT_MALFORMED, 0);
}

void saml_slo_post(struct exchange *x)
{
	struct msg_saml_slo ask = {
		.session = x->request->session, .binding = SAML_POST, .language = view_language(x)
	};
	struct text body = { (const char *)x->request->body.at, x->request->body.len };
	bool is_form = decode_is_type(x->request->content_type, "application/x-www-form-urlencoded");
	if (is_form && read_pairs(x, body, &ask) && ask.mark.at == NULL)
		slo(x, &ask);
	else
		show_fault(x, FAULT_MALFORMED, 0);
}
