#include "authority/edge/application.h"
#include <string.h>
#include "authority/session/session.h"
#include "authority/store/store.h"
#include "base/enc.h"

#define MAC_SIZE KEYS_HASH_SIZE
#define COOKIE_SIZE (STORE_KEY_SIZE + MAC_SIZE)
#define COOKIE_TEXT_LEN (ENC_BASE64URL_SIZE(COOKIE_SIZE) - 1)
#define ORIGIN_MAX 200 /* as in the settings and on the wire */

bool application_is_portal(const struct conf *conf, struct text origin)
{
	bool own = text_equal_str(origin, conf->portal.origin);
	for (unsigned i = 0; !own && i < conf->portal.also.n; i++)
		own = text_equal_str(origin, conf->portal.also.at[i]);
	return own;
}

const struct conf_application *application_find(const struct conf *conf, struct text origin)
{
	for (unsigned i = 0; i < conf->n_applications; i++)
		if (text_equal_str(origin, conf->applications[i].origin))
			return &conf->applications[i];
	return NULL;
}

enum check_outcome application_judge(const struct conf_application *application,
    const struct msg_session_record *session, struct arena *arena, struct text *rule_r)
{
	enum check_outcome outcome = CHECK_ALLOWED;
	const char *key = NULL;
	int64_t most_ms = (int64_t)application->fresh_s * 1000; /* 0: any */
	if (!session_is_in_listed(session->groups, application->groups.at, application->groups.n)) {
		outcome = CHECK_FORBIDDEN;
		key = "groups";
	} else if (application->two_factors && session->level < SESSION_LEVEL_TWO_FACTORS) {
		outcome = CHECK_LEVEL; /* before the next: who rises proves it afresh */
		key = "two_factors";
	} else if (most_ms > 0 && !session_is_fresh(session, most_ms)) {
		outcome = CHECK_ANEW;
		key = "fresh_s";
	}
	if (key != NULL)
		*rule_r = text_of(arena_printf(arena, "%s.%s", application->name, key));
	return outcome;
}

static void mac_of(struct authority *authority, struct text origin, const uint8_t session[STORE_KEY_SIZE],
    uint8_t mac[MAC_SIZE])
{
	uint8_t bound[STORE_KEY_SIZE + ORIGIN_MAX];
	size_t len = origin.len < ORIGIN_MAX ? origin.len : ORIGIN_MAX;
	memcpy(bound, session, STORE_KEY_SIZE);
	memcpy(bound + STORE_KEY_SIZE, origin.at, len);
	keys_hash(authority->keys, KEY_APP_COOKIE, bound, STORE_KEY_SIZE + len, mac);
}

struct secret application_cookie(
    struct authority *authority, struct text origin, const struct store_key *session, struct arena *arena)
{
	uint8_t bytes[COOKIE_SIZE];
	char text[COOKIE_TEXT_LEN + 1];
	memcpy(bytes, session->bytes, STORE_KEY_SIZE);
	mac_of(authority, origin, session->bytes, bytes + STORE_KEY_SIZE);
	enc_base64url(bytes, sizeof bytes, text);
	struct secret cookie = secret_copy(arena, text, COOKIE_TEXT_LEN);
	explicit_bzero(bytes, sizeof bytes);
	explicit_bzero(text, sizeof text);
	return cookie;
}

enum err application_cookie_open(
    struct authority *authority, struct text origin, struct secret cookie, struct store_key *session_r)
{
	uint8_t bytes[COOKIE_SIZE], mac[MAC_SIZE];
	if (cookie.len != COOKIE_TEXT_LEN ||
	    enc_from_base64url((const char *)cookie.at, cookie.len, bytes, sizeof bytes) != OK)
		return ERR_NOT_FOUND;
	mac_of(authority, origin, bytes, mac);
	bool good = secret_equal(
	    (struct secret){ mac, sizeof mac }, (struct secret){ bytes + STORE_KEY_SIZE, MAC_SIZE });
	if (good) {
		session_r->kind = STORE_SESSION;
		memcpy(session_r->bytes, bytes, STORE_KEY_SIZE);
	}
	explicit_bzero(bytes, sizeof bytes);
	explicit_bzero(mac, sizeof mac);
	return good ? OK : ERR_NOT_FOUND;
}

/* Both hang on the same key; the first byte keeps them apart. */
static void hash_as(struct authority *authority, char what, struct secret value, uint8_t hash[KEYS_HASH_SIZE])
{
	uint8_t bytes[1 + 64] = { (uint8_t)what }; /* the bound of both on the wire */
	size_t len = value.len < 64 ? value.len : 64;
	if (len > 0)
		memcpy(bytes + 1, value.at, len);
	keys_hash(authority->keys, KEY_TICKET_STORE, bytes, 1 + len, hash);
	explicit_bzero(bytes, sizeof bytes);
}

void application_challenge(struct authority *authority, struct secret nonce, uint8_t hash[KEYS_HASH_SIZE])
{
	hash_as(authority, 'n', nonce, hash);
}

struct store_key application_ticket_key(struct authority *authority, struct secret ticket)
{
	struct store_key key = { .kind = STORE_TICKET };
	hash_as(authority, 't', ticket, key.bytes);
	return key;
}
