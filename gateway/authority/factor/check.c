/* check.c - the one place where a code is checked: budget, code, ledger, yes. */
#include "authority/authority.h"
#include "authority/factor/private.h"
#include "base/clock.h"
#include "conf/conf.h"

#define MS 1000

static uint64_t seconds_up(int64_t ms)
{
	return ms > 0 ? (uint64_t)((ms + MS - 1) / MS) : 1;
}

static bool counts(const struct msg_factor_record *factor, int64_t now_ms)
{
	return factor->counts_from <= now_ms;
}

/* Recovery codes were given out beside a factor, and count as soon as one does. */
static bool recovery_counts(const struct account *account, int64_t now_ms)
{
	bool any = account->n_factors == 0;
	for (unsigned i = 0; !any && i < account->n_factors; i++)
		any = counts(account->factors[i], now_ms);
	return any;
}

/* Until an authenticator shows the code of the step behind that one. */
static uint64_t wait_for_step_behind(uint64_t step, int64_t now_ms)
{
	return seconds_up((int64_t)(step + 1) * FACTOR_PERIOD_S * MS - now_ms);
}

/* The codes of a step and before may have been used in an epoch of which nothing is known (SECURITY 30): when one counts again. */
static enum err wait_for_epoch(struct authority *authority, struct factor_result *result)
{
	int64_t now_ms = clock_now_ms(), began_ms = 0;
	enum err err = store_epoch(authority->store, now_ms, &began_ms);
	if (err != OK)
		return err;
	uint64_t began = (uint64_t)(began_ms / MS / FACTOR_PERIOD_S);
	result->outcome = FACTOR_WAIT;
	result->wait_s = wait_for_step_behind(began + authority->conf->factors.steps, now_ms);
	return OK;
}

static void note_used(struct authority *authority, const struct account *account,
    const struct msg_factor_record *factor, uint64_t step, struct factor_result *result)
{
	struct store_key key = ledger_key(authority, account->person, &factor->id);
	uint64_t last = step;
	(void)!store_step_last(authority->store, &key, &last);
	result->outcome = FACTOR_USED;
	result->wait_s = wait_for_step_behind(last, clock_now_ms());
}

/* The code is right; whether it counts is the ledger's word. */
static enum err spend(struct authority *authority, const struct account *account,
    const struct msg_factor_record *factor, uint64_t step, struct factor_result *result)
{
	int64_t before = (int64_t)step - (int64_t)authority->conf->factors.steps;
	enum err err =
	    factor_totp_spend(authority, account->person, &factor->id, step, before * FACTOR_PERIOD_S * MS);
	if (err == ERR_STALE)
		return wait_for_epoch(authority, result);
	if (err == ERR_EXISTS) {
		note_used(authority, account, factor, step, result);
		return OK;
	}
	if (err != OK)
		return err;
	result->outcome = FACTOR_ACCEPTED;
	result->kind = FACTOR_TOTP;
	result->factor = factor->id;
	result->counts = counts(factor, clock_now_ms());
	return OK;
}

/* Any of the authenticators that do not rest. */
static enum err check_totp(struct authority *authority, const struct account *account,
    const struct typed_code *code, const bool *rests, struct factor_result *result)
{
	unsigned n = 0, n_resting = 0, window = (unsigned)authority->conf->factors.steps;
	for (unsigned i = 0; i < account->n_factors; i++) {
		const struct msg_factor_record *factor = account->factors[i];
		uint64_t step;
		if (factor->kind != FACTOR_TOTP)
			continue;
		n++;
		n_resting += rests[i];
		if (!rests[i] && totp_match(factor->secret, code, clock_now_ms(), window, &step))
			return spend(authority, account, factor, step, result);
	}
	result->outcome = n > 0 && n == n_resting ? FACTOR_RESTS : FACTOR_REFUSED;
	return OK;
}

static enum err check_recovery(struct authority *authority, const struct account *account, struct secret code,
    struct factor_result *result)
{
	enum err err = account_recovery_use(authority, account->person, code);
	if (err == ERR_NOT_FOUND) {
		result->outcome = FACTOR_REFUSED;
		return OK;
	}
	if (err != OK)
		return err;
	result->outcome = FACTOR_ACCEPTED;
	result->kind = FACTOR_RECOVERY;
	result->counts = recovery_counts(account, clock_now_ms());
	return OK;
}

/* Within the budget. */
static enum err check(struct authority *authority, const struct account *account,
    const struct typed_code *code, bool may_recover, const bool *rests, struct factor_result *result)
{
	if (code_is_digits(code))
		return check_totp(authority, account, code, rests, result);
	if (!may_recover)
		return OK;
	return check_recovery(
	    authority, account, (struct secret){ (unsigned char *)code->text, code->len }, result);
}

static enum err check_counted(struct authority *authority, const struct account *account,
    const struct typed_code *code, bool may_recover, struct store_batch *later, struct factor_result *result)
{
	struct budget budget = { .rests = arena_array(later->arena, account->n_factors + 1, sizeof(bool)) };
	enum factor_kind kind = code_is_digits(code) ? FACTOR_TOTP : FACTOR_RECOVERY;
	if (budget.rests == NULL)
		return ERR_NO_MEMORY;
	enum err err = budget_try(authority, account, kind, &budget);
	if (err != OK)
		return err;
	if (budget.wait_ms > 0) {
		result->outcome = FACTOR_WAIT;
		result->wait_s = seconds_up(budget.wait_ms);
		return OK;
	}
	result->begins_rest = budget.begins_rest;
	err = check(authority, account, code, may_recover, budget.rests, result);
	if (err == OK && result->outcome == FACTOR_ACCEPTED)
		err = budget_right(authority, account, later);
	else if (err == OK && result->outcome == FACTOR_REFUSED)
		err = budget_wrong(authority, account, &result->wrong_today, &result->begins_rest);
	return err;
}

enum err factor_check(struct authority *authority, const struct account *account, struct secret code,
    bool may_recover, struct store_batch *later, struct factor_result *result_r)
{
	struct typed_code typed;
	struct factor_result result = { .outcome = FACTOR_REFUSED };
	if (!code_read(code, &typed)) { /* nobody guesses with what cannot be right: it costs no try */
		*result_r = result;
		return OK;
	}
	enum err err = check_counted(authority, account, &typed, may_recover, later, &result);
	code_erase(&typed);
	if (err == OK)
		*result_r = result;
	return err;
}

/* Of one authenticator. */
static enum err next_code_of(struct authority *authority, struct text person,
    const struct msg_factor_record *factor, int64_t now_ms, uint64_t *wait_s_r)
{
	uint64_t last, now = (uint64_t)(now_ms / MS / FACTOR_PERIOD_S);
	struct store_key key = ledger_key(authority, person, &factor->id);
	enum err err = store_step_last(authority->store, &key, &last);
	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	*wait_s_r = err == OK && last >= now ? wait_for_step_behind(last, now_ms) : 0;
	return OK;
}

enum err factor_next_code(struct authority *authority, const struct account *account, uint64_t *wait_s_r)
{
	uint64_t least_s = UINT64_MAX, wait_s;
	int64_t now_ms = clock_now_ms();
	for (unsigned i = 0; least_s > 0 && i < account->n_factors; i++) {
		if (account->factors[i]->kind != FACTOR_TOTP)
			continue;
		enum err err = next_code_of(authority, account->person, account->factors[i], now_ms, &wait_s);
		if (err != OK)
			return err;
		least_s = wait_s < least_s ? wait_s : least_s;
	}
	*wait_s_r = least_s == UINT64_MAX ? 0 : least_s;
	return OK;
}

enum err factor_rests(
    struct authority *authority, struct text person, const struct msg_factor_record *factor, bool *rests_r)
{
	return budget_rests(authority, person, &factor->id, rests_r);
}
