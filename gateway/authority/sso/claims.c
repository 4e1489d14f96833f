#include "authority/sso/claims.h"
#include <jansson.h>
#include <string.h>
#include "authority/authority.h"
#include "authority/keys/keys.h"
#include "authority/session/session.h"
#include "authority/sso/acr.h"
#include "authority/sso/release.h"
#include "base/enc.h"
#include "conf/conf.h"

#define SECTOR_MAX 200u
#define PERSON_MAX 128u

static void free_json(json_t **json)
{
	json_decref(*json);
}

/* Of what a person's secrets are not part: jansson's memory is not erased. */
static enum err give(json_t *json, struct arena *arena, struct text *json_r)
{
	char *text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
	bool copied = text != NULL && text_copy(arena, text_of(text), json_r);
	free(text);
	return copied ? OK : ERR_NO_MEMORY;
}

static json_t *string(struct text text)
{
	return json_stringn(text.len > 0 ? text.at : "", text.len);
}

static bool has_word(struct text words, struct text wanted)
{
	struct text word;
	while (text_next_word(&words, " ", &word))
		if (text_equal(word, wanted))
			return true;
	return false;
}

bool claims_has_word(struct text words, const char *word)
{
	return has_word(words, text_of(word));
}

bool claims_scope_within(struct text words, struct text all)
{
	struct text word;
	while (text_next_word(&words, " ", &word))
		if (!has_word(all, word))
			return false;
	return true;
}

/* --- which there are -------------------------------------------------------------------------------------------- */

struct text claims_names_json(const struct conf *conf, struct arena *arena)
{
	CLEANUP(free_json) json_t *names = json_pack("[s]", "sub");
	struct text json = { NULL, 0 };
	const char *name, *scope;
	for (unsigned i = 0; (name = release_at(conf, i, &scope)) != NULL; i++)
		(void)json_array_append_new(names, json_string(name));
	return give(names, arena, &json) == OK ? json : (struct text){ NULL, 0 };
}

struct text claims_acrs_json(const struct conf *conf, struct arena *arena)
{
	CLEANUP(free_json) json_t *names = json_array();
	struct text json = { NULL, 0 }, name;
	for (unsigned i = 0; (name = acr_name(conf, i)).at != NULL; i++)
		(void)json_array_append_new(names, string(name));
	return give(names, arena, &json) == OK ? json : (struct text){ NULL, 0 };
}

static void add_once(json_t *list, const char *word)
{
	size_t i;
	json_t *there;
	json_array_foreach(list, i, there) if (strcmp(json_string_value(there), word) == 0) return;
	(void)json_array_append_new(list, json_string(word));
}

static json_t *scopes(const struct conf *conf)
{
	json_t *list = json_pack("[ss]", CLAIMS_OPENID, CLAIMS_OFFLINE);
	const char *scope;
	for (unsigned i = 0; release_at(conf, i, &scope) != NULL; i++)
		add_once(list, scope);
	return list;
}

struct text claims_scopes_json(const struct conf *conf, struct arena *arena)
{
	CLEANUP(free_json) json_t *list = scopes(conf);
	struct text json = { NULL, 0 };
	return give(list, arena, &json) == OK ? json : (struct text){ NULL, 0 };
}

bool claims_scope_is_ours(const struct conf *conf, struct text word)
{
	CLEANUP(free_json) json_t *list = scopes(conf);
	size_t i;
	json_t *scope;
	json_array_foreach(list, i, scope) if (text_equal_str(word, json_string_value(scope))) return true;
	return list == NULL;
}

static bool is_registered(const struct msg_service_record *service, const char *word)
{
	for (uint32_t i = 0; i < service->scopes.n; i++)
		if (text_equal_str(service->scopes.at[i].value, word))
			return true;
	return false;
}

static bool is_granted(const struct msg_service_record *service, struct text wanted, const char *word)
{
	if (!claims_has_word(wanted, word))
		return false;
	if (strcmp(word, CLAIMS_OFFLINE) == 0)
		return service->refresh;
	return claims_has_word(wanted, CLAIMS_OPENID) || is_registered(service, word);
}

bool claims_may_refresh(const struct msg_service_record *service, struct text scope)
{
	return service->refresh &&
	       (claims_has_word(scope, CLAIMS_OFFLINE) || !claims_has_word(scope, CLAIMS_OPENID));
}

struct text claims_own_scope(const struct msg_service_record *service, struct arena *arena)
{
	struct text all = { "", 0 };
	for (uint32_t i = 0; all.at != NULL && i < service->scopes.n; i++)
		all = text_of(arena_printf(arena, "%.*s%s%.*s", TEXT_ARGS(all), i > 0 ? " " : "",
		    TEXT_ARGS(service->scopes.at[i].value)));
	return all;
}

static char *add_to_scope(char *words, char *to, const char *word)
{
	if (to > words)
		*to++ = ' ';
	return mempcpy(to, word, strlen(word));
}

struct text claims_scope(const struct conf *conf, const struct msg_service_record *service,
    struct text wanted, struct arena *arena)
{
	CLEANUP(free_json) json_t *list = scopes(conf);
	if (wanted.at == NULL)
		wanted = claims_own_scope(service, arena);
	char *words = arena_alloc(arena, wanted.len + 1), *to = words;
	size_t i;
	json_t *scope;
	if (words == NULL)
		return (struct text){ NULL, 0 };
	for (uint32_t j = 0; j < service->scopes.n; j++)
		add_once(list, text_str(service->scopes.at[j].value));
	json_array_foreach(list, i, scope)
	{
		if (is_granted(service, wanted, json_string_value(scope)))
			to = add_to_scope(words, to, json_string_value(scope));
	}
	return (struct text){ words, (size_t)(to - words) };
}

/* --- who, and how proved ---------------------------------------------------------------------------------------- */

struct text claims_sector(const struct msg_service_record *service)
{
	if (service->sector.at != NULL)
		return service->sector;
	/* names of clients that registered themselves are given again */
	return service->registered_by.at != NULL ? service->client_id : service->name;
}

bool claims_subject_hash(
    struct authority *authority, struct text sector, struct text person, uint8_t hash[KEYS_HASH_SIZE])
{
	uint8_t bytes[SECTOR_MAX + 1 + PERSON_MAX] = { 0 };
	if (sector.len > SECTOR_MAX || person.len > PERSON_MAX)
		return false;
	if (sector.len > 0)
		memcpy(bytes, sector.at, sector.len);
	memcpy(bytes + sector.len + 1, person.at, person.len); /* behind a NUL, which no sector holds */
	keys_hash(authority->keys, KEY_SUBJECT, bytes, sector.len + 1 + person.len, hash);
	return true;
}

struct text claims_subject(struct call *call, const struct msg_service_record *service, struct text person)
{
	uint8_t hash[KEYS_HASH_SIZE];
	char text[ENC_BASE64URL_SIZE(KEYS_HASH_SIZE)];
	struct text subject = { NULL, 0 };
	struct text sector =
	    service->subject == SUBJECT_PAIRWISE ? claims_sector(service) : (struct text){ "", 0 };
	if (!claims_subject_hash(call->authority, sector, person, hash))
		return subject;
	enc_base64url(hash, sizeof hash, text);
	return text_copy(&call->arena, text_of(text), &subject) ? subject : (struct text){ NULL, 0 };
}

/* RFC 8176: what was proved, and that it was several factors. */
static json_t *methods(const struct msg_session_record *session)
{
	static const char *const KNOWN[] = { "pwd", "otp", "hwk", "swk", "user" };
	json_t *list = json_array();
	for (size_t i = 0; i < COUNT(KNOWN); i++)
		if (claims_has_word(session->amr, KNOWN[i]))
			(void)json_array_append_new(list, json_string(KNOWN[i]));
	if (session->level >= SESSION_LEVEL_TWO_FACTORS)
		(void)json_array_append_new(list, json_string("mfa"));
	return list;
}

static void put_time(json_t *json, const char *name, int64_t time_ms)
{
	(void)json_object_set_new(json, name, json_integer(time_ms / 1000));
}

static void put_text(json_t *json, const char *name, struct text value)
{
	if (value.at != NULL)
		(void)json_object_set_new(json, name, string(value));
}

void claims_put_proof(
    json_t *json, const struct msg_session_record *session, struct text acr, int64_t proved_ms)
{
	put_time(json, "auth_time", proved_ms);
	put_text(json, "acr", acr.at != NULL ? acr : text_of(acr_of(session->level)));
	(void)json_object_set_new(json, "amr", methods(session));
}

/* --- the claims of a person ------------------------------------------------------------------------------------- */

static void put_release(json_t *json, const struct release *row)
{
	if (!row->many) {
		put_text(json, row->as, row->values[0]);
		return;
	}
	json_t *list = json_array();
	for (unsigned i = 0; i < row->n_values; i++)
		(void)json_array_append_new(list, string(row->values[i]));
	(void)json_object_set_new(json, row->as, list);
}

static enum err add_person(json_t *json, struct call *call, const struct msg_service_record *service,
    const struct msg_session_record *session, const struct claims_wanted *wanted)
{
	const struct release *rows;
	unsigned n;
	enum err err = release_tell(call, service, session, wanted, TEXT_LITERAL("sub"), &rows, &n);
	for (unsigned i = 0; err == OK && i < n; i++)
		put_release(json, &rows[i]);
	return err;
}

enum err claims_id_token(struct call *call, const struct msg_service_record *service,
    const struct msg_session_record *session, const struct claims_id_token *about, struct text *json_r)
{
	CLEANUP(free_json) json_t *json = json_object();
	const struct conf *conf = call->authority->conf;
	struct text subject = claims_subject(call, service, session->person);
	if (subject.at == NULL)
		return ERR_NO_MEMORY;
	put_text(json, "iss", text_of(conf->portal.origin));
	put_text(json, "sub", subject);
	put_text(json, "aud", service->client_id);
	put_time(json, "exp", about->expires_ms);
	put_time(json, "iat", about->now_ms);
	put_text(json, "nonce", about->nonce);
	claims_put_proof(json, session, about->acr, about->proved_ms);
	put_text(json, "at_hash", about->at_hash);
	put_text(json, "sid", about->sid);
	const struct claims_wanted wanted = { .names = about->names };
	enum err err = add_person(json, call, service, session, &wanted);
	return err == OK ? give(json, &call->arena, json_r) : err;
}

enum err claims_userinfo(struct call *call, const struct msg_service_record *service,
    const struct msg_session_record *session, const struct claims_wanted *wanted, struct text *json_r)
{
	CLEANUP(free_json) json_t *json = json_object();
	struct text subject = claims_subject(call, service, session->person);
	if (subject.at == NULL)
		return ERR_NO_MEMORY;
	put_text(json, "sub", subject);
	enum err err = add_person(json, call, service, session, wanted);
	return err == OK ? give(json, &call->arena, json_r) : err;
}

static enum err put_groups(json_t *json, struct text groups, struct arena *arena)
{
	char *room = arena_alloc(arena, groups.len + 1);
	json_t *list = json_array();
	struct text name;
	while (room != NULL && session_next_group(&groups, room, &name))
		(void)json_array_append_new(list, string(name));
	(void)json_object_set_new(json, "groups", list);
	return room != NULL ? OK : ERR_NO_MEMORY;
}

enum err claims_forward(struct call *call, const struct msg_session_record *session,
    const struct claims_forward *about, struct text *json_r)
{
	CLEANUP(free_json) json_t *json = json_object();
	const struct msg_service_record anybody = { .subject = SUBJECT_PUBLIC };
	struct text subject = claims_subject(call, &anybody, session->person);
	if (subject.at == NULL)
		return ERR_NO_MEMORY;
	put_text(json, "iss", text_of(call->authority->conf->portal.origin));
	put_text(json, "sub", subject);
	put_text(json, "aud", about->audience);
	put_time(json, "exp", about->expires_ms);
	put_time(json, "iat", about->now_ms);
	put_text(json, "preferred_username", session->user);
	put_text(json, "name", session->name);
	put_text(json, "email", session->mail);
	claims_put_proof(json, session, (struct text){ NULL, 0 }, session->proved);
	enum err err = put_groups(json, session->groups, &call->arena);
	return err == OK ? give(json, &call->arena, json_r) : err;
}
