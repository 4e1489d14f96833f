/* factor.h - second factors: codes of authenticators (TOTP, RFC 6238) and recovery codes.
 *
 * The one place where a code is checked, whatever the door: budget first, then the code, then the ledger, then yes. */
#ifndef SPOM_AUTHORITY_FACTOR_FACTOR_H
#define SPOM_AUTHORITY_FACTOR_FACTOR_H
#include "authority/account/account.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/secret.h"
#include "wire/wire.h"

struct authority;
struct store_batch;

enum factor_outcome {   /* 0 proves nothing */
	FACTOR_REFUSED, /* wrong */
	FACTOR_USED,    /* right, but this step, or a later one, was accepted before, at whatever door */
	FACTOR_WAIT,    /* too many tries, or an epoch has just begun: wait_s says how long */
	FACTOR_RESTS,   /* 20 wrong ones in a day: rests until another factor or a recovery code is used */
	FACTOR_ACCEPTED,
};

struct factor_result {
	enum factor_outcome outcome;
	enum factor_kind kind; /* which kind it was, when accepted */
	struct id factor;      /* and which one; zero for recovery codes */
	bool counts;           /* as a second factor (SECURITY 14) */
	uint64_t wait_s;       /* with FACTOR_WAIT and FACTOR_USED: until the next code or try can count */
	unsigned wrong_today;  /* wrong tries since the last right one */
	bool begins_rest;      /* with this try a factor began to rest */
};

/* Checks a code of any of the person's authenticators, or a recovery code where may_recover. Counted before it is checked; that the tries
 * before a right one are forgotten is left for later. Errors of store and directory are never a yes. */
NODISCARD enum err factor_check(struct authority *authority, const struct account *account,
    struct secret code, bool may_recover, struct store_batch *later, struct factor_result *result_r);

/* Whether that is a code of this secret now (window of the settings), for the confirmation of a new authenticator; *step_r: which
 * step, for the ledger. */
bool factor_totp_matches(
    struct secret secret, struct secret code, int64_t now_ms, unsigned window, uint64_t *step_r);

/* Takes a step of a factor into the ledger. ERR_EXISTS: it is not after the last one; ERR_STALE: it may have been used in an epoch of the store
 * of which nothing is known, because the present one did not begin before before_ms. */
NODISCARD enum err factor_totp_spend(struct authority *authority, struct text person, const struct id *factor,
    uint64_t step, int64_t before_ms);

/* The last use of a factor, ms; 0: not known. */
NODISCARD enum err factor_last_used(
    struct authority *authority, struct text person, const struct msg_factor_record *factor, int64_t *used_r);

/* Seconds until one of the authenticators shows a code that no door has accepted yet; 0: one shows it now, or there is none. */
NODISCARD enum err factor_next_code(
    struct authority *authority, const struct account *account, uint64_t *wait_s_r);

/* Whether a factor rests (too many wrong codes). */
NODISCARD enum err factor_rests(
    struct authority *authority, struct text person, const struct msg_factor_record *factor, bool *rests_r);

/* A new shared secret: 160 random bits, as base32 on the arena. */
NODISCARD enum err factor_totp_new(struct arena *arena, struct secret *base32_r);

/* base32 to its bytes. ERR_MALFORMED. */
NODISCARD enum err factor_totp_bytes(struct secret base32, struct arena *arena, struct secret *bytes_r);

/* Ten recovery codes of 80 bits each as people type them (xxxx-xxxx-xxxx-xxxx), on the arena. */
NODISCARD enum err factor_recovery_new(struct arena *arena, struct secret *codes, unsigned n);

#endif
