/* forward_token.c - Remote-JWT: signed, and remembered for a while. */
#include "authority/edge/forward_token.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "authority/authority.h"
#include "authority/sso/claims.h"
#include "authority/sso/signing.h"
#include "base/clock.h"
#include "conf/conf.h"

#define TYP "spom-forward+jwt"
#define SETS 1024u
#define WAYS 4u
#define ORIGIN_MAX 200u    /* as in the settings */
#define KEPT_MAX (8 * KIB) /* a longer one, of somebody in very many groups, is signed each time */

struct kept {
	uint8_t session[STORE_KEY_SIZE];
	char origin[ORIGIN_MAX + 1];
	int64_t expires_ms; /* of the wall's clock, as the token says; 0: there is none */
	struct secret
	    token; /* owned; not locked memory: there are thousands, and in a minute they are of no use */
};

struct forward_tokens {
	pthread_mutex_t mutex;
	struct kept sets[SETS][WAYS];
};

enum err forward_tokens_new(struct forward_tokens **tokens_r)
{
	struct forward_tokens *tokens = calloc(1, sizeof *tokens);
	if (tokens == NULL)
		return ERR_NO_MEMORY;
	(void)pthread_mutex_init(&tokens->mutex, NULL);
	*tokens_r = tokens;
	return OK;
}

static void drop(struct kept *kept)
{
	unsigned char *at = kept->token.at;
	secret_erase(&kept->token);
	free(at);
	*kept = (struct kept){ .expires_ms = 0 };
}

void forward_tokens_free(struct forward_tokens **tokens)
{
	if (*tokens == NULL)
		return;
	for (size_t i = 0; i < (size_t)SETS * WAYS; i++)
		drop(&(*tokens)->sets[i / WAYS][i % WAYS]);
	(void)pthread_mutex_destroy(&(*tokens)->mutex);
	free(*tokens);
	*tokens = NULL;
}

/* A session's key is a hash: any two bytes of it spread well. */
static struct kept *set_of(struct forward_tokens *tokens, const struct store_key *key)
{
	return tokens->sets[((unsigned)key->bytes[0] << 8 | key->bytes[1]) % SETS];
}

static bool is_of(const struct kept *kept, struct forward_told told)
{
	return kept->expires_ms != 0 && memcmp(kept->session, told.key->bytes, STORE_KEY_SIZE) == 0 &&
	       strcmp(kept->origin, told.application->origin) == 0;
}

struct secret forward_token_find(struct call *call, struct forward_told told)
{
	struct forward_tokens *tokens = call->authority->forward_tokens;
	struct secret token = { NULL, 0 };
	int64_t left_ms, now_ms = clock_now_ms();
	(void)pthread_mutex_lock(&tokens->mutex);
	const struct kept *set = set_of(tokens, told.key);
	for (unsigned i = 0; i < WAYS; i++) {
		left_ms = set[i].expires_ms - now_ms;
		if (is_of(&set[i], told) && left_ms >= FORWARD_TOKEN_LEAST_MS && left_ms <= FORWARD_TOKEN_MS)
			token = secret_copy(&call->arena, set[i].token.at, set[i].token.len);
	}
	(void)pthread_mutex_unlock(&tokens->mutex);
	return token;
}

/* Under the lock: the place of the one before, or of the oldest. */
static struct kept *place_of(struct forward_tokens *tokens, struct forward_told told)
{
	struct kept *set = set_of(tokens, told.key), *oldest = &set[0];
	for (unsigned i = 0; i < WAYS; i++) {
		if (is_of(&set[i], told))
			return &set[i];
		if (set[i].expires_ms < oldest->expires_ms)
			oldest = &set[i];
	}
	return oldest;
}

/* What cannot be remembered is signed once more. */
static void keep(struct call *call, struct forward_told told, struct secret token, int64_t expires_ms)
{
	struct forward_tokens *tokens = call->authority->forward_tokens;
	struct kept fresh = { .expires_ms = expires_ms };
	size_t origin_len = strlen(told.application->origin);
	if (token.len <= KEPT_MAX && origin_len <= ORIGIN_MAX)
		fresh.token = (struct secret){ malloc(token.len), token.len };
	if (fresh.token.at == NULL)
		return;
	memcpy(fresh.token.at, token.at, token.len);
	memcpy(fresh.session, told.key->bytes, STORE_KEY_SIZE);
	memcpy(fresh.origin, told.application->origin, origin_len);
	(void)pthread_mutex_lock(&tokens->mutex);
	struct kept *place = place_of(tokens, told), old = *place;
	*place = fresh;
	(void)pthread_mutex_unlock(&tokens->mutex);
	drop(&old);
}

enum err forward_token_sign(struct call *call, struct forward_told told,
    const struct msg_session_record *session, struct secret *token_r)
{
	int64_t now_ms = clock_now_ms();
	const struct claims_forward about = {
		.audience = text_of(told.application->origin),
		.now_ms = now_ms,
		.expires_ms = now_ms + FORWARD_TOKEN_MS,
	};
	struct text claims;
	enum err err = claims_forward(call, session, &about, &claims);
	if (err == OK)
		err = signing_sign(call->authority, SIGNING_ES256, TYP, claims, &call->arena, token_r);
	if (err == OK)
		keep(call, told, *token_r, about.expires_ms);
	return err;
}
