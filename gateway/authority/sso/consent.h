/* consent.h - the last step before a service is given something, for all doors: where its record says so, or the request, the person has to
 * agree to what it is told.
 *
 * Who has agreed is not asked again until more is to be told, or the person takes it back, or the service is registered anew. What was agreed
 * to is kept in the person's book (released.h): without it nobody is taken to have agreed. The question travels sealed in the page's form, and what
 * was answered comes back with the request, in a mark that holds for that request, person and names alone. */
#ifndef SPOM_AUTHORITY_SSO_CONSENT_H
#define SPOM_AUTHORITY_SSO_CONSENT_H
#include <stdbool.h>
#include <stdint.h>
#include "authority/call/call.h"
#include "authority/sso/asked.h"
#include "authority/store/store.h"
#include "base/attr.h"
#include "base/err.h"
#include "wire/wire.h"

struct claims_wanted;
struct store_batch;

struct consent {
	const struct msg_service_record *service;
	const struct msg_session_record *session;
	struct secret token;                /* of the session */
	const struct claims_wanted *wanted; /* NULL: all that it may have */
	struct text always;                 /* what it is told beside: CAS_TOLD, or absent */
	bool recognised;                    /* it is told a name by which it knows the person again */
	bool offline;                       /* it asks for refresh tokens */
	bool anew;                          /* the request wants it to be asked (prompt=consent) */
	struct asked_request request;
	struct text answered; /* the mark that came with the request; absent: none */
	struct text goes_on;  /* SAML: the mark of the request; absent: it comes again as it came */
};

enum consent_outcome {
	CONSENT_ASK,
	CONSENT_NO, /* the person has said it for this request */
	CONSENT_YES,
};

/* *agreed_r: since when the person agrees, where that is in the book; else 0. Errors of released.h, and ERR_CONFIG as consent_names. */
NODISCARD enum err consent_judge(
    struct call *call, const struct consent *consent, enum consent_outcome *outcome_r, int64_t *agreed_r);

/* Whether the person has agreed to all that a service may have, where it wants that, for whom nobody can be asked now: by a proxy, by
 * introspection. session: NULL for nobody. ERR_NOT_FOUND: not, or not any more. */
NODISCARD enum err consent_stands(
    struct call *call, const struct msg_service_record *service, const struct msg_session_record *session);

/* The page that asks. May ask the directory for the values, as the person, and gives its errors. */
NODISCARD enum err consent_ask(struct call *call, const struct consent *consent, struct wire_any *answer_r);

/* What such a page shows, for one that has a form of its own. */
NODISCARD enum err consent_tell(
    struct call *call, const struct consent *consent, const struct msg_consent_told **told_r);
/* The person has agreed there: recorded, and in the book. */
NODISCARD enum err consent_agree(struct call *call, const struct consent *consent, int64_t *agreed_r);

/* What is given by a consent ends with it. Whoever gives a code, or allows a device, notes beside it that the consent of that time stands, for as
 * long as the session lasts. agreed: as it was judged; of 0 nothing is noted. */
void consent_keep(struct call *call, struct store_batch *batch, const struct msg_session_record *session,
    struct text service, int64_t agreed);
/* Whether it stands still, by that note. ERR_NOT_FOUND: not. One of 0 cannot be taken back, and so always stands. */
NODISCARD enum err consent_check(struct call *call, struct text person, struct text service, int64_t agreed);

/* The same for who reads the store for many: which values tell, and what they tell (at NULL where there is none). agreed is not 0. */
#define CONSENT_KEYS 2u
NODISCARD enum err consent_keys(struct call *call, struct text person, struct text service, int64_t agreed,
    struct store_key keys[CONSENT_KEYS]);
NODISCARD enum err consent_check_values(
    struct call *call, const struct store_key keys[CONSENT_KEYS], const struct bytes values[CONSENT_KEYS]);

/* What the session's person has answered to the question of a page, recorded. *mark_r goes on with the request. ERR_STALE: the question is none of ours,
 * too old, of another person, or of a service that is no more what it was. */
NODISCARD enum err consent_answer(struct call *call, const struct msg_session_record *session,
    struct text question, bool agrees, struct text *mark_r);

/* Takes back what the person has agreed to, of a service by its name, and ends what was given by it. OK as well: there was nothing to take back. */
NODISCARD enum err consent_withdraw(
    struct call *call, const struct msg_session_record *session, struct text service);

#endif
