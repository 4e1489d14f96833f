#include "authority/login/tell.h"
#include "authority/audit/audit.h"
#include "authority/report/metrics.h"
#include "authority/session/activity.h"
#include "log/log.h"

/* What is recorded, counted and shown of an event; what is absent is not. */
static const struct {
	bool is_recorded;
	enum audit_event audit;
	bool is_counted;
	enum metric metric;
	const char *activity; /* a text id */
	bool failed;
} EVENTS[EVENT_COUNT_] = {
	[EVENT_DENIED] = { true, AUDIT_LOGIN_DENIED, true, METRIC_LOGINS_DENIED, "activity_denied", true },
	[EVENT_PASSWORD_WRONG] = { true, AUDIT_PASSWORD_REFUSED, true, METRIC_LOGINS_PASSWORD,
	    "activity_wrong_password", true },
	[EVENT_PASSWORD_CHANGED] = { true, AUDIT_PASSWORD_CHANGED, false, 0, "activity_password_changed",
	    false },
	[EVENT_THROTTLED] = { true, AUDIT_LOGIN_DENIED, true, METRIC_LOGINS_THROTTLED, NULL, true },
	[EVENT_UNAVAILABLE] = { false, 0, true, METRIC_LOGINS_UNAVAILABLE, NULL, true },
	[EVENT_CODE_WRONG] = { true, AUDIT_CODE_REFUSED, true, METRIC_LOGINS_CODE, "activity_wrong_code",
	    true },
	[EVENT_CODE_REPLAYED] = { true, AUDIT_CODE_REPLAYED, true, METRIC_LOGINS_REPLAY,
	    "activity_code_replayed", true },
	[EVENT_FACTOR_RESTS] = { true, AUDIT_FACTOR_RESTS, false, 0, "activity_factor_rests", true },
	[EVENT_RECOVERY_USED] = { true, AUDIT_RECOVERY_USED, false, 0, "activity_recovery_used", false },
	[EVENT_SIGNED_IN] = { true, AUDIT_SIGNED_IN, true, METRIC_LOGINS_OK, "activity_signed_in", false },
	[EVENT_FACTOR_ADDED] = { true, AUDIT_FACTOR_ADDED, false, 0, "activity_factor_added", false },
	[EVENT_FACTOR_RENAMED] = { true, AUDIT_FACTOR_RENAMED, false, 0, "activity_factor_renamed", false },
	[EVENT_FACTOR_REMOVED] = { true, AUDIT_FACTOR_REMOVED, false, 0, "activity_factor_removed", false },
	[EVENT_RECOVERY_MADE] = { true, AUDIT_RECOVERY_MADE, false, 0, "activity_recovery_made", false },
	[EVENT_UNDONE] = { true, AUDIT_UNDONE, false, 0, "activity_undone", false },
	[EVENT_STEPPED_UP] = { true, AUDIT_STEPPED_UP, false, 0, "activity_stepped_up", false },
};

static struct teller teller_of(struct call *call, const struct login *login)
{
	return (struct teller){
		.call = call,
		.record = &login->record,
		.door = login_is_web(login) ? TEXT_LITERAL("web") : login->service,
		.user = login->typed,
	};
}

/* Whose page it is shown on. A wrong password for a name that nobody has is noted all the same, on a page that nobody reads: whoever
 * measures how long the refusal takes does not learn which names there are. */
static struct text reader_of(const struct teller *teller, enum login_event event)
{
	if (text_is_empty(teller->record->person) && event == EVENT_PASSWORD_WRONG)
		return TEXT_LITERAL(" "); /* no person's id */
	return teller->record->person;
}

static void show_to_person(const struct teller *teller, enum login_event event, struct text label)
{
	const struct msg_login_record *record = teller->record;
	struct text reader = reader_of(teller, event);
	if (EVENTS[event].activity == NULL || text_is_empty(reader))
		return;
	const struct msg_activity_row row = {
		.event = text_of(EVENTS[event].activity),
		.door = teller->door,
		.address = record->address,
		.browser = record->browser,
		.object = label,
		.failed = EVENTS[event].failed,
	};
	activity_note(teller->call->authority, reader, &row, teller->call->later);
}

/* The object of a sign-in, of one that failed as well, is the front that it passed: who stops trusting one asks for that. */
enum err tell(const struct teller *teller, enum login_event event, struct tell what)
{
	const struct msg_login_record *record = teller->record;
	if (EVENTS[event].is_counted)
		metric_add(EVENTS[event].metric);
	const struct audit_entry entry = {
		.event = EVENTS[event].audit,
		.trace = teller->call->frame.trace,
		.person = record->person,
		.user = record->user.at != NULL ? record->user : teller->user,
		.door = teller->door,
		.address = record->address,
		.object = what.object.at == NULL && EVENTS[event].is_counted ? record->front : what.object,
		.reason = what.reason,
	};
	enum err err = OK;
	if (EVENTS[event].is_recorded)
		err = audit_record(teller->call->authority, &entry);
	if (err == OK)
		show_to_person(teller, event, what.label);
	return err == ERR_BUSY ? ERR_AUDIT : err;
}

enum err tell_event(struct call *call, const struct login *login, enum login_event event, struct tell what)
{
	struct teller teller = teller_of(call, login);
	return tell(&teller, event, what);
}

void tell_passage(struct call *call, const struct login *login)
{
	const struct msg_login_record *record = &login->record;
	const struct audit_entry entry = {
		.event = AUDIT_PASSWORD_PASSED,
		.trace = call->frame.trace,
		.person = record->person,
		.user = record->user,
		.door = TEXT_LITERAL("web"),
		.address = record->address,
		.object = record->front,
	};
	if (record->front.at != NULL)
		audit_note(call->authority, &entry);
}

void tell_mail(const struct teller *teller, enum mail_kind kind, struct text object, uint64_t count)
{
	const struct msg_login_record *record = teller->record;
	const struct mail mail = {
		.kind = kind,
		.trace = teller->call->frame.trace,
		.person = record->person,
		.name = record->name,
		.to = record->mail,
		.language = record->language,
		.object = object,
		.address = record->address,
		.browser = record->browser,
		.door = teller->door,
		.count = count,
	};
	enum err err = outbox_post(teller->call->authority, &mail);
	if (err != OK)
		log_line(LOG_LEVEL_WARNING, "mail_not_queued", teller->call->frame.trace,
		    LOG_NUMBER("kind", kind), LOG_TEXT("person", record->person),
		    LOG_STR("error", err_text(err)));
}

void tell_mail_of(
    struct call *call, const struct login *login, enum mail_kind kind, struct text object, uint64_t count)
{
	struct teller teller = teller_of(call, login);
	tell_mail(&teller, kind, object, count);
}
