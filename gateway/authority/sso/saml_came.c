/* saml_came.c - a message of a service: judged once to see whose it says that it is, and where it is signed once more with the keys of that one. What
 * counts is what was verified. */
#include <string.h>
#include "authority/authority.h"
#include "authority/keys/keys.h"
#include "authority/sso/feed_seek.h"
#include "authority/sso/judge.h"
#include "authority/sso/registry.h"
#include "authority/sso/saml_parts.h"
#include "authority/store/batch.h"
#include "base/clock.h"

#define SEEN_MS (30LL * 60 * 1000) /* longer than a mark and a request are good together */
#define ENTITY_MAX 256u
#define ID_MAX 128u

enum err saml_stop(struct saml_came *came, const char *fault, const char *reason)
{
	came->fault = fault;
	came->reason = reason;
	return OK;
}

static void take_request(struct saml_coming *coming, const struct msg_judged_saml_request *judged)
{
	coming->request = judged;
	coming->head = (struct saml_head){ judged->issuer, judged->destination, judged->issued,
		judged->is_signed, judged->is_verified };
}

static void take_logout(struct saml_coming *coming, const struct msg_judged_saml_logout *judged)
{
	coming->logout = judged;
	coming->head = (struct saml_head){ judged->issuer, judged->destination, judged->issued,
		judged->is_signed, judged->is_verified };
}

static enum err ask(
    struct saml_coming *coming, const struct msg_judge_saml_request *question, enum judge_fault *fault_r)
{
	const struct msg_judge_saml_logout logout = { question, coming->kind == SAML_COMES_LOGOUT_ANSWER };
	const void *judged;
	bool is_request = coming->kind == SAML_COMES_REQUEST;
	enum err err = is_request ? judge_ask(coming->call, WIRE(judge_saml_request, question),
					wire_msg_judged_saml_request(), &judged, fault_r)
				  : judge_ask(coming->call, WIRE(judge_saml_logout, &logout),
					wire_msg_judged_saml_logout(), &judged, fault_r);
	if (err == OK && is_request)
		take_request(coming, judged);
	else if (err == OK)
		take_logout(coming, judged);
	return err;
}

static enum err judge(struct saml_coming *coming, const struct msg_saml_record *keys)
{
	struct msg_judge_saml_request question = *coming->ask;
	enum judge_fault fault = JUDGE_NONE;
	if (keys != NULL) {
		question.keys.at = keys->keys.at;
		question.keys.n = keys->keys.n;
	}
	enum err err = ask(coming, &question, &fault);
	return err == ERR_MALFORMED
		   ? saml_stop(coming->came, keys != NULL ? "saml_signature" : "saml_malformed",
			 WIRE_ENUM_TEXT(judge_fault, fault))
		   : err;
}

void saml_note_unknown(struct call *call, struct text entity_id, bool sought, struct saml_came *came)
{
	enum feed_sought known = feed_seek_look(call->authority, entity_id);
	came->fault = known == FEED_SOUGHT_UNKNOWN ? "service_not_registered" : "saml_feed_away";
	if (known == FEED_SOUGHT_NOT_YET && !sought)
		came->unknown = entity_id;
}

/* Feeds are asked for the sake of a sign-in alone: whom nobody knows has nobody to sign out. */
static enum err find_service(struct saml_coming *coming)
{
	struct call *call = coming->call;
	enum err err =
	    registry_entity(call->authority, coming->head.issuer, &call->arena, &coming->came->service);
	if (err == ERR_STALE || err == ERR_FORBIDDEN)
		return saml_stop(coming->came, "service_not_registered",
		    err == ERR_STALE ? "its registration cannot be trusted"
				     : "the settings except it from its feed");
	if (err != ERR_NOT_FOUND)
		return err;
	if (coming->kind != SAML_COMES_REQUEST)
		return saml_stop(coming->came, "service_not_registered", NULL);
	saml_note_unknown(call, coming->head.issuer, coming->sought, coming->came);
	return OK;
}

static enum err check_signature(struct saml_coming *coming)
{
	const struct msg_saml_record *saml = coming->came->service->saml;
	bool must = saml->signs || coming->kind != SAML_COMES_REQUEST;
	if (!coming->head.is_signed)
		return must ? saml_stop(coming->came, "saml_signature", "not signed") : OK;
	if (saml->keys.n == 0)
		return saml_stop(coming->came, "saml_signature", "no key in the metadata");
	enum err err = judge(coming, saml);
	if (err != OK || coming->came->fault != NULL)
		return err;
	bool same = coming->head.is_verified && text_equal(coming->head.issuer, saml->entity_id);
	return same ? OK : saml_stop(coming->came, "saml_signature", "not verified");
}

static bool is_for(const struct saml_coming *coming, struct text address)
{
	struct text to = coming->head.destination;
	if (to.at == NULL) /* where it is signed it must be there (Bindings 3.4.5.2, 3.5.5.2) */
		return !coming->head.is_signed;
	return text_equal(to, address);
}

static bool is_new(const struct saml_coming *coming)
{
	int64_t age_ms = clock_now_ms() - coming->head.issued;
	return age_ms <= SAML_SKEW_MS && age_ms >= -SAML_SKEW_MS;
}

enum err saml_came_judge(struct saml_coming *coming, struct text address)
{
	*coming->came = (struct saml_came){ .service = NULL };
	enum err err = judge(coming, NULL);
	if (err == OK && coming->came->fault == NULL)
		err = find_service(coming);
	if (err == OK && coming->came->fault == NULL)
		err = check_signature(coming);
	if (err != OK || coming->came->fault != NULL)
		return err;
	if (!is_for(coming, address))
		return saml_stop(coming->came, "saml_destination", NULL);
	return is_new(coming) ? OK : saml_stop(coming->came, "saml_old", NULL);
}

void saml_once(struct call *call, struct store_batch *batch, struct text entity_id, struct text id)
{
	uint8_t bytes[ENTITY_MAX + 1 + ID_MAX] = { 0 };
	static const uint8_t ANSWERED[] = { 1 };
	struct store_key key = { .kind = STORE_ANSWERED };
	memcpy(bytes, entity_id.at, entity_id.len);
	memcpy(bytes + entity_id.len + 1, id.at, id.len); /* behind a NUL, which no entityID holds */
	keys_hash(call->authority->keys, KEY_SAML_STORE, bytes, entity_id.len + 1 + id.len, key.bytes);
	(void)store_batch_put(
	    batch, &key, (struct bytes){ ANSWERED, sizeof ANSWERED }, SEEN_MS, STORE_IF_NEW);
}
