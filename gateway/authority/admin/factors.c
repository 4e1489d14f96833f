/* factors.c - a person's factors, seen and removed by an operator. */
#include "authority/admin/operator.h"
#include "authority/factor/factor.h"
#include "authority/session/guard.h"
#include "authority/session/session.h"
#include "log/log.h"

static enum err fill_row(
    struct call *call, struct text person, const struct msg_factor_record *factor, struct msg_factor_row *row)
{
	char id[WIRE_ID_TEXT_SIZE];
	wire_id_text(&factor->id, id);
	*row = (struct msg_factor_row){
		.kind = factor->kind,
		.name = factor->name,
		.added = factor->added,
		.counts_from = factor->counts_from,
	};
	enum err err = factor_last_used(call->authority, person, factor, &row->used);
	if (err == OK)
		err = factor_rests(call->authority, person, factor, &row->rests);
	if (err == OK && !text_copy(&call->arena, text_of(id), &row->id))
		err = ERR_NO_MEMORY;
	return err;
}

enum err admin_factor_rows(
    struct call *call, const struct account *account, const struct msg_factor_row **rows_r)
{
	struct msg_factor_row *rows = arena_array(&call->arena, account->n_factors, sizeof *rows);
	enum err err = rows != NULL ? OK : ERR_NO_MEMORY;
	for (unsigned i = 0; err == OK && i < account->n_factors; i++)
		err = fill_row(call, account->person, account->factors[i], &rows[i]);
	if (err == OK)
		*rows_r = rows;
	return err;
}

static enum err load(
    struct call *call, struct text named, struct person *person_r, const struct account **account_r)
{
	enum err err = admin_person(call, named, person_r);
	return err == OK ? account_load(call->authority, person_r->id, &call->arena, account_r) : err;
}

enum err admin_factors(struct call *call, const struct asker *who, const void *ask, struct wire_any *answer_r)
{
	const struct msg_operator_factors *look = ask;
	struct msg_operator_factor_rows *rows = arena_alloc(&call->arena, sizeof *rows);
	const struct account *account;
	struct person person;
	enum err err = rows != NULL ? load(call, look->person, &person, &account) : ERR_NO_MEMORY;
	if (err != OK)
		return err;
	admin_looked(call, who, &person, TEXT_LITERAL("factors"));
	rows->user = person.user;
	rows->factors.n = account->n_factors;
	rows->broken = account->n_broken;
	rows->recovery_left = account->recovery_left;
	rows->recovery_made = account->recovery_made;
	err = admin_factor_rows(call, account, &rows->factors.at);
	*answer_r = WIRE(operator_factor_rows, rows);
	return err;
}

/* By id, else by a name that only one has; NULL: none, or several. */
static const struct msg_factor_record *choose(const struct account *account, struct text named)
{
	const struct msg_factor_record *found = NULL;
	unsigned n = 0;
	for (unsigned i = 0; i < account->n_factors; i++) {
		char id[WIRE_ID_TEXT_SIZE];
		wire_id_text(&account->factors[i]->id, id);
		if (text_equal_str(named, id))
			return account->factors[i];
		if (text_equal(named, account->factors[i]->name)) {
			found = account->factors[i];
			n++;
		}
	}
	return n == 1 ? found : NULL;
}

/* A reset of factors also ends what they had opened (SECURITY 29). */
static enum err end_sessions(struct call *call, const struct person *person)
{
	unsigned n;
	enum err err = session_end_all(call->authority, person->id, NULL, &call->arena, &n);
	guard_forget(call->authority, person->id);
	return err;
}

static enum err remove_one(struct call *call, const struct asker *who, const struct person *person,
    const struct msg_factor_record *factor)
{
	enum err err = admin_record(call, who, AUDIT_FACTOR_REMOVED, person, factor->name);
	if (err == OK)
		err = account_factor_remove(call->authority, person->id, &factor->id);
	if (err != OK)
		return err;
	admin_mail(call, person, MAIL_FACTOR_REMOVED, factor->name, 0);
	return end_sessions(call, person);
}

enum err admin_factor_remove(
    struct call *call, const struct asker *who, const void *ask, struct wire_any *answer_r)
{
	const struct msg_operator_factor_remove *order = ask;
	const struct account *account;
	struct person person;
	enum err err = load(call, order->person, &person, &account);
	if (err != OK)
		return err;
	if (!who->administrator && text_equal(who->person.id, person.id))
		return admin_refuse(call, REFUSAL_FORBIDDEN, "operator_self", 0, answer_r);
	const struct msg_factor_record *factor = choose(account, order->factor);
	if (factor == NULL)
		return admin_refuse(call, REFUSAL_NOT_FOUND, "operator_no_such_factor", 0, answer_r);
	err = remove_one(call, who, &person, factor);
	return err == OK ? admin_acted(call, "factor_removed", &person, 0, 0, answer_r) : err;
}
