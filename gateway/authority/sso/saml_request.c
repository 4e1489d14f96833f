/* saml_request.c - a request: judged, compared with what is registered, and sealed into a mark while the person signs in. */
#include <string.h>
#include "authority/authority.h"
#include "authority/sso/registry.h"
#include "authority/sso/saml_parts.h"
#include "base/clock.h"

#define MARK_MS (15LL * 60 * 1000) /* the time of a slow sign-in */
#define CONTEXTS_MAX 600u
#define POST "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"

struct coming {
	struct call *call;
	const struct saml_came *came;
	const struct msg_judged_saml_request *judged;
	struct msg_saml_request_record *record;
};

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

enum saml_format saml_usual_format(const struct msg_service_record *service)
{
	enum saml_format format;
	for (uint32_t i = 0; i < service->saml->name_formats.n; i++)
		if (read_format(service->saml->name_formats.at[i].value, &format))
			return format;
	return SAML_TRANSIENT;
}

/* A name by which another service, or an affiliation, knows the person (SAML Core 3.4.1.1): we have none that two of them share. */
static bool is_for_others(const struct coming *coming)
{
	struct text qualifier = coming->judged->name_qualifier;
	return qualifier.at != NULL && !text_equal(qualifier, coming->came->service->client_id);
}

static void choose_format(struct coming *coming)
{
	static const char ANY[] = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";
	struct text wanted = coming->judged->name_format;
	struct msg_saml_request_record *record = coming->record;
	record->odd_format = is_for_others(coming);
	if (wanted.at != NULL && !text_equal_str(wanted, ANY))
		record->odd_format |= !read_format(wanted, &record->format);
	else
		record->format = saml_usual_format(coming->came->service);
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
	const struct msg_judge_saml_request question = {
		.binding = ask->binding,
		.request = ask->request,
		.relay_state = ask->relay_state,
		.sig_alg = ask->sig_alg,
		.signature = ask->signature,
	};
	struct saml_coming it = { .call = call,
		.kind = SAML_COMES_REQUEST,
		.ask = &question,
		.sought = ask->sought,
		.came = came_r };
	*record_r = (struct msg_saml_request_record){ .consumer = 0 };
	enum err err = saml_came_judge(&it, saml_sso_address(call));
	if (err != OK || came_r->fault != NULL)
		return err;
	struct coming coming = { .call = call, .came = came_r, .judged = it.request, .record = record_r };
	return find_consumer(&coming) ? fill(&coming) : saml_stop(came_r, "saml_consumer", NULL);
}

enum err saml_request_begin(struct call *call, const struct msg_saml_start *ask,
    const struct msg_service_record *service, struct msg_saml_request_record *record_r)
{
	static const struct msg_judged_saml_request NOTHING = { .is_signed = false };
	const struct saml_came came = { .service = service };
	struct coming coming = { .call = call, .came = &came, .judged = &NOTHING, .record = record_r };
	*record_r = (struct msg_saml_request_record){ .consumer = 0 };
	(void)find_consumer(&coming); /* the default is always found */
	enum err err = fill(&coming);
	record_r->relay_state = ask->relay_state;
	return err;
}

/* --- marks -------------------------------------------------------------------------------------------------------- */

struct text saml_mark(struct call *call, const struct msg_saml_request_record *record)
{
	return saml_seal(call, WIRE(saml_request_record, record));
}

static enum err open_mark(
    struct call *call, struct text mark, const struct msg_saml_request_record **record_r)
{
	const void *at;
	enum err err = saml_unseal(call, mark, wire_msg_saml_request_record(), &at);
	if (err != OK)
		return err;
	*record_r = at;
	return clock_now_ms() - (*record_r)->came < MARK_MS ? OK : ERR_NOT_FOUND;
}

enum err saml_mark_open(struct call *call, const struct msg_saml_sso *ask, struct saml_came *came_r,
    const struct msg_saml_request_record **record_r)
{
	const struct msg_saml_request_record *record;
	*came_r = (struct saml_came){ .service = NULL };
	enum err err = open_mark(call, ask->mark, &record);
	if (err != OK)
		return err;
	err = registry_entity(call->authority, record->entity_id, &call->arena, &came_r->service);
	if (err == ERR_NOT_FOUND) /* another gateway may know it */
		saml_note_unknown(call, record->entity_id, ask->sought, came_r);
	if (err != OK)
		return err;
	if (came_r->service->added != record->registered ||
	    record->consumer >= came_r->service->saml->consumers.n)
		return ERR_NOT_FOUND;
	*record_r = record;
	return OK;
}
