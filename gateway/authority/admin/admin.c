#include "authority/admin/admin.h"
#include "authority/admin/operator.h"
#include "log/log.h"

struct row {
	unsigned tag;
	enum operator_verb verb;
	admin_run *run;
	bool mails;         /* the person whom it is about */
	admin_fault *fault; /* NULL: nothing can be wrong with it */
};

static const struct row ROWS[] = {
	{ TAG_who_am_i, OPERATOR_LOOKS, admin_who, false, NULL },
	{ TAG_person_show, OPERATOR_LOOKS, admin_person_show, false, NULL },
	{ TAG_person_open_enrolment, OPERATOR_OPENS, admin_open_enrolment, true, NULL },
	{ TAG_operator_sessions, OPERATOR_LOOKS, admin_sessions, false, NULL },
	{ TAG_operator_session_end, OPERATOR_CLOSES, admin_session_end, true, NULL },
	{ TAG_distrust_find, OPERATOR_CLOSES, admin_distrust_find, false, NULL },
	{ TAG_session_distrust, OPERATOR_CLOSES, admin_distrust, true, NULL },
	{ TAG_operator_factors, OPERATOR_LOOKS, admin_factors, false, NULL },
	{ TAG_operator_factor_remove, OPERATOR_OPENS, admin_factor_remove, true, NULL },
	{ TAG_key_list, OPERATOR_LOOKS, admin_key_list, false, NULL },
	{ TAG_key_backup, OPERATOR_OPENS, admin_key_backup, false, NULL },
	{ TAG_key_rotate, OPERATOR_OPENS, admin_key_rotate, false, NULL },
	{ TAG_service_add, OPERATOR_OPENS, admin_service_add, false, admin_service_fault },
	{ TAG_saml_read, OPERATOR_LOOKS, admin_saml_read, false, NULL },
	{ TAG_jwks_read, OPERATOR_LOOKS, admin_jwks_read, false, NULL },
	{ TAG_service_list, OPERATOR_LOOKS, admin_service_list, false, NULL },
	{ TAG_service_show, OPERATOR_LOOKS, admin_service_show, false, NULL },
	{ TAG_service_remove, OPERATOR_CLOSES, admin_service_remove, false, NULL },
	{ TAG_service_test, OPERATOR_LOOKS, admin_service_test, false, NULL },
	{ TAG_metadata_show, OPERATOR_LOOKS, admin_metadata_show, false, NULL },
	{ TAG_signing_keys, OPERATOR_LOOKS, admin_signing_keys, false, NULL },
	{ TAG_signing_rotate, OPERATOR_OPENS, admin_signing_rotate, false, admin_signing_fault },
	{ TAG_config_reload, OPERATOR_LOOKS, admin_reload, false, NULL },
	{ TAG_directory_test, OPERATOR_LOOKS, admin_directory_test, false, NULL },
	{ TAG_audit_read, OPERATOR_LOOKS, admin_audit_read, false, NULL },
	{ TAG_audit_verify, OPERATOR_LOOKS, admin_audit_verify, false, NULL },
};

static const struct row *row_of(unsigned tag)
{
	for (size_t i = 0; i < COUNT(ROWS); i++)
		if (ROWS[i].tag == tag)
			return &ROWS[i];
	return NULL;
}

enum err admin_refuse(
    struct call *call, enum refusal reason, const char *text, uint64_t retry_s, struct wire_any *answer_r)
{
	struct msg_refused *refused = arena_alloc(&call->arena, sizeof *refused);
	if (refused == NULL)
		return ERR_NO_MEMORY;
	*refused = (struct msg_refused){ .reason = reason, .text = text_of(text), .retry_s = retry_s };
	*answer_r = WIRE(refused, refused);
	return OK;
}

/* What an error means to an operator. */
static enum err refuse_by(struct call *call, enum err err, struct wire_any *answer_r)
{
	switch (err) {
	case ERR_NOT_FOUND:
		return admin_refuse(call, REFUSAL_NOT_FOUND, "operator_not_found", 0, answer_r);
	case ERR_CLOSED:
		return admin_refuse(call, REFUSAL_AUDIT, "audit_paused", 0, answer_r);
	case ERR_UNREACHABLE:
	case ERR_TIMEOUT:
		return admin_refuse(call, REFUSAL_DIRECTORY, "operator_unreachable", 0, answer_r);
	case ERR_CONFIG:
		return admin_refuse(call, REFUSAL_INTERNAL, "operator_settings", 0, answer_r);
	default:
		return err;
	}
}

/* What opens a door is not done behind the person's back. What closes one does not wait for a mail, nor does who has broken the glass. */
static bool may_be_told(struct call *call, const struct row *row, const struct asker *who)
{
	bool must = row->mails && row->verb == OPERATOR_OPENS && !who->administrator;
	return !must || outbox_takes(call->authority);
}

/* Who may look learns what is wrong with the ask before anything more is demanded. */
static enum err look_first(struct call *call, const struct row *row, const struct msg_operator *claims,
    const void *ask, struct wire_any *answer_r)
{
	struct asker who;
	enum err err = operator_admit(call, claims, OPERATOR_LOOKS, &who, answer_r);
	if (err != OK || answer_r->msg != NULL)
		return err;
	const char *fault = row->fault(call, ask);
	return fault != NULL ? admin_refuse(call, REFUSAL_MALFORMED, fault, 0, answer_r) : OK;
}

enum err admin_on(struct call *call, const void *ask, struct wire_any *answer_r)
{
	/* the first field of each of these messages */
	const struct msg_operator *claims = *(const struct msg_operator *const *)ask;
	const struct row *row = row_of(call->ask.msg->tag);
	struct asker who = { .administrator = false };
	if (row == NULL)
		return ERR_INTERNAL;
	*answer_r = (struct wire_any){ NULL, NULL };
	enum err err = row->fault != NULL ? look_first(call, row, claims, ask, answer_r) : OK;
	if (err == OK && answer_r->msg == NULL)
		err = operator_admit(call, claims, row->verb, &who, answer_r);
	if (err == OK && answer_r->msg != NULL)
		return OK;
	if (err == OK && !may_be_told(call, row, &who))
		return admin_refuse(call, REFUSAL_MAIL, "mail_paused", 0, answer_r);
	if (err == OK)
		err = row->run(call, &who, ask, answer_r);
	if (err != OK)
		log_line(LOG_LEVEL_WARNING, "operator_ask_failed", call->frame.trace,
		    LOG_STR("message", call->ask.msg->name), LOG_NUMBER("uid", call->uid),
		    LOG_STR("reason", err_text(err)));
	return err != OK ? refuse_by(call, err, answer_r) : OK;
}

enum err admin_acted(struct call *call, const char *text, const struct person *person, uint64_t count,
    int64_t until_ms, struct wire_any *answer_r)
{
	struct msg_acted *acted = arena_alloc(&call->arena, sizeof *acted);
	if (acted == NULL)
		return ERR_NO_MEMORY;
	*acted = (struct msg_acted){ .text = text_of(text), .count = count, .until = until_ms };
	if (person != NULL) {
		acted->person = person->id;
		acted->user = person->user;
		acted->name = person->name;
	}
	*answer_r = WIRE(acted, acted);
	return OK;
}

enum err admin_record(struct call *call, const struct asker *who, enum audit_event event,
    const struct person *person, struct text object)
{
	struct audit_entry entry = {
		.event = event,
		.trace = call->frame.trace,
		.actor = who->actor,
		.door = TEXT_LITERAL("admin"),
		.object = object,
		.reason = who->reason,
	};
	if (person != NULL) {
		entry.person = person->id;
		entry.user = person->user;
	}
	log_line(LOG_LEVEL_INFO, audit_event_text(event), call->frame.trace, LOG_TEXT("actor", who->actor),
	    LOG_TEXT("user", entry.user), LOG_TEXT("object", object), LOG_TEXT("reason", who->reason));
	return audit_record(call->authority, &entry) == OK ? OK : ERR_CLOSED;
}

void admin_mail(
    struct call *call, const struct person *person, enum mail_kind kind, struct text object, uint64_t count)
{
	const struct mail mail = {
		.kind = kind,
		.trace = call->frame.trace,
		.person = person->id,
		.name = person->name,
		.to = person->mail,
		.language = person->language,
		.object = object,
		.door = TEXT_LITERAL("admin"),
		.count = count,
	};
	if (outbox_post(call->authority, &mail) != OK)
		log_line(
		    LOG_LEVEL_WARNING, "mail_not_queued", call->frame.trace, LOG_TEXT("person", person->id));
}

void admin_looked(struct call *call, const struct asker *who, const struct person *person, struct text object)
{
	if (admin_record(call, who, AUDIT_OPERATOR_LOOKED, person, object) != OK)
		log_line(LOG_LEVEL_WARNING, "look_not_recorded", call->frame.trace);
}

enum err admin_person(struct call *call, struct text named, struct person *person_r)
{
	struct directory *directory = call->authority->directory;
	enum err err = directory_find(directory, named, DIRECTORY_NAMES_UID, &call->arena, person_r);
	if (err == ERR_NOT_FOUND || err == ERR_MALFORMED)
		err = directory_find_id(directory, named, &call->arena, person_r);
	return err == ERR_MALFORMED ? ERR_NOT_FOUND : err;
}

enum err admin_who(struct call *call, const struct asker *who, const void *ask, struct wire_any *answer_r)
{
	(void)ask;
	struct msg_operator_is *is = arena_alloc(&call->arena, sizeof *is);
	if (is == NULL)
		return ERR_NO_MEMORY;
	*is = (struct msg_operator_is){
		.uid = call->uid,
		.administrator = who->administrator,
		.person = who->person.id,
		.user = who->person.user,
		.name = who->person.name,
		.may_look = true,
		.may_act = who->may_act,
	};
	*answer_r = WIRE(operator_is, is);
	return OK;
}
