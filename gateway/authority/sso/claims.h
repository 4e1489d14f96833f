/* claims.h - what a service is told of a person: the subject's name, the claims of the scopes, and how the person was proved. One place, so that
 * ID tokens, the UserInfo endpoint and introspection never say different things. */
#ifndef SPOM_AUTHORITY_SSO_CLAIMS_H
#define SPOM_AUTHORITY_SSO_CLAIMS_H
#include <stdbool.h>
#include <stdint.h>
#include "authority/call/call.h"
#include "authority/keys/keys.h"
#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/text.h"
#include "wire/wire.h"

struct conf;

/* The scopes, claims and names of levels that there are, as JSON arrays on the arena; absent when memory is out. */
struct text claims_scopes_json(const struct conf *conf, struct arena *arena);
struct text claims_names_json(const struct conf *conf, struct arena *arena);
struct text claims_acrs_json(const struct conf *conf, struct arena *arena);

/* The scope of OpenID Connect: without it there is no ID token, and no UserInfo. */
#define CLAIMS_OPENID "openid"

/* The scope by which a client asks for refresh tokens (OpenID Connect Core 11). */
#define CLAIMS_OFFLINE "offline_access"

/* Those of the words of a scope that we know and the service may have, in our order, on the arena; absent when memory is out. Without openid nobody
 * is told of a person (OAuth 2.0 alone): the words that are registered with the service count then, and of those which are absent all. */
struct text claims_scope(const struct conf *conf, const struct msg_service_record *service,
    struct text wanted, struct arena *arena);

/* What a client is told whose request has nothing of that. */
#define CLAIMS_NO_SCOPE "scope names openid, or what is registered for the client"

/* All words that are registered with a service; absent when memory is out. */
struct text claims_own_scope(const struct msg_service_record *service, struct arena *arena);

/* Whether a service gets refresh tokens for a scope that it was granted: OAuth 2.0 alone knows no word by which to ask. */
bool claims_may_refresh(const struct msg_service_record *service, struct text scope);

/* Whether a scope is one of ours. */
bool claims_scope_is_ours(const struct conf *conf, struct text word);

/* Whether each of the words stands among those others. */
bool claims_scope_within(struct text words, struct text all);

/* Whether a word stands in a list of words with one blank between two. */
bool claims_has_word(struct text words, const char *word);

/* Under which name a service knows a person (OpenID Connect Core 8): for ever the same, and where it is pairwise another one in each
 * sector. On the arena; absent when memory is out. */
struct text claims_subject(struct call *call, const struct msg_service_record *service, struct text person);

/* The sector in which a service's pairwise names hold. */
struct text claims_sector(const struct msg_service_record *service);

/* What such names are made of; an absent or empty sector: the person's public one. False: one of the two is too long. */
bool claims_subject_hash(
    struct authority *authority, struct text sector, struct text person, uint8_t hash[KEYS_HASH_SIZE]);

/* What an ID token says beside the claims of the session. */
struct claims_id_token {
	struct text nonce;   /* absent: the request had none */
	struct text at_hash; /* of the access token */
	struct text names;   /* of claims of the person, that were asked for by name */
	struct text acr;     /* the name by which the level was wished for; absent: our own */
	struct text sid;     /* absent: the service is not told of the session's end */
	int64_t proved_ms;
	int64_t now_ms;
	int64_t expires_ms;
};

/* The payload of an ID token (OpenID Connect Core 2), on the arena. May ask the directory, whose errors it gives. */
NODISCARD enum err claims_id_token(struct call *call, const struct msg_service_record *service,
    const struct msg_session_record *session, const struct claims_id_token *about, struct text *json_r);

/* How, and when, somebody was proved: acr (absent: our own name for the session's level), amr, auth_time. json is one of jansson's. */
struct json_t;
void claims_put_proof(
    struct json_t *json, const struct msg_session_record *session, struct text acr, int64_t proved_ms);

/* What is asked for of a person: the claims of scopes, and claims by name (OpenID Connect Core 5.4, 5.5); both with a blank between two. */
struct claims_wanted {
	struct text scope, names;
};

/* The UserInfo response (OpenID Connect Core 5.3.2): sub, and of the claims that are wanted those that the service may have. May ask the
 * directory, whose errors it gives. */
NODISCARD enum err claims_userinfo(struct call *call, const struct msg_service_record *service,
    const struct msg_session_record *session, const struct claims_wanted *wanted, struct text *json_r);

/* The payload of what an application behind forward-auth is told beside its header fields (edge/forward_token.h). The subject is a person's
 * public name. */
struct claims_forward {
	struct text audience; /* the application's origin */
	int64_t now_ms, expires_ms;
};
NODISCARD enum err claims_forward(struct call *call, const struct msg_session_record *session,
    const struct claims_forward *about, struct text *json_r);

#endif
