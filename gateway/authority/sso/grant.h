/* grant.h - private to sso: codes, what they have given, access and refresh tokens, as they lie in the store.
 *
 * A code is taken once: who first puts its grant there and then takes the code away has it. Whoever shows it again ends the grant, and with
 * it every token that came of it (RFC 6749 section 4.1.2). So it is with refresh tokens, each of which is used once (RFC 9700 section
 * 4.14.2). Tokens are random and lie under their keyed hash: a copy of the store opens
 * nothing. */
#ifndef SPOM_AUTHORITY_SSO_GRANT_H
#define SPOM_AUTHORITY_SSO_GRANT_H
#include "authority/call/call.h"
#include "authority/store/store.h"

/* In which session, for which service, and by what that one knows the session (visits.h). */
struct grant_visit {
	const struct msg_session_record *session;
	const struct msg_service_record *service;
	struct text sid;
};

/* Makes a code of the record, whose expiry and epoch are filled in here, and notes the visit. *code_r is its only copy. */
NODISCARD enum err grant_code_new(struct call *call, const struct grant_visit *visit,
    const struct msg_code_record *record, struct secret *code_r);

/* The record of a code, which stays; *key_r names it. ERR_NOT_FOUND: no such code, or not any more: if it was used, and by
 * that client, its tokens are ended, and *replayed_r says so. */
NODISCARD enum err grant_code_look(struct call *call, struct secret code, struct text client_id,
    struct store_key *key_r, const struct msg_code_record **record_r, bool *replayed_r);

/* Takes a code whose record was looked at, for a grant that lasts until expires_ms at most. ERR_EXISTS: somebody else was faster, and his
 * tokens are ended by this. */
NODISCARD enum err grant_code_take(
    struct call *call, const struct store_key *key, const struct msg_code_record *record, int64_t expires_ms);

/* ERR_NOT_FOUND: what was made in that epoch of the store, and until then, is over, or may have been taken before (SECURITY 30). */
NODISCARD enum err grant_check_age(struct call *call, struct text of_epoch, int64_t expires_ms);

/* A code that was shown by who may not have it is worth nothing any more. */
void grant_code_burn(struct call *call, const struct store_key *key);

/* An access token of a grant, for that scope. jwt: what is made is its jti. *expires_ms_r: its end, with the grant at the latest. */
NODISCARD enum err grant_token_new(struct call *call, const struct msg_refresh_record *of, struct text scope,
    bool jwt, struct secret *token_r, int64_t *expires_ms_r);

/* A grant to a client itself, of nobody (RFC 6749 section 4.4): fills in where it lies, and until when. */
NODISCARD enum err grant_own_new(struct call *call, struct msg_refresh_record *of);

/* A refresh token of a grant, whose epoch is filled in here. */
NODISCARD enum err grant_refresh_new(
    struct call *call, const struct msg_refresh_record *of, struct secret *token_r);

/* The record of a service's refresh token, which stays. ERR_NOT_FOUND: it is none, or over, or another service's. */
NODISCARD enum err grant_refresh_look(struct call *call, struct secret token,
    const struct msg_service_record *service, const struct msg_refresh_record **record_r);

/* Uses one whose record was looked at. ERR_EXISTS: that was done before, and everything of its grant is ended by this. */
NODISCARD enum err grant_refresh_take(
    struct call *call, struct secret token, const struct msg_refresh_record *record);

/* What a live token opens, and the live session that it hangs on; NULL: the client's own. ERR_NOT_FOUND: it is none, or over. */
struct grant_opened {
	const struct msg_token_record *token;
	const struct msg_session_record *session;
};
NODISCARD enum err grant_token_open(struct call *call, struct secret token, struct grant_opened *opened_r);

/* Whether a token is that service's: not another's, and not of an earlier one with its name and client id. */
bool grant_token_is_of(const struct msg_token_record *token, const struct msg_service_record *service);

/* Ends a token of that client with all that its code has given (RFC 7009 section 2.1). Others are left alone. */
NODISCARD enum err grant_token_revoke(struct call *call, struct secret token, struct text client_id);

#endif
