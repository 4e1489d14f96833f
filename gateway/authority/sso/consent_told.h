/* consent_told.h - private to consent.h: which names a service would be told, and with what values. */
#ifndef SPOM_AUTHORITY_SSO_CONSENT_TOLD_H
#define SPOM_AUTHORITY_SSO_CONSENT_TOLD_H
#include "authority/sso/consent.h"

/* The names with a blank between two, whether the person has a value or not, so that nobody is asked again for a new telephone number;
 * offline_access among them where it is asked for. On the arena. ERR_CONFIG: they are more than can be shown and remembered, so nobody can agree
 * to them (logged). */
NODISCARD enum err consent_names(struct call *call, const struct consent *consent, struct text *names_r);

#endif
