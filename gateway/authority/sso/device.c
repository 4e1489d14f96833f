#include "authority/sso/device.h"
#include <string.h>
#include "authority/authority.h"
#include "authority/keys/keys.h"
#include "authority/login/step_up.h"
#include "authority/session/session.h"
#include "authority/session/visits.h"
#include "authority/sso/access.h"
#include "authority/sso/answer.h"
#include "authority/sso/begun.h"
#include "authority/sso/claims.h"
#include "authority/sso/consent.h"
#include "authority/sso/naming.h"
#include "authority/sso/oidc.h"
#include "authority/sso/registry.h"
#include "authority/store/batch.h"
#include "authority/store/dated.h"
#include "base/clock.h"
#include "conf/conf.h"

#define INTERVAL_S 5
#define CODE_LEN 8u
#define LETTERS "BCDFGHJKLMNPQRSTVWXZ" /* no vowels, so no words (section 6.1) */
#define N_LETTERS 20u
#define DRAWS 4u

static struct store_key key_of(
    struct call *call, enum store_kind kind, enum key_purpose purpose, const void *at, size_t len)
{
	struct store_key key = { .kind = kind };
	keys_hash(call->authority->keys, purpose, at, len, key.bytes);
	return key;
}

static struct store_key device_key(struct call *call, struct secret code)
{
	return key_of(call, STORE_DEVICE, KEY_DEVICE_STORE, code.at, code.len);
}

static struct store_key user_key(struct call *call, const char code[CODE_LEN])
{
	return key_of(call, STORE_USER_CODE, KEY_USER_CODE_STORE, code, CODE_LEN);
}

static int64_t lasts_ms(const struct call *call)
{
	const struct conf *conf = call->authority->conf;
	return (int64_t)conf->sso.device_s * 1000;
}

/* That it is over can be said for a while. */
static int64_t known_ms(const struct call *call)
{
	return lasts_ms(call) + 600000;
}

/* --- the device asks --------------------------------------------------------------------------------------------- */

/* Each letter is as likely as any other. */
static void draw(char code[CODE_LEN])
{
	for (size_t n = 0; n < CODE_LEN;) {
		uint8_t byte;
		secret_random(&byte, sizeof byte);
		if (byte < 256 / N_LETTERS * N_LETTERS)
			code[n++] = LETTERS[byte % N_LETTERS];
	}
}

static enum err put_user_code(struct call *call, const struct store_key *device, char code[CODE_LEN])
{
	const struct msg_user_code_record record = { .device = { device->bytes, sizeof device->bytes } };
	enum err err = ERR_EXISTS;
	for (unsigned i = 0; i < DRAWS && err == ERR_EXISTS; i++) {
		draw(code);
		struct store_key key = user_key(call, code);
		err = store_put_record(call->authority->store, &key, WIRE(user_code_record, &record),
		    lasts_ms(call), STORE_IF_NEW);
	}
	return err == ERR_EXISTS ? ERR_BUSY : err;
}

static enum err put_device(struct call *call, const struct store_key *key,
    const struct msg_service_record *service, struct text scope, struct text audience)
{
	struct msg_device_record record = {
		.service = service->name,
		.client_id = service->client_id,
		.registered = service->added,
		.scope = scope,
		.address = answer_address(call),
		.audience = audience,
		.made = clock_now_ms(),
		.expires = clock_now_ms() + lasts_ms(call),
	};
	return dated_put_alone(call->authority->store, &call->arena, key, WIRE(device_record, &record),
	    &record.epoch, known_ms(call));
}

static enum err begin(struct call *call, const struct msg_service_record *service, struct text scope,
    struct text audience, struct wire_any *answer_r)
{
	const char *portal = ((const struct conf *)call->authority->conf)->portal.origin;
	struct msg_oidc_device_given *given = arena_alloc(&call->arena, sizeof *given);
	struct secret code = keys_token(&call->arena);
	char typed[CODE_LEN];
	if (given == NULL || code.at == NULL)
		return ERR_NO_MEMORY;
	struct store_key key = device_key(call, code);
	enum err err = put_device(call, &key, service, scope, audience);
	if (err == OK)
		err = put_user_code(call, &key, typed);
	if (err != OK)
		return err;
	*given = (struct msg_oidc_device_given){
		.device_code = code,
		.user_code = text_of(arena_printf(&call->arena, "%.4s-%.4s", typed, typed + 4)),
		.verification_uri = text_of(arena_printf(&call->arena, "%s/device", portal)),
		.verification_uri_complete = text_of(
		    arena_printf(&call->arena, "%s/device?user_code=%.4s-%.4s", portal, typed, typed + 4)),
		.expires_in = (uint64_t)lasts_ms(call) / 1000,
		.interval = INTERVAL_S,
	};
	*answer_r = WIRE(oidc_device_given, given);
	return OK;
}

/* Anybody can say that he is a public client: so what waits in the store for one of its devices is bounded. One that shows who it is asks from
 * few networks, for many. */
static bool is_too_often(struct call *call, const struct msg_service_record *service)
{
	static const struct begun_limits ANYBODY = {
		.network = { RATES_DEVICES_OF_NETWORK, 10 },
		.service = { RATES_DEVICES, 20 },
	};
	static const struct begun_limits KNOWN = { .service = { RATES_DEVICES, 20 } };
	return !begun_may(call, registry_is_public(service) ? &ANYBODY : &KNOWN, service->client_id);
}

enum err oidc_on_device(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_oidc_device *wanted = ask;
	const struct msg_service_record *service;
	struct text audience;
	enum err err = answer_client(call, wanted->client, &service);
	if (err == ERR_FORBIDDEN)
		return answer_no_client(call, answer_r);
	if (err == OK && is_too_often(call, service))
		err = ERR_RATE;
	if (err != OK)
		return err;
	if (!service->device)
		return answer_error(
		    call, OAUTH_UNAUTHORIZED_CLIENT, "the client is not registered for devices", answer_r);
	struct text scope = claims_scope(call->authority->conf, service, wanted->scope, &call->arena);
	if (scope.at == NULL)
		return ERR_NO_MEMORY;
	if (scope.len == 0)
		return answer_error(call, OAUTH_INVALID_SCOPE, CLAIMS_NO_SCOPE, answer_r);
	if (!access_audience(service, wanted->resource, &audience))
		return answer_error(call, OAUTH_INVALID_TARGET, ACCESS_NO_TARGET, answer_r);
	return begin(call, service, scope, audience, answer_r);
}

/* --- the device asks again --------------------------------------------------------------------------------------- */

/* *good_r: it is not over. */
static enum err load(
    struct call *call, const struct store_key *key, const struct msg_device_record **record_r, bool *good_r)
{
	struct store_epoch present;
	const void *at;
	enum err err =
	    dated_load(call->authority->store, key, wire_msg_device_record(), &call->arena, &at, &present);
	if (err != OK)
		return err;
	const struct msg_device_record *record = at;
	*good_r = dated_is_good(&present, record->epoch, record->expires);
	*record_r = record;
	return OK;
}

/* Once in an interval. */
static enum err note_poll(struct call *call, const struct store_key *device, enum device_state *state_r)
{
	struct store_key key = { .kind = STORE_SPENT };
	const struct msg_spent_record now = { .spent = clock_now_ms() };
	memcpy(key.bytes, device->bytes, sizeof key.bytes);
	enum err err = store_put_record(call->authority->store, &key, WIRE(spent_record, &now),
	    INTERVAL_S * 1000LL - 500, STORE_IF_NEW); /* clocks tick apart */
	*state_r = err == ERR_EXISTS ? DEVICE_HASTY : DEVICE_PENDING;
	return err == ERR_EXISTS ? OK : err;
}

static enum err fill_code(
    struct call *call, const struct msg_device_record *record, const struct msg_code_record **code_r)
{
	struct msg_code_record *code = arena_alloc(&call->arena, sizeof *code);
	if (code == NULL)
		return ERR_NO_MEMORY;
	*code = (struct msg_code_record){
		.session = record->session,
		.service = record->service,
		.client_id = record->client_id,
		.registered = record->registered,
		.scope = record->scope,
		.proved = record->proved,
		.audience = record->audience,
		.agreed = record->agreed,
	};
	*code_r = code;
	return OK;
}

enum err device_look(struct call *call, struct secret device_code, const struct msg_service_record *service,
    enum device_state *state_r, struct store_key *key_r, const struct msg_code_record **code_r)
{
	const struct msg_device_record *record;
	bool good;
	*key_r = device_key(call, device_code);
	*state_r = DEVICE_UNKNOWN;
	enum err err = load(call, key_r, &record, &good);
	if (err != OK)
		return err == ERR_NOT_FOUND ? OK : err;
	if (!text_equal(record->client_id, service->client_id) || record->registered != service->added)
		return OK;
	*state_r = DEVICE_OVER;
	if (!good)
		return OK;
	if (record->decision == DECISION_NONE)
		return note_poll(call, key_r, state_r);
	*state_r = record->decision == DECISION_ALLOWED ? DEVICE_ALLOWED : DEVICE_DENIED;
	return record->decision == DECISION_ALLOWED ? fill_code(call, record, code_r) : OK;
}

/* --- the person decides ------------------------------------------------------------------------------------------ */

struct deciding {
	struct call *call;
	const struct msg_device_look *ask;
	const struct msg_session_record *session;
	const struct msg_service_record *service;
	const struct msg_device_record *record;
	struct store_key user, device;
	struct msg_device_page *page;
};

/* As people type it: small letters, with or without what stands between the halves. */
static bool read_code(struct text typed, char code[CODE_LEN])
{
	size_t n = 0;
	for (size_t i = 0; i < typed.len; i++) {
		char c =
		    typed.at[i] >= 'a' && typed.at[i] <= 'z' ? (char)(typed.at[i] - 'a' + 'A') : typed.at[i];
		if (c == '-' || c == ' ')
			continue;
		if (n == CODE_LEN || c == '\0' || strchr(LETTERS, c) == NULL)
			return false;
		code[n++] = c;
	}
	return n == CODE_LEN;
}

/* A guess costs a try of the person and one of all together, before it is looked at (section 5.1). */
static enum err count_guess(struct deciding *deciding, uint64_t *wait_s_r)
{
	static const struct store_budget OWN = { 10, 10, 600000, 1000, 1000 };
	static const struct store_budget ALL = { 300, 300, 60000, 1000, 1000 };
	struct call *call = deciding->call;
	struct store_key own = key_of(call, STORE_COUNT, KEY_USER_CODE_STORE, deciding->session->person.at,
	    deciding->session->person.len);
	struct store_key all = key_of(call, STORE_COUNT, KEY_USER_CODE_STORE, "all", 3);
	int64_t wait_ms = 0;
	enum err err = store_try(call->authority->store, &own, &OWN, &wait_ms);
	if (err == OK && wait_ms == 0)
		err = store_try(call->authority->store, &all, &ALL, &wait_ms);
	*wait_s_r = (uint64_t)(wait_ms + 999) / 1000;
	return err;
}

/* ERR_NOT_FOUND: nothing that waits for somebody has this code. */
static enum err find(struct deciding *deciding, const char code[CODE_LEN])
{
	struct call *call = deciding->call;
	const void *at;
	bool good = false;
	deciding->user = user_key(call, code);
	enum err err = store_load_record(
	    call->authority->store, &deciding->user, wire_msg_user_code_record(), &call->arena, &at);
	if (err != OK)
		return err;
	const struct msg_user_code_record *user = at;
	if (user->device.len != STORE_KEY_SIZE)
		return ERR_NOT_FOUND;
	deciding->device.kind = STORE_DEVICE;
	memcpy(deciding->device.bytes, user->device.at, STORE_KEY_SIZE);
	err = load(call, &deciding->device, &deciding->record, &good);
	if (err == OK && !good)
		err = ERR_NOT_FOUND;
	if (err == OK)
		err = registry_client(
		    call->authority, deciding->record->client_id, &call->arena, &deciding->service);
	if (err == OK && (deciding->record->registered != deciding->service->added ||
			     deciding->record->decision != DECISION_NONE))
		err = ERR_NOT_FOUND;
	return err;
}

static enum err give_page(struct deciding *deciding, const char *problem, struct wire_any *answer_r)
{
	struct msg_device_page *page = deciding->page;
	page->problem = text_of(problem);
	*answer_r = WIRE(device_page, page);
	return OK;
}

static struct text name_of(const struct deciding *deciding)
{
	return naming_label(deciding->service, naming_of_session(deciding->call, deciding->session));
}

/* For the page is the person's own form, "allow" is the consent as well. */
static struct consent consent_of(const struct deciding *deciding, const struct claims_wanted *wanted)
{
	return (struct consent){
		.service = deciding->service,
		.session = deciding->session,
		.wanted = wanted,
		.recognised = true,
		.offline = claims_may_refresh(deciding->service, deciding->record->scope),
	};
}

static enum err show_request(struct deciding *deciding, const char code[CODE_LEN], struct wire_any *answer_r)
{
	struct msg_device_page *page = deciding->page;
	const struct claims_wanted wanted = { .scope = deciding->record->scope };
	const struct consent consent = consent_of(deciding, &wanted);
	enum err err = deciding->service->consent ? consent_tell(deciding->call, &consent, &page->told) : OK;
	if (err != OK)
		return err;
	page->name = name_of(deciding);
	page->address = deciding->record->address;
	page->asked = deciding->record->made;
	page->elsewhere = !text_equal(deciding->record->address, deciding->session->address);
	page->user_code = text_of(arena_printf(&deciding->call->arena, "%.4s-%.4s", code, code + 4));
	return page->user_code.at != NULL ? give_page(deciding, NULL, answer_r) : ERR_NO_MEMORY;
}

static enum err forbid(
    struct deciding *deciding, const char *text, const char *rule, struct wire_any *answer_r)
{
	const struct answer_told told = { .text = text, .rule = text_of(rule), .reason = rule };
	return answer_page(deciding->call, deciding->service, deciding->session, told, answer_r);
}

/* The person proves more, or once more, and comes back to the same page. */
static enum err send_to_sign_in(struct deciding *deciding, const struct id *act, struct wire_any *answer_r)
{
	struct msg_oidc_sign_in *sign_in = arena_alloc(&deciding->call->arena, sizeof *sign_in);
	if (sign_in == NULL)
		return ERR_NO_MEMORY;
	if (act != NULL)
		sign_in->act = *act;
	*answer_r = WIRE(oidc_sign_in, sign_in);
	return OK;
}

/* Whether the person may: *answer_r says what is wanted instead. */
static enum err check_person(struct deciding *deciding, struct wire_any *answer_r)
{
	struct call *call = deciding->call;
	const struct msg_service_record *service = deciding->service;
	const struct access_demand demand = { .anew = false };
	const char *rule;
	struct id act;
	switch (access_judge(service, deciding->session, &demand, &call->arena, &rule)) {
	case ACCESS_GIVEN:
		return OK;
	case ACCESS_AGED:
		return send_to_sign_in(deciding, NULL, answer_r);
	case ACCESS_REFUSED:
		return forbid(deciding, "forbidden_application", rule, answer_r);
	case ACCESS_LOW:
	default:
		break;
	}
	enum err err = step_up_begin(call, deciding->session, deciding->ask->session, service->name, &act);
	if (err == ERR_FORBIDDEN)
		return forbid(deciding, "level_missing", rule, answer_r);
	return err == OK ? send_to_sign_in(deciding, &act, answer_r) : err;
}

static enum err note_decision(struct deciding *deciding, bool allowed)
{
	struct audit_entry entry = {
		.event = allowed ? AUDIT_SERVICE_OPENED : AUDIT_SERVICE_REFUSED,
		.trace = deciding->call->frame.trace,
		.person = deciding->session->person,
		.user = deciding->session->user,
		.door = TEXT_LITERAL("device"),
		.address = deciding->record->address,
		.object = deciding->service->name,
	};
	if (!allowed)
		entry.reason = TEXT_LITERAL("the person said no");
	enum err err = audit_record(deciding->call->authority, &entry);
	return err == ERR_BUSY ? ERR_AUDIT : err;
}

/* What was allowed is a visit of the session, whose end its service is told of. */
static enum err put_decision(struct deciding *deciding, const struct msg_device_record *decided)
{
	struct call *call = deciding->call;
	struct store_batch batch;
	store_batch_begin(&batch, call->authority->store, &call->arena);
	(void)store_batch_put_record(
	    &batch, &deciding->device, WIRE(device_record, decided), known_ms(call), STORE_IF_THERE);
	if (decided->decision != DECISION_ALLOWED)
		return store_batch_settle(&batch);
	consent_keep(call, &batch, deciding->session, deciding->service->name, decided->agreed);
	struct text sid =
	    visits_sid(call->authority, deciding->session, deciding->service->name, &call->arena);
	return visits_settle(
	    call->authority, &batch, deciding->session, deciding->service, sid, (struct text){ NULL, 0 });
}

/* Of several who type one code, who takes it away decides. */
static enum err decide(struct deciding *deciding, bool allowed, struct wire_any *answer_r)
{
	struct store *store = deciding->call->authority->store;
	struct msg_device_record decided = *deciding->record;
	struct store_key session = session_key(deciding->call->authority, deciding->ask->session);
	const struct claims_wanted wanted = { .scope = decided.scope };
	const struct consent consent = consent_of(deciding, &wanted);
	enum err err = note_decision(deciding, allowed);
	if (err == OK)
		err = store_end(store, &deciding->user);
	if (err == ERR_NOT_FOUND)
		return give_page(deciding, "device_code_unknown", answer_r);
	decided.decision = allowed ? DECISION_ALLOWED : DECISION_DENIED;
	decided.session = (struct bytes){ session.bytes, sizeof session.bytes };
	decided.proved = deciding->session->proved;
	if (err == OK && allowed && deciding->service->consent)
		err = consent_agree(deciding->call, &consent, &decided.agreed);
	if (err == OK)
		err = put_decision(deciding, &decided);
	if (err != OK)
		return err;
	deciding->page->name = name_of(deciding);
	deciding->page->done = text_of(allowed ? "device_allowed" : "device_denied");
	return give_page(deciding, NULL, answer_r);
}

static enum err look(struct deciding *deciding, struct wire_any *answer_r)
{
	char code[CODE_LEN];
	uint64_t wait_s = 0;
	bool allowed = text_equal_str(deciding->ask->answer, "allow");
	bool good = read_code(deciding->ask->user_code, code);
	enum err err = good ? count_guess(deciding, &wait_s) : OK;
	if (err != OK)
		return err;
	if (wait_s > 0) {
		deciding->page->wait_s = wait_s;
		return give_page(deciding, "device_too_often", answer_r);
	}
	err = good ? find(deciding, code) : ERR_NOT_FOUND;
	if (err == ERR_NOT_FOUND)
		return give_page(deciding, "device_code_unknown", answer_r);
	if (err != OK)
		return err;
	if (text_equal_str(deciding->ask->answer, "deny"))
		return decide(deciding, false, answer_r);
	err = check_person(deciding, answer_r);
	if (err != OK || answer_r->at != NULL)
		return err;
	return allowed ? decide(deciding, true, answer_r) : show_request(deciding, code, answer_r);
}

enum err oidc_on_device_look(struct call *call, const void *ask, struct wire_any *answer_r)
{
	struct deciding deciding = { .call = call, .ask = ask };
	struct secret token = deciding.ask->session;
	*answer_r = (struct wire_any){ NULL, NULL };
	enum err err = session_load(call->authority, token, &call->arena, &deciding.session);
	if (err != OK)
		return err;
	deciding.page = arena_alloc(&call->arena, sizeof *deciding.page);
	struct secret csrf = session_csrf(call->authority, token, &call->arena);
	if (deciding.page == NULL || csrf.at == NULL)
		return ERR_NO_MEMORY;
	deciding.page->csrf = csrf;
	deciding.page->person = deciding.session->name;
	deciding.page->language = deciding.session->language;
	if (deciding.ask->user_code.at == NULL)
		return give_page(&deciding, NULL, answer_r);
	if (deciding.session->replaced || !secret_equal(csrf, deciding.ask->csrf))
		return ERR_STALE;
	return look(&deciding, answer_r);
}
