/* oidc_back.c - the endpoints for machines: tokens, claims, keys, and what there is. */
#include "front/decode.h"
#include "front/oidc.h"
#include "front/route.h"
#include "front/show.h"

#define TOKEN_MAX 4096u
#define REGISTRATION_MAX 160u
#define KEPT_S 3600 /* the key set and the configuration: as long as a new key is published before it signs */

static void give_json(struct exchange *x, const struct msg_oidc_json *answer)
{
	show_json(x, 200, answer->json);
}

/* Asks; an error of the specifications is answered as such. NULL: the reply is there. */
static const void *ask(struct exchange *x, struct wire_any question, const struct wire_msg *wanted)
{
	struct wire_any answer;
	if (!show_ask_any(x, question, &answer))
		return NULL;
	if (answer.msg == wanted)
		return answer.at;
	const struct msg_oidc_error *error = answer.at;
	if (answer.msg->tag == TAG_oidc_error)
		oidc_refuse(x, error->error, error->error_description);
	else
		show_fault(x, FAULT_INTERNAL, 0);
	return NULL;
}

void oidc_par_post(struct exchange *x)
{
	struct msg_oidc_client client = { .auth = CLIENT_AUTH_NONE };
	struct msg_oidc_authorize request = { .has_request = false };
	const struct msg_oidc_par question = { &client, &request };
	struct text body = { (const char *)x->request->body.at, x->request->body.len };
	if (!oidc_read(x, wire_msg_oidc_authorize(), &request, &client))
		return;
	oidc_look(x, body, &request);
	const struct msg_oidc_pushed *pushed = ask(x, WIRE(oidc_par, &question), wire_msg_oidc_pushed());
	if (pushed != NULL)
		show_message(x, 201, WIRE(oidc_pushed, pushed));
}

void oidc_device_post(struct exchange *x)
{
	struct msg_oidc_client client = { .auth = CLIENT_AUTH_NONE };
	struct msg_oidc_device question = { .client = &client };
	if (!oidc_read(x, wire_msg_oidc_device(), &question, &client))
		return;
	const struct msg_oidc_device_given *given =
	    ask(x, WIRE(oidc_device, &question), wire_msg_oidc_device_given());
	if (given != NULL)
		show_message(x, 200, WIRE(oidc_device_given, given));
}

void oidc_token_post(struct exchange *x)
{
	struct msg_oidc_client client = { .auth = CLIENT_AUTH_NONE };
	struct msg_oidc_token question = { .client = &client };
	if (!oidc_read(x, wire_msg_oidc_token(), &question, &client))
		return;
	const struct msg_oidc_tokens *tokens = ask(x, WIRE(oidc_token, &question), wire_msg_oidc_tokens());
	if (tokens == NULL)
		return;
	reply_header(x->reply, "Pragma", TEXT_LITERAL("no-cache"));
	show_message(x, 200, WIRE(oidc_tokens, tokens));
}

void oidc_userinfo_any(struct exchange *x)
{
	struct secret token = oidc_bearer(x);
	if (token.at == NULL && x->request->authorization.at == NULL) {
		oidc_want_token(x);
		return;
	}
	struct msg_oidc_userinfo question = {
		.access_token = token.len <= TOKEN_MAX ? token : (struct secret){ NULL, 0 },
		.address = x->request->address,
	};
	const struct msg_oidc_json *claims = ask(x, WIRE(oidc_userinfo, &question), wire_msg_oidc_json());
	if (claims != NULL)
		give_json(x, claims);
}

void oidc_introspect_post(struct exchange *x)
{
	struct msg_oidc_client client = { .auth = CLIENT_AUTH_NONE };
	struct msg_oidc_introspect question = { .client = &client };
	if (!oidc_read(x, wire_msg_oidc_introspect(), &question, &client))
		return;
	const struct msg_oidc_json *answer = ask(x, WIRE(oidc_introspect, &question), wire_msg_oidc_json());
	if (answer != NULL)
		give_json(x, answer);
}

void oidc_revoke_post(struct exchange *x)
{
	struct msg_oidc_client client = { .auth = CLIENT_AUTH_NONE };
	struct msg_oidc_revoke question = { .client = &client };
	if (!oidc_read(x, wire_msg_oidc_revoke(), &question, &client))
		return;
	if (ask(x, WIRE(oidc_revoke, &question), wire_msg_done()) != NULL)
		show_json(x, 200, TEXT_LITERAL("{}"));
}

/* JSON in, JSON out (RFC 7591 section 3.1): what it says is the authority's affair. */
void oidc_register_post(struct exchange *x)
{
	struct secret token = oidc_bearer(x);
	if (token.at == NULL && x->request->authorization.at == NULL) {
		oidc_want_token(x);
		return;
	}
	struct msg_oidc_register question = {
		.token = token.len <= REGISTRATION_MAX ? token : (struct secret){ NULL, 0 },
		.address = x->request->address,
	};
	if (decode_is_type(x->request->content_type, "application/json"))
		question.metadata = (struct bytes){ x->request->body.at, x->request->body.len };
	const struct msg_oidc_registered *given =
	    ask(x, WIRE(oidc_register, &question), wire_msg_oidc_registered());
	if (given != NULL)
		show_json(x, 201, (struct text){ (const char *)given->json.at, given->json.len });
}

/* The same for everybody. */
static void give_public(struct exchange *x, const struct msg_oidc_json *answer)
{
	if (answer == NULL)
		return;
	x->reply->max_age_s = KEPT_S;
	give_json(x, answer);
}

void oidc_discovery_get(struct exchange *x)
{
	const struct msg_oidc_discovery question = { .release = TEXT_LITERAL(SPOM_VERSION) };
	give_public(x, ask(x, WIRE(oidc_discovery, &question), wire_msg_oidc_json()));
}

void oidc_keys_get(struct exchange *x)
{
	const struct msg_oidc_keys question = { .release = TEXT_LITERAL(SPOM_VERSION) };
	give_public(x, ask(x, WIRE(oidc_keys, &question), wire_msg_oidc_json()));
}
