/* naming.h - what a service is called on a page: in the page's language where its record has a name in it. */
#ifndef SPOM_AUTHORITY_SSO_NAMING_H
#define SPOM_AUTHORITY_SSO_NAMING_H
#include "authority/call/call.h"
#include "base/text.h"
#include "wire/wire.h"

/* The language of the page for which a message asks; the first one where it does not say. */
enum portal_language naming_of_call(const struct call *call);

/* The language of a page for somebody who is signed in: the session's, else that of the message. NULL: nobody is. */
enum portal_language naming_of_session(const struct call *call, const struct msg_session_record *session);

/* A person's language, as the directory has it: the first one of it that pages speak, whatever its weight, else otherwise. */
enum portal_language naming_of_person(struct text language, enum portal_language otherwise);

/* Borrowed from the record; about is absent where it says nothing. */
struct text naming_label(const struct msg_service_record *service, enum portal_language language);
struct text naming_about(const struct msg_service_record *service, enum portal_language language);

/* The first character of a name, borrowed: what stands in place of a logo. Small letters are taken for large ones by the page. */
struct text naming_initial(struct text label);

/* Where the portal has a service's logo, by which record it is, on the arena; absent: it has none, or memory is out. */
struct text naming_logo(struct text name, int64_t registered, bool has_logo, struct arena *arena);

/* Who signs in for a service's sake is told what that is called. */
enum err naming_on_service_named(struct call *call, const void *ask, struct wire_any *answer_r);
enum err naming_on_service_logo(struct call *call, const void *ask, struct wire_any *answer_r);

#endif
