/* saml_request.c - a request: judged, compared with what is registered, and sealed into a mark while the person signs in. */
#include <string.h>
#include "authority/authority.h"
#include "authority/keys/keys.h"
#include "authority/sso/judge.h"
#include "authority/sso/registry.h"
#include "authority/sso/saml_parts.h"
#include "base/clock.h"

#define SKEW_MS (3LL * 60 * 1000)
#define MARK_MS (15LL * 60 * 1000) /* the time of a slow sign-in */
#define MARK_MAX 2000u
#define CONTEXTS_MAX 600u
#define POST "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"

struct coming {
	struct call *call;
	const struct msg_saml_sso *ask;
	struct saml_came *came;
	const struct msg_judged_saml_request *judged;
	struct msg_saml_request_record *record;
};

static enum err stop(struct coming *coming, const char *fault, const char *reason)
{
	coming->came->fault = fault;
	coming->came->reason = reason;
	return OK;
}

static bool is_stopped(const struct coming *coming)
{
	return coming->came->fault != NULL;
}

/* --- what came -------------------------------------------------------------------------------------------------- */

static enum err judge(struct coming *coming, const struct msg_saml_record *keys)
{
	const struct msg_saml_sso *ask = coming->ask;
	struct msg_judge_saml_request question = {
		.binding = ask->binding,
		.request = ask->request,
		.relay_state = ask->relay_state,
		.sig_alg = ask->sig_alg,
		.signature = ask->signature,
	};
	enum judge_fault fault = JUDGE_NONE;
	const void *judged;
	if (keys != NULL) {
		question.certificates.at = keys->certificates.at;
		question.certificates.n = keys->certificates.n;
	}
	enum err err = judge_ask(coming->call, WIRE(judge_saml_request, &question),
	    wire_msg_judged_saml_request(), &judged, &fault);
	if (err == ERR_MALFORMED)
		return stop(coming, keys != NULL ? "saml_signature" : "saml_malformed",
		    WIRE_ENUM_TEXT(judge_fault, fault));
	if (err == OK)
		coming->judged = judged;
	return err;
}

static enum err find_service(struct coming *coming)
{
	struct call *call = coming->call;
	enum err err =
	    registry_entity(call->authority, coming->judged->issuer, &call->arena, &coming->came->service);
	return err == ERR_NOT_FOUND ? stop(coming, "service_not_registered", NULL) : err;
}

/* One that is signed is judged once more, with the keys of whom it names; what counts is what was verified. */
static enum err check_signature(struct coming *coming)
{
	const struct msg_saml_record *saml = coming->came->service->saml;
	if (!coming->judged->is_signed)
		return saml->signs ? stop(coming, "saml_signature", "not signed") : OK;
	if (saml->certificates.n == 0)
		return stop(coming, "saml_signature", "no certificate in the metadata");
	enum err err = judge(coming, saml);
	if (err != OK || is_stopped(coming))
		return err;
	bool same = coming->judged->is_verified && text_equal(coming->judged->issuer, saml->entity_id);
	return same ? OK : stop(coming, "saml_signature", "not verified");
}

/* --- what it may be ----------------------------------------------------------------------------------------------- */

static bool is_for_us(struct coming *coming)
{
	struct text to = coming->judged->destination;
	if (to.at == NULL) /* where it is signed it must be there (Bindings 3.4.5.2, 3.5.5.2) */
		return !coming->judged->is_signed;
	return text_equal(to, saml_sso_address(coming->call));
}

static bool is_new(struct coming *coming)
{
	int64_t age_ms = clock_now_ms() - coming->judged->issued;
	return age_ms <= SKEW_MS && age_ms >= -SKEW_MS;
}

static bool is_wanted(const struct coming *coming, const struct msg_saml_place *place)
{
	const struct msg_judged_saml_request *judged = coming->judged;
	if (judged->consumer.at != NULL)
		return text_equal(judged->consumer, place->url);
	return judged->has_index ? judged->consumer_index == place->index : place->first;
}

/* An address of the metadata: the one that is named, else the default, else the first (SAML Metadata 2.2.3). */
static bool find_consumer(struct coming *coming)
{
	const struct msg_judged_saml_request *judged = coming->judged;
	const struct msg_saml_record *saml = coming->came->service->saml;
	if (judged->protocol_binding.at != NULL && !text_equal_str(judged->protocol_binding, POST))
		return false;
	for (uint32_t i = 0; i < saml->consumers.n; i++)
		if (is_wanted(coming, &saml->consumers.at[i])) {
			coming->record->consumer = i;
			return true;
		}
	coming->record->consumer = 0;
	return judged->consumer.at == NULL && !judged->has_index;
}

static const struct {
	bool (*holds)(struct coming *coming);
	const char *fault;
} RULES[] = {
	{ is_for_us, "saml_destination" },
	{ is_new, "saml_old" },
	{ find_consumer, "saml_consumer" },
};

/* --- what it asks for ----------------------------------------------------------------------------------------------- */

/* false: there is none of that URI. */
static bool read_format(struct text uri, enum saml_format *format_r)
{
	for (unsigned i = 0; i < wire_enum_saml_format.count; i++)
		if (text_equal_str(uri, saml_format_uri((enum saml_format)i))) {
			*format_r = (enum saml_format)i;
			return true;
		}
	return false;
}

/* The first of the metadata that we have, where the request leaves it to us. */
static void choose_format(struct coming *coming)
{
	static const char ANY[] = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";
	const struct msg_saml_record *saml = coming->came->service->saml;
	struct text wanted = coming->judged->name_format;
	struct msg_saml_request_record *record = coming->record;
	if (wanted.at != NULL && !text_equal_str(wanted, ANY)) {
		record->odd_format = !read_format(wanted, &record->format);
		return;
	}
	for (uint32_t i = 0; i < saml->name_formats.n; i++)
		if (read_format(saml->name_formats.at[i].value, &record->format))
			return;
	record->format = SAML_TRANSIENT;
}

/* Those of ours, in their order, a blank between two; so many as there is room for. */
static bool choose_contexts(struct coming *coming)
{
	const struct conf *conf = coming->call->authority->conf;
	const struct msg_judged_saml_request *judged = coming->judged;
	struct msg_saml_request_record *record = coming->record;
	char words[CONTEXTS_MAX + 1];
	size_t n = 0;
	for (uint32_t i = 0; i < judged->contexts.n; i++) {
		struct text context = judged->contexts.at[i].value;
		if (saml_context_level(conf, context) == SESSION_LEVEL_NONE ||
		    context.len + 1 > CONTEXTS_MAX - n)
			continue;
		if (n > 0)
			words[n++] = ' ';
		memcpy(words + n, context.at, context.len);
		n += context.len;
	}
	bool asked = judged->contexts.n > 0 || judged->declares;
	bool odd = judged->comparison == SAML_MAXIMUM || judged->comparison == SAML_BETTER;
	record->minimum = judged->comparison == SAML_MINIMUM;
	record->unmet = asked && (n == 0 || odd);
	return n == 0 || text_copy(&coming->call->arena, (struct text){ words, n }, &record->contexts);
}

static enum err fill(struct coming *coming)
{
	const struct msg_judged_saml_request *judged = coming->judged;
	struct msg_saml_request_record *record = coming->record;
	record->entity_id = coming->came->service->client_id;
	record->registered = coming->came->service->added;
	record->id = judged->id;
	record->relay_state = judged->relay_state;
	record->force = judged->force;
	record->passive = judged->passive;
	record->unsupported = judged->unsupported;
	record->came = clock_now_ms();
	choose_format(coming);
	return choose_contexts(coming) ? OK : ERR_NO_MEMORY;
}

enum err saml_request_judge(struct call *call, const struct msg_saml_sso *ask, struct saml_came *came_r,
    struct msg_saml_request_record *record_r)
{
	struct coming coming = { .call = call, .ask = ask, .came = came_r, .record = record_r };
	*came_r = (struct saml_came){ .service = NULL };
	*record_r = (struct msg_saml_request_record){ .consumer = 0 };
	enum err err = judge(&coming, NULL);
	if (err == OK && !is_stopped(&coming))
		err = find_service(&coming);
	if (err == OK && !is_stopped(&coming))
		err = check_signature(&coming);
	for (size_t i = 0; err == OK && !is_stopped(&coming) && i < COUNT(RULES); i++)
		if (!RULES[i].holds(&coming))
			return stop(&coming, RULES[i].fault, NULL);
	return err == OK && !is_stopped(&coming) ? fill(&coming) : err;
}

/* --- marks -------------------------------------------------------------------------------------------------------- */

struct text saml_mark(struct call *call, const struct msg_saml_request_record *record)
{
	uint8_t body[MARK_MAX];
	size_t len;
	struct secret sealed;
	struct wire_any any = WIRE(saml_request_record, record);
	if (wire_encode(any, body, sizeof body, &len) != OK ||
	    keys_seal(call->authority->keys, KEY_SAML_MARK, (struct bytes){ body, len }, &call->arena,
		&sealed) != OK)
		return (struct text){ NULL, 0 };
	return (struct text){ (const char *)sealed.at, sealed.len };
}

static enum err open_mark(
    struct call *call, struct text mark, const struct msg_saml_request_record **record_r)
{
	struct secret sealed = { (unsigned char *)(uintptr_t)mark.at, mark.len };
	struct bytes plain;
	const void *at;
	enum err err = keys_unseal(call->authority->keys, KEY_SAML_MARK, sealed, &call->arena, &plain);
	if (err == OK)
		err = wire_decode(wire_msg_saml_request_record(), (uint8_t *)(uintptr_t)plain.at, plain.len,
		    &call->arena, &at);
	if (err != OK)
		return err == ERR_NO_MEMORY ? err : ERR_NOT_FOUND;
	*record_r = at;
	return clock_now_ms() - (*record_r)->came < MARK_MS ? OK : ERR_NOT_FOUND;
}

enum err saml_mark_open(struct call *call, struct text mark, struct saml_came *came_r,
    const struct msg_saml_request_record **record_r)
{
	const struct msg_saml_request_record *record;
	*came_r = (struct saml_came){ .service = NULL };
	enum err err = open_mark(call, mark, &record);
	if (err == OK)
		err = registry_entity(call->authority, record->entity_id, &call->arena, &came_r->service);
	if (err != OK)
		return err;
	if (came_r->service->added != record->registered ||
	    record->consumer >= came_r->service->saml->consumers.n)
		return ERR_NOT_FOUND;
	*record_r = record;
	return OK;
}
