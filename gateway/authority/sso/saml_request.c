/* saml_request.c - a request: judged, compared with what is registered, and sealed into a mark while the person signs in. */
#include <string.h>
#include "authority/authority.h"
#include "authority/sso/registry.h"
#include "authority/sso/saml_parts.h"
#include "base/clock.h"

#define MARK_MS (15LL * 60 * 1000) /* the time of a slow sign-in */
#define CONTEXTS_MAX 600u
#define MARK_CHARS 2000u /* of saml_again, saml_sso and consent_page */
#define POST "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"

struct coming {
	struct call *call;
	struct saml_came *came;
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

/* An address of the metadata: the one that is named, else the default, else the first (SAML Metadata 2.2.3); NULL: there is none. */
static const struct msg_saml_place *find_consumer(const struct coming *coming)
{
	const struct msg_judged_saml_request *judged = coming->judged;
	const struct msg_saml_record *saml = coming->came->service->saml;
	if (judged->protocol_binding.at != NULL && !text_equal_str(judged->protocol_binding, POST))
		return NULL;
	for (uint32_t i = 0; i < saml->consumers.n; i++)
		if (is_wanted(coming, &saml->consumers.at[i]))
			return &saml->consumers.at[i];
	return judged->consumer.at == NULL && !judged->has_index ? &saml->consumers.at[0] : NULL;
}

/* By the address and not by its place: metadata may be others when the request goes on. */
static void hash_consumer(struct call *call, struct text url, uint8_t hash[KEYS_HASH_SIZE])
{
	keys_hash(call->authority->keys, KEY_ENTITY_STORE, url.at, url.len, hash);
}

static enum err note_consumer(struct coming *coming)
{
	uint8_t *hash = arena_alloc(&coming->call->arena, KEYS_HASH_SIZE);
	const struct msg_saml_place *place = find_consumer(coming);
	if (hash == NULL)
		return ERR_NO_MEMORY;
	if (place == NULL)
		return saml_stop(coming->came, "saml_consumer", NULL);
	hash_consumer(coming->call, place->url, hash);
	coming->record->consumer = (struct bytes){ hash, KEYS_HASH_SIZE };
	return OK;
}

struct text saml_consumer(struct call *call, const struct msg_service_record *service,
    const struct msg_saml_request_record *request)
{
	uint8_t hash[KEYS_HASH_SIZE];
	for (uint32_t i = 0; i < service->saml->consumers.n; i++) {
		struct text url = service->saml->consumers.at[i].url;
		hash_consumer(call, url, hash);
		if (request->consumer.len == sizeof hash &&
		    memcmp(hash, request->consumer.at, sizeof hash) == 0)
			return url;
	}
	return (struct text){ NULL, 0 };
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
	*record_r = (struct msg_saml_request_record){ .force = false };
	enum err err = saml_came_judge(&it, saml_sso_address(call));
	if (err != OK || came_r->fault != NULL)
		return err;
	struct coming coming = { .call = call, .came = came_r, .judged = it.request, .record = record_r };
	err = note_consumer(&coming);
	return err == OK && came_r->fault == NULL ? fill(&coming) : err;
}

enum err saml_request_begin(struct call *call, const struct msg_saml_start *ask,
    const struct msg_service_record *service, struct msg_saml_request_record *record_r)
{
	static const struct msg_judged_saml_request NOTHING = { .is_signed = false };
	struct saml_came came = { .service = service };
	struct coming coming = { .call = call, .came = &came, .judged = &NOTHING, .record = record_r };
	*record_r = (struct msg_saml_request_record){ .force = false };
	enum err err = note_consumer(&coming); /* the default is always found */
	if (err == OK)
		err = fill(&coming);
	record_r->relay_state = ask->relay_state;
	return err;
}

/* --- marks -------------------------------------------------------------------------------------------------------- */

struct text saml_mark(struct call *call, const struct msg_saml_request_record *record)
{
	struct text mark = saml_seal(call, WIRE(saml_request_record, record));
	return mark.len <= MARK_CHARS ? mark : (struct text){ NULL, 0 };
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
	if (err == ERR_STALE || err == ERR_FORBIDDEN)
		return ERR_NOT_FOUND;
	if (err == ERR_NOT_FOUND) /* another gateway may know it */
		saml_note_unknown(call, record->entity_id, ask->sought, came_r);
	if (err != OK)
		return err;
	if (came_r->service->added != record->registered ||
	    saml_consumer(call, came_r->service, record).at == NULL)
		return ERR_NOT_FOUND;
	*record_r = record;
	return OK;
}
