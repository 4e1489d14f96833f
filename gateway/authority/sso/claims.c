#include "authority/sso/claims.h"
#include <jansson.h>
#include <string.h>
#include "authority/authority.h"
#include "authority/directory/directory.h"
#include "authority/keys/keys.h"
#include "authority/sso/acr.h"
#include "base/enc.h"
#include "conf/conf.h"

#define SECTOR_MAX 200u
#define SCOPE_WORD_MAX 100u
#define PERSON_MAX 128u

struct claim {
	const char *name;
	const char *scope;
	size_t offset; /* of a text in the session */
};

#define CLAIM(name, scope, field) { #name, scope, offsetof(struct msg_session_record, field) },
static const struct claim CLAIMS[] = {
/* clang-format off */
#include "authority/sso/claims.def"
	/* clang-format on */
};
#undef CLAIM

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

bool claims_has_word(struct text words, const char *word)
{
	size_t len = strlen(word);
	for (size_t begin = 0; begin < words.len;) {
		const char *blank = memchr(words.at + begin, ' ', words.len - begin);
		size_t end = blank != NULL ? (size_t)(blank - words.at) : words.len;
		if (end - begin == len && memcmp(words.at + begin, word, len) == 0)
			return true;
		begin = end + 1;
	}
	return false;
}

bool claims_scope_within(struct text words, struct text all)
{
	char word[SCOPE_WORD_MAX + 1];
	for (size_t begin = 0; begin < words.len;) {
		size_t end = begin;
		while (end < words.len && words.at[end] != ' ')
			end++;
		size_t len = end - begin;
		if (len > SCOPE_WORD_MAX)
			return false;
		if (len > 0) {
			memcpy(word, words.at + begin, len);
			word[len] = '\0';
		}
		if (len > 0 && !claims_has_word(all, word))
			return false;
		begin = end + 1;
	}
	return true;
}

/* --- which there are -------------------------------------------------------------------------------------------- */

bool claims_is_known(const struct conf *conf, struct text name)
{
	for (size_t i = 0; i < COUNT(CLAIMS); i++)
		if (text_equal_str(name, CLAIMS[i].name))
			return true;
	for (unsigned i = 0; i < conf->n_claims; i++)
		if (text_equal_str(name, conf->claims[i].name))
			return true;
	return false;
}

struct text claims_names_json(const struct conf *conf, struct arena *arena)
{
	CLEANUP(free_json) json_t *names = json_pack("[s]", "sub");
	struct text json = { NULL, 0 };
	for (size_t i = 0; i < COUNT(CLAIMS); i++)
		(void)json_array_append_new(names, json_string(CLAIMS[i].name));
	for (unsigned i = 0; i < conf->n_claims; i++)
		(void)json_array_append_new(names, json_string(conf->claims[i].name));
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
	json_t *list = json_pack("[ss]", "openid", CLAIMS_OFFLINE);
	for (size_t i = 0; i < COUNT(CLAIMS); i++)
		add_once(list, CLAIMS[i].scope);
	for (unsigned i = 0; i < conf->n_claims; i++)
		add_once(list, conf->claims[i].scope);
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

static bool is_granted(const struct msg_service_record *service, struct text wanted, const char *word)
{
	return claims_has_word(wanted, word) && (strcmp(word, CLAIMS_OFFLINE) != 0 || service->refresh);
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

struct text claims_subject(struct call *call, const struct msg_service_record *service, struct text person)
{
	uint8_t bytes[SECTOR_MAX + 1 + PERSON_MAX] = { 0 }, hash[KEYS_HASH_SIZE];
	char text[ENC_BASE64URL_SIZE(KEYS_HASH_SIZE)];
	struct text sector = { "", 0 }, subject = { NULL, 0 };
	if (service->subject == SUBJECT_PAIRWISE)
		sector = service->sector.at != NULL ? service->sector : service->name;
	if (sector.len > SECTOR_MAX || person.len > PERSON_MAX)
		return subject;
	if (sector.len > 0)
		memcpy(bytes, sector.at, sector.len);
	memcpy(bytes + sector.len + 1, person.at, person.len); /* behind a NUL, which no sector holds */
	keys_hash(call->authority->keys, KEY_SUBJECT, bytes, sector.len + 1 + person.len, hash);
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

bool claims_may_have(const struct msg_service_record *service, const char *name)
{
	for (uint32_t i = 0; i < service->claims.n; i++)
		if (text_equal_str(service->claims.at[i].value, name))
			return true;
	return false;
}

/* Whether this service may be told that claim, and has asked for its scope, or for it by name. */
static bool is_due(const struct msg_service_record *service, const struct claims_wanted *wanted,
    const char *name, const char *of_scope)
{
	return claims_may_have(service, name) &&
	       (claims_has_word(wanted->scope, of_scope) || claims_has_word(wanted->names, name));
}

bool claims_may_tell(const struct msg_service_record *service, struct text scope, const char *name)
{
	const struct claims_wanted wanted = { .scope = scope };
	for (size_t i = 0; i < COUNT(CLAIMS); i++)
		if (strcmp(CLAIMS[i].name, name) == 0)
			return is_due(service, &wanted, name, CLAIMS[i].scope);
	return false;
}

/* A session's groups stand there by comma; one within a name is written %2C. */
static json_t *group_names(struct text groups, struct arena *arena)
{
	json_t *list = json_array();
	char *name = arena_alloc(arena, groups.len + 1), *to = name;
	for (size_t i = 0; name != NULL && i <= groups.len; i++) {
		bool escaped = groups.len - i >= 3 && memcmp(groups.at + i, "%2C", 3) == 0;
		if (i == groups.len || groups.at[i] == ',') {
			if (to > name)
				(void)json_array_append_new(list, json_stringn(name, (size_t)(to - name)));
			to = name;
			continue;
		}
		*to++ = escaped ? ',' : groups.at[i];
		i += escaped ? 2 : 0;
	}
	return list;
}

static void add_from_session(json_t *json, const struct msg_service_record *service,
    const struct msg_session_record *session, const struct claims_wanted *wanted, struct arena *arena)
{
	for (size_t i = 0; i < COUNT(CLAIMS); i++) {
		struct text value;
		memcpy(&value, (const char *)session + CLAIMS[i].offset, sizeof value);
		if (value.at == NULL || !is_due(service, wanted, CLAIMS[i].name, CLAIMS[i].scope))
			continue;
		if (strcmp(CLAIMS[i].name, "groups") == 0)
			(void)json_object_set_new(json, CLAIMS[i].name, group_names(value, arena));
		else
			put_text(json, CLAIMS[i].name, value);
	}
}

static void add_values(json_t *json, const struct conf_claim *claim, const struct attribute *attribute)
{
	if (attribute->n_values == 0)
		return;
	if (!claim->many) {
		put_text(json, claim->name, attribute->values[0]);
		return;
	}
	json_t *list = json_array();
	for (unsigned i = 0; i < attribute->n_values; i++)
		(void)json_array_append_new(list, string(attribute->values[i]));
	(void)json_object_set_new(json, claim->name, list);
}

#define LOOKED_UP_MAX 64u /* as many as there are sections */

/* As the person, so that the directory's own rules count here as well. */
static enum err add_from_directory(json_t *json, struct call *call, const struct msg_service_record *service,
    struct text person_id, const struct claims_wanted *wanted)
{
	const struct conf *conf = call->authority->conf;
	const struct conf_claim *due[LOOKED_UP_MAX];
	const char *names[LOOKED_UP_MAX];
	struct attribute *attributes;
	struct person person;
	struct text version;
	unsigned n = 0;
	for (unsigned i = 0; i < conf->n_claims; i++)
		if (is_due(service, wanted, conf->claims[i].name, conf->claims[i].scope)) {
			due[n] = &conf->claims[i];
			names[n++] = conf->claims[i].ldap;
		}
	if (n == 0)
		return OK;
	struct directory *directory = call->authority->directory;
	enum err err = directory_find_id(directory, person_id, &call->arena, &person);
	if (err == OK)
		err = directory_read_self(directory, &person, names, n, &call->arena, &attributes, &version);
	for (unsigned i = 0; err == OK && i < n; i++)
		add_values(json, due[i], &attributes[i]);
	return err;
}

static enum err add_person(json_t *json, struct call *call, const struct msg_service_record *service,
    const struct msg_session_record *session, const struct claims_wanted *wanted)
{
	add_from_session(json, service, session, wanted, &call->arena);
	return add_from_directory(json, call, service, session->person, wanted);
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
