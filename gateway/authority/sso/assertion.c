#include "authority/sso/assertion.h"
#include <string.h>
#include "authority/authority.h"
#include "authority/keys/keys.h"
#include "authority/sso/judge.h"
#include "authority/store/store.h"
#include "base/clock.h"
#include "conf/conf.h"

#define TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" /* RFC 7523 section 2.2 */
#define LEEWAY_MS 30000                                               /* clocks differ */
#define CLOCKS_APART_MS 11000 /* twice what authorities\' clocks may be off (SECURITY 34), and a second */
#define LASTS_MS 600000       /* more ahead than this its end may not be: for so long its jti is remembered */

static enum err judge(
    struct call *call, const struct msg_judge_jwt *question, const struct msg_judged_jwt **judged_r)
{
	enum judge_fault fault;
	const void *judged;
	enum err err = judge_ask(call, WIRE(judge_jwt, question), wire_msg_judged_jwt(), &judged, &fault);
	if (err == OK)
		*judged_r = judged;
	return err == ERR_MALFORMED ? ERR_FORBIDDEN : err;
}

enum err assertion_names(struct call *call, const struct msg_oidc_client *client, struct text *client_id_r)
{
	const struct msg_judge_jwt question = { .jwt = client->client_assertion };
	const struct msg_judged_jwt *judged;
	if (client->client_assertion.at == NULL)
		return ERR_FORBIDDEN;
	enum err err = judge(call, &question, &judged);
	if (err == OK && judged->iss.at == NULL)
		err = ERR_FORBIDDEN;
	if (err == OK)
		*client_id_r = judged->iss;
	return err;
}

/* --- what it must say (RFC 7523 section 3) -------------------------------------------------------------------------- */

struct looked {
	const struct msg_judged_jwt *jwt;
	const struct msg_service_record *service;
	const char *origin; /* ours */
	struct text path;   /* of the endpoint behind /oidc/ that was asked */
	int64_t now_ms;
};

static bool is_unsigned(const struct looked *looked)
{
	return !looked->jwt->is_verified;
}

/* RFC 8725 section 3.11: what a client signs for something else is of another type. */
static bool is_of_other_type(const struct looked *looked)
{
	struct text typ = looked->jwt->typ;
	return typ.at != NULL && !text_equal_str(typ, "JWT") &&
	       !text_equal_str(typ, "client-authentication+jwt");
}

static bool is_of_another(const struct looked *looked)
{
	return !text_equal(looked->jwt->iss, looked->service->client_id) ||
	       !text_equal(looked->jwt->sub, looked->service->client_id);
}

/* The issuer, the token endpoint wherever it is asked (RFC 7523 section 3, RFC 9126 section 2), or the endpoint that is asked. Each names this
 * server and nobody else, and an assertion counts once at all endpoints together: so it opens nothing more that clients may say any. */
static bool is_ours(const struct looked *looked, struct text audience)
{
	size_t len = strlen(looked->origin);
	if (!text_starts_with(audience, looked->origin))
		return false;
	struct text rest = { audience.at + len, audience.len - len };
	if (rest.len == 0 || text_equal_str(rest, "/oidc/token"))
		return true;
	return text_starts_with(rest, "/oidc/") &&
	       text_equal((struct text){ rest.at + 6, rest.len - 6 }, looked->path);
}

/* One that is for somebody else too, that one could show here. */
static bool is_for_another(const struct looked *looked)
{
	bool ours = looked->jwt->audience.n > 0;
	for (uint32_t i = 0; ours && i < looked->jwt->audience.n; i++)
		ours = is_ours(looked, looked->jwt->audience.at[i].value);
	return !ours;
}

static bool is_over(const struct looked *looked)
{
	return looked->jwt->expires <= looked->now_ms - LEEWAY_MS;
}

static bool is_too_long(const struct looked *looked)
{
	return looked->jwt->expires > looked->now_ms + LASTS_MS + LEEWAY_MS;
}

static bool is_not_yet(const struct looked *looked)
{
	int64_t latest_ms = looked->now_ms + LEEWAY_MS;
	return looked->jwt->issued > latest_ms || looked->jwt->not_before > latest_ms;
}

static bool has_no_id(const struct looked *looked)
{
	return text_is_empty(looked->jwt->jti);
}

static const struct rule {
	const char *why;
	bool (*is_broken)(const struct looked *looked);
} RULES[] = {
	{ "assertion: signature", is_unsigned },
	{ "assertion: typ", is_of_other_type },
	{ "assertion: iss or sub", is_of_another },
	{ "assertion: aud", is_for_another },
	{ "assertion: exp", is_over },
	{ "assertion: exp is too far", is_too_long },
	{ "assertion: iat or nbf", is_not_yet },
	{ "assertion: jti", has_no_id },
};

/* --- once ----------------------------------------------------------------------------------------------------------- */

/* The client id, a NUL, the jti: so that a jti is nobody else's. */
static enum err key_of(struct call *call, const struct msg_judged_jwt *jwt, struct store_key *key_r)
{
	size_t len = jwt->iss.len + 1 + jwt->jti.len;
	char *joined = arena_alloc(&call->arena, len);
	if (joined == NULL)
		return ERR_NO_MEMORY;
	memcpy(joined, jwt->iss.at, jwt->iss.len);
	joined[jwt->iss.len] = '\0';
	memcpy(joined + jwt->iss.len + 1, jwt->jti.at, jwt->jti.len);
	*key_r = (struct store_key){ .kind = STORE_SPENT };
	keys_hash(call->authority->keys, KEY_ASSERTION_STORE, joined, len, key_r->bytes);
	return OK;
}

/* Since when somebody may have shown it: as it says, else as early as it could have been taken. */
static int64_t begins_ms(const struct msg_judged_jwt *jwt)
{
	return jwt->issued > 0 ? jwt->issued - LEEWAY_MS : jwt->expires - LASTS_MS - LEEWAY_MS;
}

/* ERR_EXISTS: it was shown before, or may have been in an epoch of the store of which nothing is known (SECURITY 30). */
static enum err use_up(struct call *call, const struct looked *looked)
{
	struct store *store = call->authority->store;
	const struct msg_spent_record now = { .spent = looked->now_ms };
	struct store_key key;
	int64_t began_ms;
	enum err err = store_epoch(store, looked->now_ms, &began_ms);
	if (err == OK && began_ms > 0 && begins_ms(looked->jwt) < began_ms)
		err = ERR_EXISTS;
	if (err == OK)
		err = key_of(call, looked->jwt, &key);
	if (err != OK)
		return err;
	return store_put_record(store, &key, WIRE(spent_record, &now),
	    looked->jwt->expires + LEEWAY_MS - looked->now_ms + CLOCKS_APART_MS, STORE_IF_NEW);
}

/* "oidc_token" is asked at /oidc/token, and so it is with each endpoint for clients. */
static struct text path_of(const struct call *call)
{
	return text_of(call->ask.msg->name + strlen("oidc_"));
}

static const char *first_broken(const struct looked *looked)
{
	for (size_t i = 0; i < COUNT(RULES); i++)
		if (RULES[i].is_broken(looked))
			return RULES[i].why;
	return NULL;
}

enum err assertion_check(struct call *call, const struct msg_oidc_client *client,
    const struct msg_service_record *service, const char **why_r)
{
	const struct conf *conf = call->authority->conf;
	struct msg_judge_jwt question = { .jwt = client->client_assertion };
	struct looked looked = { .service = service, .origin = conf->portal.origin, .path = path_of(call) };
	*why_r = "assertion: type";
	if (client->client_assertion.at == NULL || !text_equal_str(client->client_assertion_type, TYPE))
		return ERR_FORBIDDEN;
	question.keys.at = service->keys.at;
	question.keys.n = service->keys.n;
	*why_r = "assertion: shape";
	enum err err = judge(call, &question, &looked.jwt);
	if (err != OK)
		return err;
	looked.now_ms = clock_now_ms();
	const char *broken = first_broken(&looked);
	*why_r = broken != NULL ? broken : "assertion: used before";
	err = broken == NULL ? use_up(call, &looked) : ERR_FORBIDDEN;
	return err == ERR_EXISTS ? ERR_FORBIDDEN : err;
}
