/* acts.c - what outlives a session and so takes a proof of its own (SECURITY 15): each form is checked, and kept word by word until
 * the proof is given (login/act.h). Nothing is done here. */
#include <string.h>
#include "authority/account/account.h"
#include "authority/authority.h"
#include "authority/login/act.h"
#include "authority/login/undo.h"
#include "authority/self/self.h"
#include "authority/self/value.h"
#include "authority/session/session.h"
#include "base/clock.h"
#include "base/enc.h"

struct wanted {
	struct act_wanted act;
	struct secret csrf;
};

static enum err keep(struct call *call, const struct msg_session_record *session, const struct wanted *wanted,
    struct wire_any *answer_r)
{
	struct msg_prove *prove = arena_alloc(&call->arena, sizeof *prove);
	if (prove == NULL)
		return ERR_NO_MEMORY;
	*answer_r = WIRE(prove, prove);
	return act_new(call, session, &wanted->act, &prove->act);
}

/* Whether the person has that factor; of others' and of none it is the same answer. */
static bool has_factor(const struct account *account, struct text id)
{
	struct id wanted;
	if (enc_from_base64url(text_str(id), id.len, wanted.bytes, sizeof wanted.bytes) != OK)
		return false;
	for (unsigned i = 0; i < account->n_factors; i++)
		if (memcmp(&account->factors[i]->id, &wanted, sizeof wanted) == 0)
			return true;
	return false;
}

/* Recovery codes stand beside a device: alone they would be a second password on paper. */
static const char *objection(const struct account *account, const struct wanted *wanted, const char **field_r)
{
	bool is_full = account->n_factors + account->n_broken >= ACCOUNT_FACTORS_MAX;
	*field_r = "form";
	switch (wanted->act.act) {
	case ACT_FACTOR_ADD:
		return is_full ? "factors_full" : NULL;
	case ACT_FACTOR_RENAME:
	case ACT_FACTOR_REMOVE:
		return has_factor(account, wanted->act.object) ? NULL : "factor_gone";
	case ACT_RECOVERY_NEW:
		return account->n_factors + account->n_broken > 0 ? NULL : "recovery_needs_device";
	case ACT_UNDO_SINCE:
	default:
		return NULL;
	}
}

/* What can be seen without the account. */
static const char *objection_to_words(const struct wanted *wanted, const char **field_r)
{
	int64_t since_ms;
	if (wanted->act.act == ACT_FACTOR_RENAME) {
		*field_r = "name";
		return value_objection_to_name(wanted->act.argument);
	}
	if (wanted->act.act != ACT_UNDO_SINCE)
		return NULL;
	*field_r = "day";
	if (!undo_day_ms(wanted->act.object, &since_ms))
		return "day_wrong";
	return since_ms > clock_now_ms() ? "day_to_come" : NULL;
}

static enum err begin(struct call *call, const struct wanted *wanted, struct wire_any *answer_r)
{
	const struct msg_session_record *session;
	const struct account *account;
	const char *field;
	enum err err = self_session_of_form(call, wanted->act.session, wanted->csrf, &session);
	if (err == OK)
		err = account_load(call->authority, session->person, &call->arena, &account);
	if (err != OK)
		return err;
	const char *why = objection_to_words(wanted, &field);
	if (why == NULL)
		why = objection(account, wanted, &field);
	if (why == NULL)
		return keep(call, session, wanted, answer_r);
	*answer_r = self_problem(call, field, why);
	return answer_r->at != NULL ? OK : ERR_NO_MEMORY;
}

enum err self_on_factor_add(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_factor_add *form = ask;
	const struct wanted wanted = { { .act = ACT_FACTOR_ADD, .session = form->session }, form->csrf };
	return begin(call, &wanted, answer_r);
}

enum err self_on_factor_rename(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_factor_rename *form = ask;
	const struct wanted wanted = {
		{ ACT_FACTOR_RENAME, form->session, form->id, value_trim(form->name) },
		form->csrf,
	};
	return begin(call, &wanted, answer_r);
}

enum err self_on_factor_remove(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_factor_remove *form = ask;
	const struct wanted wanted = {
		{ .act = ACT_FACTOR_REMOVE, .session = form->session, .object = form->id }, form->csrf
	};
	return begin(call, &wanted, answer_r);
}

enum err self_on_recovery_new(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_recovery_new *form = ask;
	const struct wanted wanted = { { .act = ACT_RECOVERY_NEW, .session = form->session }, form->csrf };
	return begin(call, &wanted, answer_r);
}

enum err self_on_undo_since(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_undo_since *form = ask;
	const struct wanted wanted = {
		{ .act = ACT_UNDO_SINCE, .session = form->session, .object = form->day }, form->csrf
	};
	return begin(call, &wanted, answer_r);
}
