/* service.h - what the record of a service may hold: one table of what can be wrong with it. */
#ifndef SPOM_AUTHORITY_SSO_SERVICE_H
#define SPOM_AUTHORITY_SSO_SERVICE_H
#include <stdbool.h>
#include "base/attr.h"
#include "wire/wire.h"

struct conf;

/* The text id of what is wrong with it first, or NULL. What the authority fills in may be absent. public_client: it keeps no secret. */
NODISCARD const char *service_fault(
    const struct conf *conf, const struct msg_service_record *service, bool public_client);

/* The same of what it is told, and under which names. For service_fault alone. */
NODISCARD const char *service_claims_fault(const struct conf *conf, const struct msg_service_record *service);

/* The same of what people are shown of it beside its name: names in languages, a logo. For service_fault alone. */
NODISCARD const char *service_shown_fault(const struct msg_service_record *service);

#endif
