/* self.h - the pages of a signed-in person. Each handler begins with self_session: who asks, and may he.
 *
 * Whatever is read or changed belongs to the session's person: no message of this folder names one. */
#ifndef SPOM_AUTHORITY_SELF_SELF_H
#define SPOM_AUTHORITY_SELF_SELF_H
#include "authority/audit/audit.h"
#include "authority/call/call.h"
#include "authority/directory/directory.h"

struct conf;

/* Loads the session of a request. ERR_NOT_FOUND: nobody is signed in. */
NODISCARD enum err self_session(
    struct call *call, struct secret token, const struct msg_session_record **session_r);

/* The same for what changes something: the form's value must be this session's, and no newer token may have taken its place.
 * ERR_STALE: it is not, or one has. */
NODISCARD enum err self_session_of_form(
    struct call *call, struct secret token, struct secret csrf, const struct msg_session_record **session_r);

/* What every page shows beside its own matter; NULL when memory is out. */
const struct msg_frame *self_frame(
    struct call *call, struct secret token, const struct msg_session_record *session);

/* The session's person in the directory. Who has left it is signed in no more, here and at every other door: ERR_NOT_FOUND. */
NODISCARD enum err self_person(struct call *call, struct secret token,
    const struct msg_session_record *session, struct person *person_r);

/* Something that a person did here. */
struct self_event {
	enum audit_event audit;
	const char *activity; /* a text id for the person's own page; NULL: not shown there */
	struct text object;   /* for the audit */
	struct text reason;
};

/* Records it before it is done. ERR_AUDIT: it cannot be recorded, so it must not be done. */
NODISCARD enum err self_record(
    struct call *call, const struct msg_session_record *session, const struct self_event *event);

/* Shows it on the person's own page, once it is done. */
void self_show(struct call *call, const struct msg_session_record *session, const struct self_event *event);

/* The answer that something was done. */
struct wire_any self_done(struct call *call, const char *text);

/* The answer that one thing, in one field of the form, cannot be taken. */
struct wire_any self_problem(struct call *call, const char *field, const char *text);

/* The operator's word for the network of an address; absent when there is none. Borrowed from the settings. */
struct text self_place(const struct conf *conf, struct text address);

/* The longest beginning of at most max bytes that does not cut a character. */
struct text self_shorten(struct text value, size_t max);

/* What a page can show: text, not empty, without control characters but the ends of lines. */
bool self_is_showable(struct text value);

enum err self_on_home(struct call *call, const void *ask, struct wire_any *answer_r);
enum err self_on_consent_answer(struct call *call, const void *ask, struct wire_any *answer_r);
enum err self_on_consent_withdraw(struct call *call, const void *ask, struct wire_any *answer_r);
enum err self_on_services(struct call *call, const void *ask, struct wire_any *answer_r);
enum err self_on_logout(struct call *call, const void *ask, struct wire_any *answer_r);
enum err self_on_profile(struct call *call, const void *ask, struct wire_any *answer_r);
enum err self_on_profile_save(struct call *call, const void *ask, struct wire_any *answer_r);
enum err self_on_photo(struct call *call, const void *ask, struct wire_any *answer_r);
enum err self_on_session_list(struct call *call, const void *ask, struct wire_any *answer_r);
enum err self_on_session_end(struct call *call, const void *ask, struct wire_any *answer_r);
enum err self_on_session_end_others(struct call *call, const void *ask, struct wire_any *answer_r);
enum err self_on_activity(struct call *call, const void *ask, struct wire_any *answer_r);
enum err self_on_security(struct call *call, const void *ask, struct wire_any *answer_r);
enum err self_on_factor_add(struct call *call, const void *ask, struct wire_any *answer_r);
enum err self_on_factor_rename(struct call *call, const void *ask, struct wire_any *answer_r);
enum err self_on_factor_remove(struct call *call, const void *ask, struct wire_any *answer_r);
enum err self_on_recovery_new(struct call *call, const void *ask, struct wire_any *answer_r);
enum err self_on_undo_since(struct call *call, const void *ask, struct wire_any *answer_r);

#endif
