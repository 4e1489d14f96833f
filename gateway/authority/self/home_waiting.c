#include "authority/account/account.h"
#include "authority/authority.h"
#include "authority/factor/factor.h"
#include "authority/self/home.h"
#include "log/log.h"

#define WAITING_MAX 8u
#define CODES_LOW 3u

struct waiting {
	struct msg_waiting_row *rows;
	unsigned n;
};

static void add(struct waiting *waiting, bool when, const char *text, uint64_t count)
{
	if (when && waiting->n < WAITING_MAX)
		waiting->rows[waiting->n++] = (struct msg_waiting_row){
			.text = text_of(text), .count = count, .link = TEXT_LITERAL("/security")
		};
}

static enum err add_rests(struct call *call, const struct account *account, struct waiting *waiting)
{
	bool any = false, rests;
	for (unsigned i = 0; i < account->n_factors; i++) {
		enum err err = factor_rests(call->authority, account->person, account->factors[i], &rests);
		if (err != OK)
			return err;
		any = any || rests;
	}
	add(waiting, any, "waiting_factor_rests", 0);
	return OK;
}

static void add_factors(const struct account *account, struct waiting *waiting)
{
	unsigned n = account->n_factors + account->n_broken, left = account->recovery_left;
	add(waiting, n == 0, "waiting_no_factor", 0);
	add(waiting, n == 1 && left == 0, "waiting_one_factor", 0);
	add(waiting, n > 1 && left == 0, "waiting_recovery_none", 0);
	add(waiting, n > 0 && left > 0 && left <= CODES_LOW, "waiting_recovery_low", left);
}

enum err home_waiting(struct call *call, const struct msg_session_record *session, struct msg_home_page *page)
{
	const struct account *account;
	struct waiting waiting = { .rows = arena_array(&call->arena, WAITING_MAX, sizeof *waiting.rows) };
	if (waiting.rows == NULL)
		return ERR_NO_MEMORY;
	enum err err = account_load(call->authority, session->person, &call->arena, &account);
	if (err == OK) {
		add_factors(account, &waiting);
		err = add_rests(call, account, &waiting);
	}
	if (err != OK)
		log_line(LOG_LEVEL_WARNING, "waiting_not_known", call->frame.trace,
		    LOG_TEXT("person", session->person), LOG_STR("reason", err_text(err)));
	page->waiting.at = waiting.rows;
	page->waiting.n = waiting.n;
	return err == ERR_NO_MEMORY ? err : OK;
}
