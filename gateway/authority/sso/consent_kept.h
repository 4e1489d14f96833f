/* consent_kept.h - private to consent.h and released.h: what the store and the audit know of a consent. */
#ifndef SPOM_AUTHORITY_SSO_CONSENT_KEPT_H
#define SPOM_AUTHORITY_SSO_CONSENT_KEPT_H
#include "authority/audit/audit.h"
#include "authority/sso/consent.h"

/* What a person has said, in the audit: of which service, and of which names. */
NODISCARD enum err consent_record(struct call *call, const struct msg_session_record *session,
    enum audit_event event, struct text service, struct text names);

/* Whether the person has taken back what was agreed to at that time. */
NODISCARD enum err consent_is_back(
    struct call *call, struct text person, struct text service, int64_t agreed, bool *back_r);

/* Ends what was given by the consent of that time, which counts as taken back from then on. */
NODISCARD enum err consent_end(struct call *call, struct text person, struct text service, int64_t agreed);

#endif
