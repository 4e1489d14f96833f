/* claims.h - what a service is told of a person: the subject's name, the claims of the scopes, and how the person was proved. One place, so that
 * ID tokens, the UserInfo endpoint and introspection never say different things. */
#ifndef SPOM_AUTHORITY_SSO_CLAIMS_H
#define SPOM_AUTHORITY_SSO_CLAIMS_H
#include <stdbool.h>
#include <stdint.h>
#include "authority/call/call.h"
#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/text.h"
#include "wire/wire.h"

struct conf;

/* Whether there is a claim of that name, by claims.def or [claim NAME] of the settings. */
bool claims_is_known(const struct conf *conf, struct text name);

/* The scopes and claims that there are, as JSON arrays on the arena; absent when memory is out. */
struct text claims_scopes_json(const struct conf *conf, struct arena *arena);
struct text claims_names_json(const struct conf *conf, struct arena *arena);

/* The scope by which a client asks for refresh tokens (OpenID Connect Core 11). */
#define CLAIMS_OFFLINE "offline_access"

/* Those of the words of a scope that we know and the service may have, in our order, on the arena; absent when memory is out. */
struct text claims_scope(const struct conf *conf, const struct msg_service_record *service,
    struct text wanted, struct arena *arena);

/* Whether each of the words stands among those others. */
bool claims_scope_within(struct text words, struct text all);

/* Whether a service may be told that claim of claims.def, and has asked for its scope. */
bool claims_may_tell(const struct msg_service_record *service, struct text scope, const char *name);

/* Whether a word stands in a list of words with one blank between two. */
bool claims_has_word(struct text words, const char *word);

/* The acr of a level; NULL: nothing is proved. */
const char *claims_acr(enum session_level level);

/* Under which name a service knows a person (OpenID Connect Core 8): for ever the same, and where it is pairwise another one in each
 * sector. On the arena; absent when memory is out. */
struct text claims_subject(struct call *call, const struct msg_service_record *service, struct text person);

/* What an ID token says beside the claims of the session. */
struct claims_id_token {
	struct text nonce;   /* absent: the request had none */
	struct text at_hash; /* of the access token */
	struct text sid;     /* absent: the service is not told of the session's end */
	int64_t proved_ms;
	int64_t now_ms;
	int64_t expires_ms;
};

/* The payload of an ID token (OpenID Connect Core 2), on the arena. */
NODISCARD enum err claims_id_token(struct call *call, const struct msg_service_record *service,
    const struct msg_session_record *session, const struct claims_id_token *about, struct text *json_r);

/* The UserInfo response (OpenID Connect Core 5.3.2): sub, and of the claims of the scope those that the service may have. May ask the
 * directory, whose errors it gives. */
NODISCARD enum err claims_userinfo(struct call *call, const struct msg_service_record *service,
    const struct msg_session_record *session, struct text scope, struct text *json_r);

#endif
