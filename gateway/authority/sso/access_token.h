/* access_token.h - private to sso: access tokens that are JWT (RFC 9068), for services that read them by themselves. What they open here hangs on their
 * record in the store as with any other; who reads them without asking goes by their end. */
#ifndef SPOM_AUTHORITY_SSO_ACCESS_TOKEN_H
#define SPOM_AUTHORITY_SSO_ACCESS_TOKEN_H
#include "authority/call/call.h"

struct access_token {
	const struct msg_service_record *service;
	const struct msg_session_record *session; /* NULL: the client's own */
	const struct msg_refresh_record *of;      /* on what it rests */
	struct text scope;
	struct secret id; /* the jti, under which its record lies */
	int64_t expires_ms;
};

/* Signs one. Errors of signing.h. */
NODISCARD enum err access_token_sign(
    struct call *call, const struct access_token *token, struct secret *signed_r);

/* The jti of one that we have signed. ERR_NOT_FOUND: it is none; else errors of signing.h. */
NODISCARD enum err access_token_read(struct call *call, struct secret token, struct secret *id_r);

/* Whether it could be one: others have no dot. */
bool access_token_is_jwt(struct secret token);

#endif
