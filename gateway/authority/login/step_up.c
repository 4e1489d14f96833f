#include "authority/login/step_up.h"
#include "authority/login/act.h"
#include "authority/login/enrolment.h"
#include "base/clock.h"
#include "conf/conf.h"

static bool has_one_that_counts(const struct account *account)
{
	int64_t now_ms = clock_now_ms();
	for (unsigned i = 0; i < account->n_factors; i++)
		if (account->factors[i]->counts_from <= now_ms)
			return true;
	return false;
}

/* Enrolled on the password alone, one that counts only tomorrow opens nothing today. */
static enum err may_enrol(
    struct call *call, const struct msg_session_record *session, const struct account *account, bool *may_r)
{
	const struct conf *conf = call->authority->conf;
	const struct msg_login_record who = { .person = session->person, .user = session->user };
	if (conf->factors.wait_s > 0) {
		*may_r = false;
		return OK;
	}
	return enrolment_is_open(call, &who, account, may_r);
}

enum err step_up_begin(struct call *call, const struct msg_session_record *session, struct secret token,
    struct text service, struct id *act_r)
{
	const struct act_wanted wanted = { .act = ACT_STEP_UP, .session = token, .object = service };
	const struct account *account;
	enum err err = account_load(call->authority, session->person, &call->arena, &account);
	bool may = err == OK && has_one_that_counts(account);
	if (err == OK && !may)
		err = may_enrol(call, session, account, &may);
	if (err == OK && !may)
		err = ERR_FORBIDDEN;
	return err == OK ? act_new(call, session, &wanted, act_r) : err;
}
