/* saml_sso.c - /saml/sso: from a request that is good to an answer. Where the service cannot be told, a page tells the person. */
#include <string.h>
#include "authority/authority.h"
#include "authority/keys/keys.h"
#include "authority/login/step_up.h"
#include "authority/session/session.h"
#include "authority/session/visits.h"
#include "authority/sso/access.h"
#include "authority/sso/acr.h"
#include "authority/sso/answer.h"
#include "authority/sso/claims.h"
#include "authority/sso/release.h"
#include "authority/sso/saml.h"
#include "authority/sso/saml_parts.h"
#include "authority/store/batch.h"
#include "base/enc.h"

#define SEEN_MS (30LL * 60 * 1000) /* longer than a mark and a request are good together */
#define ENTITY_MAX 256u
#define ID_MAX 128u
#define NAME_MAX 64u

struct visit {
	struct call *call;
	const struct msg_saml_sso *ask;
	const struct msg_service_record *service;
	const struct msg_saml_request_record *request;
	const struct msg_session_record *session;
};

static const struct saml_status SUCCESS = { "Success", NULL };

/* --- answers ---------------------------------------------------------------------------------------------------- */

static enum err show_page(
    struct visit *visit, const char *text, const char *reason, struct text rule, struct wire_any *answer_r)
{
	struct msg_oidc_fault *fault = arena_alloc(&visit->call->arena, sizeof *fault);
	if (fault == NULL)
		return ERR_NO_MEMORY;
	fault->text = text_of(text);
	fault->rule = rule;
	if (visit->service != NULL)
		fault->name = visit->service->label;
	answer_note(visit->call, AUDIT_SERVICE_REFUSED, visit->service, visit->session,
	    reason != NULL ? reason : text);
	*answer_r = WIRE(oidc_fault, fault);
	return OK;
}

/* Each request is answered once, by whichever authority. ERR_EXISTS: it was. */
/* Once; and what is given with it is a visit of the session, which the service knows by that index and name. */
static enum err take_request(struct visit *visit, const struct saml_answered *answered)
{
	struct store_batch batch;
	uint8_t bytes[ENTITY_MAX + 1 + ID_MAX] = { 0 };
	static const uint8_t ANSWERED[] = { 1 };
	struct text entity = visit->request->entity_id, id = visit->request->id;
	struct store_key key = { .kind = STORE_ANSWERED };
	memcpy(bytes, entity.at, entity.len);
	memcpy(bytes + entity.len + 1, id.at, id.len); /* behind a NUL, which no entityID holds */
	keys_hash(visit->call->authority->keys, KEY_SAML_STORE, bytes, entity.len + 1 + id.len, key.bytes);
	store_batch_begin(&batch, visit->call->authority->store, &visit->call->arena);
	(void)store_batch_put(
	    &batch, &key, (struct bytes){ ANSWERED, sizeof ANSWERED }, SEEN_MS, STORE_IF_NEW);
	return visits_settle(
	    visit->call->authority, &batch, visit->session, visit->service, answered->index, answered->name);
}

static enum err send(struct visit *visit, const struct saml_answered *answered, struct wire_any *answer_r)
{
	struct msg_saml_answer *answer = arena_alloc(&visit->call->arena, sizeof *answer);
	if (answer == NULL)
		return ERR_NO_MEMORY;
	answer->to = visit->service->saml->consumers.at[visit->request->consumer].url;
	answer->relay_state = visit->request->relay_state;
	*answer_r = WIRE(saml_answer, answer);
	return saml_response(visit->call, answered, &answer->response);
}

static enum err tell_service(
    struct visit *visit, const char *code, const char *detail, const char *reason, struct wire_any *answer_r)
{
	const struct saml_status status = { code, detail };
	const struct saml_answered answered = {
		.service = visit->service, .request = visit->request, .status = &status
	};
	answer_note(visit->call, AUDIT_SERVICE_REFUSED, visit->service, visit->session, reason);
	return send(visit, &answered, answer_r);
}

/* act: NULL, or that of the session which is to rise. */
static enum err come_again(struct visit *visit, bool sign_in, const struct id *act, struct wire_any *answer_r)
{
	struct msg_saml_again *again = arena_alloc(&visit->call->arena, sizeof *again);
	struct msg_saml_request_record request = *visit->request;
	if (again == NULL)
		return ERR_NO_MEMORY;
	request.rose |= act != NULL;
	again->mark = saml_mark(visit->call, &request);
	again->sign_in = sign_in;
	if (act != NULL)
		again->act = *act;
	*answer_r = WIRE(saml_again, again);
	return again->mark.at != NULL ? OK : ERR_TOO_LARGE;
}

/* --- the person ------------------------------------------------------------------------------------------------- */

/* Of this session towards this service, and of no other. */
static struct text session_index(struct visit *visit)
{
	uint8_t bytes[STORE_KEY_SIZE + NAME_MAX], hash[KEYS_HASH_SIZE];
	char hex[ENC_HEX_SIZE(KEYS_HASH_SIZE)];
	struct store_key key = session_key(visit->call->authority, visit->ask->session);
	struct text name = visit->service->name;
	memcpy(bytes, key.bytes, sizeof key.bytes);
	memcpy(bytes + sizeof key.bytes, name.at, name.len);
	keys_hash(visit->call->authority->keys, KEY_SAML_INDEX, bytes, sizeof key.bytes + name.len, hash);
	enc_hex(hash, sizeof hash, hex);
	return text_of(arena_printf(&visit->call->arena, "_%s", hex));
}

/* ERR_NOT_FOUND: the person has none of that form that the service may know. */
static enum err name_subject(struct visit *visit, struct text *name_r)
{
	const struct conf *conf = visit->call->authority->conf;
	struct secret random;
	switch (visit->request->format) {
	case SAML_PERSISTENT:
		*name_r = claims_subject(visit->call, visit->service, visit->session->person);
		break;
	case SAML_EMAIL:
		if (text_is_empty(visit->session->mail) || !release_may(conf, visit->service, NULL, "email"))
			return ERR_NOT_FOUND;
		*name_r = visit->session->mail;
		break;
	case SAML_TRANSIENT:
	default:
		random = keys_token(&visit->call->arena);
		*name_r = text_of(
		    arena_printf(&visit->call->arena, "_%.*s", (int)random.len, (const char *)random.at));
		break;
	}
	return name_r->at != NULL ? OK : ERR_NO_MEMORY;
}

static enum err give(struct visit *visit, struct text context, struct wire_any *answer_r)
{
	struct saml_answered answered = {
		.service = visit->service,
		.request = visit->request,
		.session = visit->session,
		.context = context,
		.index = session_index(visit),
		.status = &SUCCESS,
	};
	enum err err = name_subject(visit, &answered.name);
	if (err == ERR_NOT_FOUND)
		return tell_service(
		    visit, "Requester", "InvalidNameIDPolicy", "no mail address for it", answer_r);
	if (err == OK && answered.index.at == NULL)
		err = ERR_NO_MEMORY;
	if (err == OK)
		err = take_request(visit, &answered);
	if (err == ERR_EXISTS)
		return show_page(visit, "saml_replayed", NULL, (struct text){ NULL, 0 }, answer_r);
	if (err == OK)
		err = answer_record_opened(visit->call, visit->service, visit->session);
	if (err == OK)
		err = send(visit, &answered, answer_r);
	return err;
}

static enum err forbid(struct visit *visit, const char *rule, bool level, struct wire_any *answer_r)
{
	if (visit->request->passive)
		return tell_service(
		    visit, "Responder", level ? "NoAuthnContext" : "RequestDenied", rule, answer_r);
	return show_page(
	    visit, level ? "level_missing" : "forbidden_application", rule, text_of(rule), answer_r);
}

static enum err have_signed_in(struct visit *visit, struct wire_any *answer_r)
{
	if (visit->request->passive)
		return tell_service(
		    visit, "Responder", "NoPassive", "nobody is signed in as it was asked", answer_r);
	return come_again(visit, true, NULL, answer_r);
}

/* More cannot be proved (now). */
static enum err settle(struct visit *visit, const char *rule, struct wire_any *answer_r)
{
	const struct conf *conf = visit->call->authority->conf;
	struct text context = saml_context(conf, visit->request, visit->session->level);
	if (rule != NULL)
		return forbid(visit, rule, true, answer_r);
	if (context.at == NULL)
		return tell_service(
		    visit, "Responder", "NoAuthnContext", "the wanted context was not proved", answer_r);
	return give(visit, context, answer_r);
}

/* The level to which the session should rise, for the service (rule: NULL, or that of its level) and for the request. */
static enum session_level level_wanted(struct visit *visit, const char *rule)
{
	const struct conf *conf = visit->call->authority->conf;
	enum session_level level = visit->session->level;
	const struct acr_wish wish = { .words = visit->request->contexts, .essential = true };
	bool met = saml_context(conf, visit->request, level).at != NULL;
	enum session_level rises_to = met ? level : acr_rise(conf, &wish, level);
	return rule != NULL && visit->service->level > rises_to ? visit->service->level : rises_to;
}

static enum err judge_level(struct visit *visit, const char *rule, struct wire_any *answer_r)
{
	enum session_level rises_to = level_wanted(visit, rule);
	bool rises = rises_to > visit->session->level && rises_to <= ACR_HIGHEST;
	struct id act;
	if (!rises || visit->request->passive || visit->request->rose)
		return settle(visit, rule, answer_r);
	enum err err =
	    step_up_begin(visit->call, visit->session, visit->ask->session, visit->service->name, &act);
	if (err == ERR_FORBIDDEN)
		return settle(visit, rule, answer_r);
	return err == OK ? come_again(visit, true, &act, answer_r) : err;
}

static enum err judge_person(struct visit *visit, struct wire_any *answer_r)
{
	struct call *call = visit->call;
	const struct msg_saml_request_record *request = visit->request;
	enum err err = ERR_NOT_FOUND;
	bool level;
	if (request->unsupported)
		return tell_service(
		    visit, "Requester", "RequestUnsupported", "a subject or conditions", answer_r);
	if (request->odd_format)
		return tell_service(visit, "Requester", "InvalidNameIDPolicy", "a form of names", answer_r);
	if (visit->ask->session.at != NULL)
		err = session_load(call->authority, visit->ask->session, &call->arena, &visit->session);
	if (err == ERR_NOT_FOUND || (err == OK && request->force && visit->session->proved < request->came))
		return have_signed_in(visit, answer_r);
	if (err != OK)
		return err;
	const char *rule = access_forbids(visit->service, visit->session, &call->arena, &level);
	return rule != NULL && !level ? forbid(visit, rule, false, answer_r)
				      : judge_level(visit, rule, answer_r);
}

/* --- what came -------------------------------------------------------------------------------------------------- */

static enum err go_on(struct visit *visit, struct wire_any *answer_r)
{
	struct saml_came came;
	enum err err = saml_mark_open(visit->call, visit->ask->mark, &came, &visit->request);
	if (err == ERR_NOT_FOUND)
		return show_page(visit, "saml_over", NULL, (struct text){ NULL, 0 }, answer_r);
	if (err != OK)
		return err;
	visit->service = came.service;
	return judge_person(visit, answer_r);
}

enum err saml_on_sso(struct call *call, const void *ask, struct wire_any *answer_r)
{
	struct visit visit = { .call = call, .ask = ask };
	struct saml_came came;
	struct msg_saml_request_record *request = arena_alloc(&call->arena, sizeof *request);
	if (request == NULL)
		return ERR_NO_MEMORY;
	if (visit.ask->mark.at != NULL)
		return go_on(&visit, answer_r);
	if (visit.ask->request.at == NULL)
		return show_page(&visit, "saml_malformed", "no request", (struct text){ NULL, 0 }, answer_r);
	enum err err = saml_request_judge(call, visit.ask, &came, request);
	visit.service = came.service;
	visit.request = request;
	if (err == OK && came.fault != NULL)
		return show_page(&visit, came.fault, came.reason, (struct text){ NULL, 0 }, answer_r);
	if (err != OK)
		return err;
	/* browsers send no cookie of ours with another site's form */
	return visit.ask->binding == SAML_POST ? come_again(&visit, false, NULL, answer_r)
					       : judge_person(&visit, answer_r);
}
