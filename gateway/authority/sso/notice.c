#include "authority/sso/notice.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "authority/authority.h"
#include "authority/outbox/outbox.h"
#include "authority/session/visits.h"
#include "authority/sso/answer.h"
#include "authority/sso/claims.h"
#include "authority/sso/feed.h"
#include "authority/sso/registry.h"
#include "authority/sso/saml_parts.h"
#include "authority/sso/shelf.h"
#include "authority/sso/signing.h"
#include "base/clock.h"
#include "conf/conf.h"

#define LOGOUT_EVENT "http://schemas.openid.net/event/backchannel-logout"
#define LASTS_S 120
#define UNTELLABLE_MAX 64u /* of one ask */

/* A client or an address may have become somebody else's since; an entityID is one service's, also where a feed knew it and now an operator has
 * registered it, or the other way round. */
static bool is_same(const struct msg_service_record *service, const struct msg_visit_record *visit)
{
	return service->protocol == visit->protocol &&
	       (service->added == visit->registered || service->protocol == PROTOCOL_SAML);
}

enum err notice_service(
    struct call *call, const struct msg_visit_record *visit, const struct msg_service_record **service_r)
{
	const void *at = NULL;
	const struct msg_service_record *service = NULL;
	enum err err;
	if (visit->client_id.at != NULL && visit->protocol == PROTOCOL_SAML) { /* a feed may know it */
		err = registry_entity(call->authority, visit->client_id, &call->arena, &service);
		if (err == ERR_STALE || err == ERR_FORBIDDEN)
			err = ERR_NOT_FOUND;
	} else if (visit->client_id.at != NULL) {
		err = registry_client(call->authority, visit->client_id, &call->arena, &service);
	} else {
		err = shelf_load(call->authority, SHELF_SERVICE, visit->service, &call->arena, &at);
		service = at;
		if (err == ERR_STALE || err == ERR_MALFORMED)
			err = ERR_NOT_FOUND;
	}
	if (err == OK && !is_same(service, visit))
		err = ERR_NOT_FOUND;
	if (err == OK)
		*service_r = service;
	return err;
}

/* --- OpenID Connect Back-Channel Logout 1.0 section 2.4 ----------------------------------------------------------- */

static void free_json(json_t **json)
{
	json_decref(*json);
}

static struct text logout_claims(
    struct call *call, const struct msg_visit_record *visit, const struct msg_service_record *service)
{
	const struct conf *conf = call->authority->conf;
	struct text sub = claims_subject(call, service, visit->person), json = { NULL, 0 };
	json_int_t now_s = clock_now_ms() / 1000;
	struct id jti;
	char jti_text[WIRE_ID_TEXT_SIZE];
	if (sub.at == NULL || visit->handle.at == NULL)
		return json;
	secret_random(&jti, sizeof jti);
	wire_id_text(&jti, jti_text);
	CLEANUP(free_json)
	json_t *claims =
	    json_pack("{s:s, s:s, s:s%, s:I, s:I, s:s, s:s%, s:{s:{}}}", "iss", conf->portal.origin, "aud",
		text_str(service->client_id), "sub", sub.at, sub.len, "iat", now_s, "exp", now_s + LASTS_S,
		"jti", jti_text, "sid", visit->handle.at, visit->handle.len, "events", LOGOUT_EVENT);
	char *text = claims != NULL ? json_dumps(claims, JSON_COMPACT) : NULL;
	if (text != NULL && !text_copy(&call->arena, text_of(text), &json))
		json = (struct text){ NULL, 0 };
	free(text);
	return json;
}

static enum err logout_token(struct call *call, const struct msg_notice_record *notice,
    const struct msg_service_record *service, struct secret *value_r)
{
	struct text claims = logout_claims(call, notice->visit, service);
	return claims.at != NULL
		   ? signing_sign(call->authority, service->alg, "logout+jwt", claims, &call->arena, value_r)
		   : ERR_NO_MEMORY;
}

/* --- CAS 3.0 specification, appendix C ------------------------------------------------------------------------------ */

static enum err logout_request(struct call *call, const struct msg_notice_record *notice,
    const struct msg_service_record *service, struct secret *value_r)
{
	(void)service;
	struct id id;
	char name[sizeof "LR-" + WIRE_ID_TEXT_SIZE] = "LR-";
	struct saml_write out;
	secret_random(&id, sizeof id);
	wire_id_text(&id, name + strlen(name));
	saml_write_begin(&out, &call->arena);
	saml_write_raw(&out, "<samlp:LogoutRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\"");
	saml_write_attribute(&out, "ID", text_of(name));
	saml_write_time(&out, "IssueInstant", clock_now_ms());
	saml_write_attribute(&out, "Version", TEXT_LITERAL("2.0"));
	saml_write_raw(&out, "><saml:NameID xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">@NOT_USED@"
			     "</saml:NameID><samlp:SessionIndex>");
	saml_write_text(&out, notice->visit->handle);
	saml_write_raw(&out, "</samlp:SessionIndex></samlp:LogoutRequest>");
	struct text request = saml_write_done(&out);
	if (request.at == NULL)
		return ERR_NO_MEMORY;
	*value_r = secret_copy(&call->arena, request.at, request.len);
	return value_r->at != NULL ? OK : ERR_NO_MEMORY;
}

/* --- what courier asks ---------------------------------------------------------------------------------------------- */

static struct text registered_address(const struct msg_service_record *service)
{
	return service->backchannel_logout_uri;
}

static const struct {
	const char *parameter; /* NULL: it is no form */
	struct text (*address)(const struct msg_service_record *service);
	enum err (*build)(struct call *call, const struct msg_notice_record *notice,
	    const struct msg_service_record *service, struct secret *value_r); /* NULL: nobody is told */
	bool mute; /* it has no answer that confirms */
} PROTOCOLS[] = {
	[PROTOCOL_NONE] = { NULL, NULL, NULL, false },
	[PROTOCOL_OIDC] = { "logout_token", registered_address, logout_token, false },
	[PROTOCOL_CAS] = { "logoutRequest", registered_address, logout_request, true },
	[PROTOCOL_SAML] = { NULL, saml_soap_address, saml_soap_write, false },
};

/* ERR_NOT_FOUND: there is nobody any more who could be told. */
static enum err build(struct call *call, const struct msg_notice_record *notice, struct msg_notice_item *item)
{
	const struct msg_visit_record *visit = notice->visit;
	const struct msg_service_record *service;
	const struct conf *conf = call->authority->conf;
	if ((unsigned)visit->protocol >= COUNT(PROTOCOLS) || PROTOCOLS[visit->protocol].build == NULL)
		return ERR_NOT_FOUND;
	enum err err = notice_service(call, visit, &service);
	struct text to = err == OK ? PROTOCOLS[visit->protocol].address(service) : (struct text){ NULL, 0 };
	bool inside = false;
	if (err == OK)
		err = to.at != NULL ? feed_reaches_inside(call->authority, service, &call->arena, &inside)
				    : ERR_NOT_FOUND;
	if (err != OK)
		return err;
	*item = (struct msg_notice_item){
		.id = notice->id,
		.to = to,
		.parameter = text_of(PROTOCOLS[visit->protocol].parameter),
		.ca_file = text_of(conf->sso.ca_file),
		.own_network = inside,
		.mute = PROTOCOLS[visit->protocol].mute,
	};
	if (text_is_empty(item->ca_file))
		item->ca_file = (struct text){ NULL, 0 };
	return PROTOCOLS[visit->protocol].build(call, notice, service, &item->value);
}

static enum err told(struct call *call, const struct id *id, enum notice_outcome outcome, struct text reason)
{
	const struct msg_notice_record *notice;
	enum err err = outbox_told(call->authority, id, outcome, reason, &call->arena, &notice);
	if (err == OK && notice != NULL && outcome != NOTICE_LATER)
		visits_told(call->authority, notice, outcome);
	return err;
}

/* The next one that can be made. What cannot be made now is for later, what never can be for nobody. */
static enum err next(struct call *call, bool fresh, struct msg_notice_item *item)
{
	enum err err = OK;
	for (unsigned i = 0; err == OK && i < UNTELLABLE_MAX; i++) {
		const struct msg_notice_record *notice;
		err = outbox_next_notice(call->authority, fresh && i == 0, &call->arena, &notice);
		if (err != OK)
			return err;
		err = build(call, notice, item);
		if (err == OK)
			return OK;
		enum notice_outcome outcome = err == ERR_NOT_FOUND ? NOTICE_NEVER : NOTICE_LATER;
		struct text reason =
		    err == ERR_NOT_FOUND ? TEXT_LITERAL("service_not_registered") : text_of(err_text(err));
		err = told(call, &notice->id, outcome, reason);
	}
	return err == OK ? ERR_NOT_FOUND : err;
}

enum err notice_on_next(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_notice_next *wanted = ask;
	struct msg_notice_item *item = arena_alloc(&call->arena, sizeof *item);
	struct msg_notice_none *none = arena_alloc(&call->arena, sizeof *none);
	if (item == NULL || none == NULL)
		return ERR_NO_MEMORY;
	enum err err = next(call, wanted->fresh, item);
	if (err == ERR_NOT_FOUND) {
		none->waiting = outbox_notices_waiting(call->authority);
		*answer_r = WIRE(notice_none, none);
		return OK;
	}
	*answer_r = WIRE(notice_item, item);
	return err;
}

/* By SAML the answer says whether it is confirmed, and not that there is one. */
static enum err hear(struct call *call, struct msg_notice_told *came)
{
	const struct msg_notice_record *notice;
	enum err err = outbox_notice(call->authority, &came->id, &call->arena, &notice);
	if (err == ERR_NOT_FOUND || err == ERR_MALFORMED)
		return OK; /* told below, as of any other */
	if (err != OK || notice->visit->protocol != PROTOCOL_SAML)
		return err;
	enum notice_outcome outcome;
	const char *wrong = saml_soap_judge(call, notice, came->answer, &outcome);
	if (wrong == NULL)
		return OK;
	came->outcome = outcome;
	came->reason = text_of(wrong);
	return OK;
}

enum err notice_on_told(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_notice_told *came = ask;
	struct msg_notice_told judged = *came;
	(void)answer_done(answer_r);
	enum err err = came->outcome == NOTICE_CONFIRMED ? hear(call, &judged) : OK;
	return err == OK ? told(call, &judged.id, judged.outcome, judged.reason) : err;
}
