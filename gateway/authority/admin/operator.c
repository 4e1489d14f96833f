#include "authority/admin/operator.h"
#include "authority/factor/factor.h"
#include "authority/store/batch.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "log/log.h"

#define GROUPS_MAX 1000u

/* Says no, and keeps that it was said. */
static enum err refuse(
    struct call *call, const struct asker *who, const char *text, uint64_t retry_s, struct wire_any *answer_r)
{
	const struct audit_entry entry = {
		.event = AUDIT_OPERATOR_REFUSED,
		.trace = call->frame.trace,
		.actor = who->actor,
		.user = who->person.user,
		.door = TEXT_LITERAL("admin"),
		.object = text_of(call->ask.msg->name),
		.reason = text_of(text),
	};
	log_line(LOG_LEVEL_WARNING, "operator_refused", call->frame.trace, LOG_NUMBER("uid", call->uid),
	    LOG_TEXT("user", entry.user), LOG_TEXT("message", entry.object), LOG_STR("reason", text));
	if (audit_record(call->authority, &entry) != OK)
		log_line(LOG_LEVEL_WARNING, "refusal_not_recorded", call->frame.trace);
	return admin_refuse(call, REFUSAL_FORBIDDEN, text, retry_s, answer_r);
}

/* What is only missing yet is no event: the same order comes again with it. */
static enum err want(struct call *call, const char *text, struct wire_any *answer_r)
{
	return admin_refuse(call, REFUSAL_FORBIDDEN, text, 0, answer_r);
}

static enum err is_member(struct call *call, const struct person *person, bool *is_r)
{
	const struct conf *conf = call->authority->conf;
	struct group *groups;
	unsigned n;
	bool more, is = false;
	enum err err = directory_groups(
	    call->authority->directory, person, GROUPS_MAX, &call->arena, &groups, &n, &more);
	for (unsigned i = 0; err == OK && i < n; i++)
		is |= text_equal_str(groups[i].name, conf->peers.operators);
	if (err == OK)
		*is_r = is;
	return err;
}

/* The person of the uid; *why_r, a text id, where that is no operator. */
static enum err find(struct call *call, struct asker *who, const char **why_r)
{
	struct directory *directory = call->authority->directory;
	bool is = false;
	*why_r = "operator_unknown";
	if (call->authority->conf->peers.operators[0] == '\0')
		return OK;
	enum err err = directory_find_uid(directory, call->uid, &call->arena, &who->person);
	if (err == ERR_NOT_FOUND)
		return OK;
	if (err == OK)
		err = is_member(call, &who->person, &is);
	if (err == OK && is)
		err = directory_may_enter(directory, &who->person, &call->arena, &is);
	if (err == OK)
		who->actor = who->person.id;
	if (err == OK && is)
		*why_r = NULL;
	return err;
}

static enum err load_account(struct call *call, struct asker *who, const struct account **account_r)
{
	const struct account *account;
	int64_t now_ms = clock_now_ms();
	enum err err = account_load(call->authority, who->person.id, &call->arena, &account);
	if (err != OK)
		return err;
	for (unsigned i = 0; i < account->n_factors; i++)
		who->may_act |= account->factors[i]->counts_from <= now_ms;
	*account_r = account;
	return OK;
}

static const char *refusal_of(const struct factor_result *result)
{
	switch (result->outcome) {
	case FACTOR_ACCEPTED:
		return result->counts ? NULL : "operator_factor_new";
	case FACTOR_USED:
		return "code_used";
	case FACTOR_WAIT:
		return "code_wait";
	case FACTOR_RESTS:
		return "code_rests";
	case FACTOR_REFUSED:
		break;
	}
	return "code_wrong";
}

/* Doors are opened by people who prove themselves now. */
static enum err prove(
    struct call *call, const struct msg_operator *claims, struct asker *who, struct wire_any *answer_r)
{
	const struct account *account;
	struct factor_result result = { .outcome = FACTOR_REFUSED };
	struct store_batch later;
	enum err err = load_account(call, who, &account);
	if (err != OK)
		return err;
	if (!who->may_act)
		return refuse(call, who, "operator_no_factor", 0, answer_r);
	if (claims->code.at == NULL)
		return want(call, "operator_code_needed", answer_r);
	store_batch_begin(&later, call->authority->store, &call->arena);
	err = factor_check(call->authority, account, claims->code, false, &later, &result);
	if (err == OK)
		err = store_batch_settle(&later);
	if (err != OK)
		return err;
	const char *why = refusal_of(&result);
	return why != NULL ? refuse(call, who, why, result.wait_s, answer_r) : OK;
}

/* Always works, and shouts: even where nothing can be recorded the log has it. */
static enum err break_glass(struct call *call, const struct asker *who)
{
	const struct audit_entry entry = {
		.event = AUDIT_BREAK_GLASS,
		.trace = call->frame.trace,
		.actor = who->actor,
		.door = TEXT_LITERAL("admin"),
		.object = text_of(call->ask.msg->name),
		.reason = who->reason,
	};
	log_line(LOG_LEVEL_ERROR, "break_glass", call->frame.trace, LOG_NUMBER("uid", call->uid),
	    LOG_TEXT("message", entry.object), LOG_TEXT("reason", who->reason));
	if (audit_record(call->authority, &entry) != OK)
		log_line(LOG_LEVEL_ERROR, "break_glass_not_recorded", call->frame.trace);
	return OK;
}

static enum err admit_administrator(struct call *call, const struct msg_operator *claims,
    enum operator_verb verb, struct asker *who, struct wire_any *answer_r)
{
	who->administrator = true;
	who->actor = TEXT_LITERAL("console");
	if (verb == OPERATOR_LOOKS)
		return OK;
	if (!claims->break_glass)
		return refuse(call, who, "operator_break_glass", 0, answer_r);
	if (text_is_empty(who->reason))
		return want(call, "operator_reason_needed", answer_r);
	return break_glass(call, who);
}

static enum err admit_person(struct call *call, const struct msg_operator *claims, enum operator_verb verb,
    struct asker *who, struct wire_any *answer_r)
{
	const struct account *account;
	const char *why;
	enum err err = find(call, who, &why);
	if (err != OK)
		return err;
	if (why == NULL && claims->break_glass)
		why = "operator_not_console";
	if (why != NULL)
		return refuse(call, who, why, 0, answer_r);
	if (verb ==
	    OPERATOR_LOOKS) /* who_am_i tells whether more is possible; a look does not need to know */
		return call->ask.msg->tag == TAG_who_am_i ? load_account(call, who, &account) : OK;
	if (text_is_empty(who->reason))
		return want(call, "operator_reason_needed", answer_r);
	return verb == OPERATOR_OPENS ? prove(call, claims, who, answer_r) : OK;
}

enum err operator_admit(struct call *call, const struct msg_operator *claims, enum operator_verb verb,
    struct asker *who_r, struct wire_any *answer_r)
{
	struct asker who = { .reason = claims->reason };
	bool is_administrator = call->uid == 0 || call->uid == call->authority->conf->peers.admin;
	enum err err = is_administrator ? admit_administrator(call, claims, verb, &who, answer_r)
					: admit_person(call, claims, verb, &who, answer_r);
	if (err == OK)
		*who_r = who;
	return err;
}
