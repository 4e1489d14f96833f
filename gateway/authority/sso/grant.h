/* grant.h - private to sso: codes, what they have given, access and refresh tokens, as they lie in the store.
 *
 * A code is taken once: who first puts its grant there and then takes the code away has it. Whoever shows it again ends the grant, and with
 * it every token that came of it (RFC 6749 section 4.1.2). So it is with refresh tokens, each of which is used once (RFC 9700 section
 * 4.14.2). Tokens are random and lie under their keyed hash: a copy of the store opens
 * nothing. */
#ifndef SPOM_AUTHORITY_SSO_GRANT_H
#define SPOM_AUTHORITY_SSO_GRANT_H
#include "authority/call/call.h"
#include "authority/store/batch.h"
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

/* A code that was shown by who may not have it is worth nothing any more. */
void grant_code_burn(struct call *call, const struct store_key *key);

/* --- giving ---------------------------------------------------------------------------------------------------------
 * What is used up and what is given for it are gathered, and written in one round trip. */

#define GRANT_NEEDED_MAX 4u

struct grant_giving {
	struct store_batch batch;
	const struct store_op *needed[GRANT_NEEDED_MAX]; /* each of them has to succeed */
	unsigned n;
	const struct store_op *live; /* NULL, or whether the grant of before is there still */
	bool once;                   /* something is used up that counts once, */
	struct store_key grant;      /* by a second use of which this ends */
};

/* Nothing is gathered yet. */
void grant_begin(struct call *call, struct grant_giving *giving);

/* Uses up a code whose record was looked at, for a grant that lasts until expires_ms at most. */
void grant_take_code(struct grant_giving *giving, const struct store_key *key,
    const struct msg_code_record *record, int64_t expires_ms);

/* Uses up a refresh token whose record was looked at. */
void grant_take_refresh(struct call *call, struct grant_giving *giving, struct secret token,
    const struct msg_refresh_record *record);

/* A grant to a client itself, of nobody (RFC 6749 section 4.4): fills in where it lies, and until when. */
NODISCARD enum err grant_put_own(
    struct call *call, struct grant_giving *giving, struct msg_refresh_record *of);

/* An access token of a grant, for that scope. jwt: what is made is its jti. *expires_ms_r: its end, with the grant at the latest. */
NODISCARD enum err grant_put_token(struct call *call, struct grant_giving *giving,
    const struct msg_refresh_record *of, struct text scope, bool jwt, struct secret *token_r,
    int64_t *expires_ms_r);

/* A refresh token of a grant, whose epoch is filled in here. */
NODISCARD enum err grant_put_refresh(struct call *call, struct grant_giving *giving,
    const struct msg_refresh_record *of, struct secret *token_r);

/* Writes it all. ERR_EXISTS: what counts once was used before, or at the same time by somebody faster, and everything that came of it is ended by
 * this; ERR_NOT_FOUND: the grant of a refresh token was ended meanwhile. Nobody may be told then what was gathered. */
NODISCARD enum err grant_give(struct call *call, struct grant_giving *giving);

/* --- tokens -------------------------------------------------------------------------------------------------------- */

/* The record of a service's refresh token, which stays. ERR_NOT_FOUND: it is none, or over, or another service's. */
NODISCARD enum err grant_refresh_look(struct call *call, struct secret token,
    const struct msg_service_record *service, const struct msg_refresh_record **record_r);

/* What a live token opens, and the live session that it hangs on; NULL: the client's own. */
struct grant_opened {
	const struct msg_token_record *token;
	const struct msg_session_record *session;
};

/* Step by step, also for who reads the store for many: while there are keys, what lies under them (at NULL where nothing does) is asked for by
 * the next step. ERR_NOT_FOUND: it is none, or over; that there was one is seen by opened.token. at_once: a step waits for nothing; ERR_BUSY: ask again
 * without it. */
#define GRANT_KEYS_MAX 2u
struct grant_opening {
	struct store_key keys[GRANT_KEYS_MAX];
	unsigned n; /* of keys; 0: it is open */
	unsigned step;
	bool at_once;
	struct grant_opened opened;
};
NODISCARD enum err grant_opening_begin(
    struct call *call, struct secret token, bool at_once, struct grant_opening *opening_r);
NODISCARD enum err grant_opening_go_on(
    struct call *call, struct grant_opening *opening, const struct bytes values[GRANT_KEYS_MAX]);
/* All steps that are left, reading for this one alone. */
NODISCARD enum err grant_opening_finish(struct call *call, struct grant_opening *opening);

/* Whether a token is that service's: not another's, and not of an earlier one with its name and client id. */
bool grant_token_is_of(const struct msg_token_record *token, const struct msg_service_record *service);

/* Ends a token of that client with all that its code has given (RFC 7009 section 2.1). Others are left alone: ERR_FORBIDDEN is one that is another's, OK also
 * none at all. */
NODISCARD enum err grant_token_revoke(struct call *call, struct secret token, struct text client_id);

#endif
