/* operator.h - private to admin: who asks, and what that person may do.
 *
 * Operators are people of the directory, known by the uid at the other end of the socket, and members of the group in the settings. The
 * system's administrator may look; everything else only with break_glass, which is recorded and logged as an error. */
#ifndef SPOM_AUTHORITY_ADMIN_OPERATOR_H
#define SPOM_AUTHORITY_ADMIN_OPERATOR_H
#include "authority/account/account.h"
#include "authority/audit/audit.h"
#include "authority/authority.h"
#include "authority/call/call.h"
#include "authority/directory/directory.h"
#include "authority/outbox/outbox.h"

/* What an ask does, and so what it takes. */
enum operator_verb {
	OPERATOR_OPENS,  /* a door: a code and a reason */
	OPERATOR_CLOSES, /* a reason */
	OPERATOR_LOOKS,
};

struct asker {
	bool administrator; /* of the system: not a person of the directory */
	bool may_act;       /* has a factor that counts */
	struct person person;
	struct text actor; /* for the audit: the immutable id, or "console" */
	struct text reason;
};

/* Carries out one message of an operator who may. Errors: ERR_NOT_FOUND, no such person or thing; ERR_CLOSED, it could not be recorded; else as
 * the functions behind it. */
typedef enum err admin_run(
    struct call *call, const struct asker *who, const void *ask, struct wire_any *answer_r);
admin_run admin_who, admin_person_show, admin_open_enrolment, admin_sessions, admin_session_end,
    admin_distrust_find, admin_distrust, admin_factors, admin_factor_remove, admin_key_list, admin_key_backup,
    admin_key_rotate, admin_reload, admin_directory_test, admin_audit_read, admin_audit_verify,
    admin_service_add, admin_service_list, admin_service_show, admin_service_remove, admin_service_test,
    admin_saml_read, admin_jwks_read, admin_metadata_show, admin_signing_keys, admin_signing_rotate;

/* The text id of what is wrong with an ask, or NULL: looked at before a code is spent on it. */
typedef const char *admin_fault(struct call *call, const void *ask);
admin_fault admin_service_fault, admin_signing_fault;

/* Who asks, and whether that is allowed. OK with answer_r->msg set: it is not, and that is the answer (recorded). */
NODISCARD enum err operator_admit(struct call *call, const struct msg_operator *claims,
    enum operator_verb verb, struct asker *who_r, struct wire_any *answer_r);

/* Answers with a refusal; text is a text id. */
enum err admin_refuse(
    struct call *call, enum refusal reason, const char *text, uint64_t retry_s, struct wire_any *answer_r);

/* Records what the operator does to a person (NULL: nobody), before it is done. ERR_CLOSED: it could not be. */
NODISCARD enum err admin_record(struct call *call, const struct asker *who, enum audit_event event,
    const struct person *person, struct text object);

/* The same for a look, which is not refused for it. object: what was looked at. */
void admin_looked(
    struct call *call, const struct asker *who, const struct person *person, struct text object);

/* Writes to the person what an operator has done; object (may be absent) and count are the mail's. That it cannot be queued is logged. */
void admin_mail(
    struct call *call, const struct person *person, enum mail_kind kind, struct text object, uint64_t count);

/* The person of a user name or an immutable id. */
NODISCARD enum err admin_person(struct call *call, struct text named, struct person *person_r);

/* Answers with what was done. */
enum err admin_acted(struct call *call, const char *text, const struct person *person, uint64_t count,
    int64_t until_ms, struct wire_any *answer_r);

/* The factors of an account as rows. */
NODISCARD enum err admin_factor_rows(
    struct call *call, const struct account *account, const struct msg_factor_row **rows_r);

/* A registered service, on the arena; errors of shelf_load, a name that is none being ERR_NOT_FOUND. */
NODISCARD enum err admin_load_service(
    struct call *call, struct text name, const struct msg_service_record **service_r);

/* The same by its name, or by the entityID of a service of SAML, where a feed may know it as well; the errors of registry_entity. */
NODISCARD enum err admin_find_service(
    struct call *call, struct text name, const struct msg_service_record **service_r);

/* What that said, where it gave none, to the operator. */
enum err admin_no_service(struct call *call, enum err err, struct wire_any *answer_r);

#endif
