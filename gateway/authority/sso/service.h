/* service.h - what the record of a service may hold: one table of what can be wrong with it. */
#ifndef SPOM_AUTHORITY_SSO_SERVICE_H
#define SPOM_AUTHORITY_SSO_SERVICE_H
#include <stdbool.h>
#include "base/attr.h"
#include "wire/wire.h"

/* What a service can be told of a person: the places of release.def, and their names. */
enum release {
#define RELEASE(constant, name) constant,
#include "authority/sso/release.def"
#undef RELEASE
	RELEASE_COUNT_
};
const char *release_name(enum release release);

/* The text id of what is wrong with it first, or NULL. What the authority fills in may be absent. public_client: it keeps no secret. */
NODISCARD const char *service_fault(const struct msg_service_record *service, bool public_client);

#endif
