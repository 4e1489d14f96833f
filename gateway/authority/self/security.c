/* security.c - the person's second factors, as a page. What changes them: acts.c. */
#include <time.h>
#include "authority/account/account.h"
#include "authority/authority.h"
#include "authority/factor/factor.h"
#include "authority/self/self.h"
#include "base/clock.h"

static enum err fill_row(struct call *call, const struct account *account,
    const struct msg_factor_record *factor, struct msg_factor_row *row)
{
	char id[WIRE_ID_TEXT_SIZE];
	int64_t used;
	bool rests;
	wire_id_text(&factor->id, id);
	enum err err = factor_last_used(call->authority, account->person, factor, &used);
	if (err == OK)
		err = factor_rests(call->authority, account->person, factor, &rests);
	if (err != OK)
		return err;
	*row = (struct msg_factor_row){
		.kind = factor->kind,
		.name = factor->name,
		.added = factor->added,
		.used = used,
		.counts_from = factor->counts_from,
		.rests = rests,
	};
	return text_copy(&call->arena, text_of(id), &row->id) ? OK : ERR_NO_MEMORY;
}

static enum err fill_today(struct call *call, struct text *today_r)
{
	time_t now = (time_t)(clock_now_ms() / 1000);
	char day[16];
	struct tm tm;
	size_t len = localtime_r(&now, &tm) != NULL ? strftime(day, sizeof day, "%Y-%m-%d", &tm) : 0;
	if (len == 0)
		return ERR_INTERNAL;
	return text_copy(&call->arena, text_of(day), today_r) ? OK : ERR_NO_MEMORY;
}

static enum err fill(
    struct call *call, const struct msg_session_record *session, struct msg_security_page *page)
{
	const struct account *account;
	enum err err = account_load(call->authority, session->person, &call->arena, &account);
	if (err != OK)
		return err;
	struct msg_factor_row *rows = arena_array(&call->arena, account->n_factors, sizeof *rows);
	if (rows == NULL)
		return ERR_NO_MEMORY;
	page->factors.at = rows;
	for (unsigned i = 0; err == OK && i < account->n_factors; i++)
		err = fill_row(call, account, account->factors[i], &rows[page->factors.n++]);
	page->recovery_left = account->recovery_left;
	page->recovery_made = account->recovery_made;
	page->may_add = account->n_factors + account->n_broken < ACCOUNT_FACTORS_MAX;
	return err == OK ? fill_today(call, &page->today) : err;
}

enum err self_on_security(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_security *wanted = ask;
	const struct msg_session_record *session;
	struct msg_security_page *page = arena_alloc(&call->arena, sizeof *page);
	enum err err = page != NULL ? self_session(call, wanted->session, &session) : ERR_NO_MEMORY;
	if (err == OK)
		err = fill(call, session, page);
	if (err != OK)
		return err;
	page->frame = self_frame(call, wanted->session, session);
	*answer_r = WIRE(security_page, page);
	return page->frame != NULL ? OK : ERR_NO_MEMORY;
}
