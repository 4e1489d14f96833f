/* release.h - what a service is told of a person: one table for claims, SAML attributes and CAS attributes, so that all doors say the same.
 *
 * A service is told what its record names, one by one or by an entity category, and nothing else. */
#ifndef SPOM_AUTHORITY_SSO_RELEASE_H
#define SPOM_AUTHORITY_SSO_RELEASE_H
#include <stdbool.h>
#include "authority/call/call.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/text.h"
#include "wire/wire.h"

struct claims_wanted;
struct conf;

struct release {
	const char *name;     /* what the settings, people and their books call it */
	const char *as;       /* what OpenID Connect and CAS call it to this service */
	const char *saml;     /* the Name of the SAML attribute, a URI; NULL: it has none */
	const char *friendly; /* its FriendlyName */
	bool many;            /* a list, also when it has one value */
	const struct text *values;
	unsigned n_values; /* not 0 */
};

/* What the service is told of the session's person, of what is wanted; wanted NULL: all, for protocols that do not ask one by one. Rows
 * without a value are left out. On the arena. May ask the directory, as the person, and gives its errors. */
NODISCARD enum err release_load(struct call *call, const struct msg_service_record *service,
    const struct msg_session_record *session, const struct claims_wanted *wanted,
    const struct release **rows_r, unsigned *n_r);

/* The same, and notes it in the person's book (released.h), for who tells the service now. always: what it is told beside, a blank between two;
 * absent: nothing. */
NODISCARD enum err release_tell(struct call *call, const struct msg_service_record *service,
    const struct msg_session_record *session, const struct claims_wanted *wanted, struct text always,
    const struct release **rows_r, unsigned *n_r);

/* The text id of what people call it, on the arena; absent: it is of the settings' own, or memory is out. */
struct text release_text(struct text name, struct arena *arena);

/* What a row of a service's claims says: a claim, and under which other name it is told it. */
struct release_claim {
	struct text name;
	struct text as; /* absent: under its own */
};

struct release_claim release_claim(const struct msg_claim_row *row); /* borrowed */

/* Whether the service may be told that of anybody, whatever metadata of it say. */
bool release_may_have(const struct msg_service_record *service, const char *name);

/* What the service may be told under that name, borrowed; absent: nothing. */
struct text release_of(const struct msg_service_record *service, const char *as);

/* Whether two claims would be told under one name, or one under two, because another name was given to one of them. */
bool release_is_ambiguous(const struct conf *conf, const struct msg_service_record *service);

/* The same, and it has asked for it. */
bool release_may(const struct conf *conf, const struct msg_service_record *service,
    const struct claims_wanted *wanted, const char *name);

/* All that there is, one after the other, in an order that stays: NULL behind the last. *scope_r: by which clients ask for it. */
const char *release_at(const struct conf *conf, unsigned i, const char **scope_r);

bool release_is_known(const struct conf *conf, struct text name);

/* Whether there is an entity category of that name (category.def). */
bool release_is_category(struct text name);

/* Whether a service in it is told what its metadata require (as far as the settings go). */
bool release_category_asks(struct text name);

/* Whether that URI stands for it. */
bool release_category_is(struct text name, struct text uri);

#endif
