#include "authority/sso/claims_asked.h"
#include <jansson.h>
#include <string.h>
#include "authority/sso/claims.h"
#include "authority/sso/release.h"
#include "wire/json.h"

#define CLAIM_MAX 100u /* as a row of the service has it */

/* Words are no longer together than the JSON in which they stood, but for claims that the service knows by another, shorter name. */
struct words {
	char *at;
	size_t len;
};

struct reading {
	const struct msg_service_record *service;
	struct words userinfo, id_token, acr;
	bool essential;
	struct arena *arena;
	struct text sub;
};

static size_t room_for(const struct msg_service_record *service, struct text json)
{
	return json.len + 1 + service->claims.n * (size_t)(CLAIM_MAX + 1);
}

static void add_word(struct words *words, struct text word)
{
	if (words->len > 0)
		words->at[words->len++] = ' ';
	memcpy(words->at + words->len, word.at, word.len);
	words->len += word.len;
}

static struct text text_of_words(const struct words *words)
{
	return (struct text){ words->len > 0 ? words->at : NULL, words->len };
}

/* --- one claim ------------------------------------------------------------------------------------------------------ */

/* null, or {"essential":bool,"value":...,"values":[...]}; other members are others' business (5.5.1). */
static bool is_request(const json_t *claim)
{
	const json_t *essential = json_object_get(claim, "essential");
	const json_t *values = json_object_get(claim, "values");
	return json_is_null(claim) ||
	       (json_is_object(claim) && (essential == NULL || json_is_boolean(essential)) &&
		   (values == NULL || json_is_array(values)));
}

static bool add_acr(struct reading *to, const json_t *value)
{
	const char *acr = json_string_value(value);
	if (acr != NULL && *acr != '\0' && strchr(acr, ' ') == NULL)
		add_word(&to->acr, text_of(acr));
	return acr != NULL;
}

static enum err read_acr(struct reading *to, const json_t *claim)
{
	const json_t *value = json_object_get(claim, "value"), *values = json_object_get(claim, "values");
	bool good = value == NULL || add_acr(to, value);
	for (size_t i = 0; good && i < json_array_size(values); i++)
		good = add_acr(to, json_array_get(values, i));
	to->essential |=
	    json_is_true(json_object_get(claim, "essential")) && (value != NULL || values != NULL);
	return good ? OK : ERR_MALFORMED;
}

static enum err read_sub(struct reading *to, const json_t *claim)
{
	const json_t *value = json_object_get(claim, "value");
	if (value == NULL)
		return OK;
	if (!json_is_string(value))
		return ERR_MALFORMED;
	return text_copy(to->arena, text_of(json_string_value(value)), &to->sub) ? OK : ERR_NO_MEMORY;
}

static enum err read_claim(struct reading *to, struct words *words, const char *name, const json_t *claim)
{
	if (!is_request(claim))
		return ERR_MALFORMED;
	if (strcmp(name, "sub") == 0)
		return read_sub(to, claim);
	if (strcmp(name, "acr") == 0 && words == &to->id_token)
		return read_acr(to, claim);
	struct text asked = release_of(to->service, name);
	if (asked.at != NULL)
		add_word(words, asked);
	return OK;
}

/* --- all of it ------------------------------------------------------------------------------------------------------ */

static enum err read_member(struct reading *to, struct words *words, json_t *member)
{
	const char *name;
	json_t *claim;
	enum err err = OK;
	if (member == NULL)
		return OK;
	if (!json_is_object(member))
		return ERR_MALFORMED;
	json_object_foreach(member, name, claim)
	{
		if (err == OK)
			err = read_claim(to, words, name, claim);
	}
	return err;
}

static enum err read_whole(struct json_t *whole, void *at)
{
	struct reading *to = at;
	enum err err = read_member(to, &to->userinfo, json_object_get(whole, "userinfo"));
	return err == OK ? read_member(to, &to->id_token, json_object_get(whole, "id_token")) : err;
}

enum err claims_asked_read(const struct msg_service_record *service, struct text json, struct arena *arena,
    struct claims_asked *asked_r)
{
	struct reading reading = { .service = service, .arena = arena };
	struct words *const all[] = { &reading.userinfo, &reading.id_token, &reading.acr };
	for (size_t i = 0; i < COUNT(all); i++) {
		all[i]->at = arena_alloc(arena, room_for(service, json));
		if (all[i]->at == NULL)
			return ERR_NO_MEMORY;
	}
	enum err err = wire_json_look(json, read_whole, &reading);
	if (err != OK)
		return err;
	*asked_r = (struct claims_asked){
		.userinfo = text_of_words(&reading.userinfo),
		.id_token = text_of_words(&reading.id_token),
		.sub = reading.sub,
		.acr = { text_of_words(&reading.acr), reading.essential },
	};
	return OK;
}
