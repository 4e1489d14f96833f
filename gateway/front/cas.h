/* cas.h - private to front: the answers of CAS to services (CAS Protocol 3.0, appendix A), as XML and as JSON. */
#ifndef SPOM_FRONT_CAS_H
#define SPOM_FRONT_CAS_H
#include <stdbool.h>
#include "text/out.h"
#include "wire/wire.h"

enum cas_format { CAS_XML, CAS_JSON };

/* Who it is; with attributes also those. In JSON each attribute of the person is a list. */
void cas_write_person(
    struct out *out, enum cas_format format, const struct msg_cas_person *person, bool attributes);

/* The ticket with which a proxy goes to another service. */
void cas_write_ticket(struct out *out, enum cas_format format, struct secret ticket);

/* Why there is no answer. of: "authentication" or "proxy". */
void cas_write_refused(
    struct out *out, enum cas_format format, const char *of, const struct msg_cas_refused *refused);

#endif
