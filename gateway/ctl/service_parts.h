/* service_parts.h - private to the commands about services: a record from what was typed, and for people. */
#ifndef SPOM_CTL_SERVICE_PARTS_H
#define SPOM_CTL_SERVICE_PARTS_H
#include "ctl/ctl.h"
#include "wire/wire.h"

/* Fills what the options say, on the arena. NULL, or what is wrong with one of them (a literal). */
NODISCARD const char *service_fill(
    const struct ctl *ctl, struct msg_service_record *service, struct arena *arena);

/* Prints what service add would register by the options alone, and asks nobody. */
enum ctl_exit service_plan(const struct ctl *ctl);

/* Prints for people what is registered, and what a service's metadata say of it. */
void service_show_record(const struct msg_service_record *service, bool public_client);
void service_show_saml(const struct msg_saml_record *saml);

/* The keys with which it signs who it is. */
void service_show_keys(const struct msg_service_record *service);

#endif
