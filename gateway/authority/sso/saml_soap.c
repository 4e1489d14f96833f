/* saml_soap.c - the end of a session towards services of SAML that no browser has to tell (Bindings 3.2; Profiles 4.4.3.3): a request for spom-courier to carry, and what
 * the answer to it says. It comes by TLS from the address in the metadata, so it need not be signed; where it is, the signature counts. */
#include "authority/sso/judge.h"
#include "authority/sso/notice.h"
#include "authority/sso/saml_parts.h"
#include "base/enc.h"
#include "base/percent.h"

#define ENVELOPE "http://schemas.xmlsoap.org/soap/envelope/"
#define REQUEST_MAX 24000u /* of judge_saml_request */

static const struct msg_saml_logout_place *place_of(const struct msg_service_record *service)
{
	return service->protocol == PROTOCOL_SAML ? saml_leave_place(service, SAML_SOAP) : NULL;
}

struct text saml_soap_address(const struct msg_service_record *service)
{
	const struct msg_saml_logout_place *place = place_of(service);
	return place != NULL ? place->url : (struct text){ NULL, 0 };
}

/* What all tries of a notice have in common. Each has an ID of its own: a service may refuse one that it has seen. */
static struct text id_of(const struct msg_notice_record *notice, struct arena *arena)
{
	char text[WIRE_ID_TEXT_SIZE];
	wire_id_text(&notice->id, text);
	return text_of(arena_printf(arena, "_%s", text));
}

enum err saml_soap_write(struct call *call, const struct msg_notice_record *notice,
    const struct msg_service_record *service, struct secret *envelope_r)
{
	struct arena *arena = &call->arena;
	struct text of = id_of(notice, arena), noise = saml_id(arena), request;
	struct saml_sending sending = { .place = place_of(service) };
	if (sending.place == NULL)
		return ERR_NOT_FOUND;
	struct text id = text_of(
	    arena_printf(arena, "%.*s%.*s", TEXT_ARGS(of), TEXT_ARGS(noise))); /* absent: told below */
	enum err err = saml_leave_request(call, service, notice->visit, id, &sending);
	if (err == OK)
		err = saml_sign(call, &sending.halves, sending.id, &request);
	if (err != OK)
		return err;
	const char *envelope = arena_printf(arena,
	    "<soap:Envelope xmlns:soap=\"" ENVELOPE "\"><soap:Body>%.*s</soap:Body></soap:Envelope>",
	    TEXT_ARGS(request));
	if (envelope == NULL)
		return ERR_NO_MEMORY;
	*envelope_r = secret_copy(arena, envelope, text_of(envelope).len);
	return envelope_r->at != NULL ? OK : ERR_NO_MEMORY;
}

/* --- the answer ------------------------------------------------------------------------------------------------------ */

static enum err judge(struct call *call, const struct msg_saml_record *saml, struct text form,
    const struct msg_judged_saml_logout **judged_r)
{
	struct msg_judge_saml_request came = { .binding = SAML_SOAP, .request = form };
	const struct msg_judge_saml_logout question = { &came, true };
	enum judge_fault fault = JUDGE_NONE;
	const void *judged;
	came.keys.at = saml->keys.at;
	came.keys.n = saml->keys.n;
	enum err err = judge_ask(
	    call, WIRE(judge_saml_logout, &question), wire_msg_judged_saml_logout(), &judged, &fault);
	if (err == OK)
		*judged_r = judged;
	return err;
}

static const char *compare(struct call *call, const struct msg_notice_record *notice,
    const struct msg_saml_record *saml, const struct msg_judged_saml_logout *judged)
{
	struct text of = id_of(notice, &call->arena);
	if (!text_equal(judged->issuer, saml->entity_id))
		return "it is the answer of somebody else";
	if (of.at == NULL || !text_starts_with(judged->in_response_to, of.at))
		return "it answers another request";
	return judged->success ? NULL : "the service says that it has not done it";
}

const char *saml_soap_judge(struct call *call, const struct msg_notice_record *notice, struct bytes answer,
    enum notice_outcome *outcome_r)
{
	const struct msg_service_record *service;
	const struct msg_judged_saml_logout *judged;
	struct text form = { NULL, 0 };
	*outcome_r = NOTICE_NEVER;
	if (answer.len == 0)
		return "there is no answer of SAML";
	enum err err = notice_service(call, notice->visit, &service);
	if (err == OK)
		form = enc_base64_text(answer.at, answer.len, &call->arena);
	if (form.at != NULL)
		form = percent_encode(form, &call->arena);
	if (form.at != NULL && form.len <= REQUEST_MAX)
		err = judge(call, service->saml, form, &judged);
	else if (err == OK)
		err = ERR_TOO_LARGE;
	if (err == OK)
		return compare(call, notice, service->saml, judged);
	if (err == ERR_MALFORMED || err == ERR_TOO_LARGE)
		return "it is no answer of SAML";
	if (err != ERR_NOT_FOUND)
		*outcome_r = NOTICE_LATER;
	return err_text(err);
}
