#include "authority/login/undo.h"
#include <string.h>
#include <time.h>
#include "authority/account/account.h"
#include "authority/authority.h"
#include "authority/session/session.h"
#include "base/clock.h"

bool undo_day_ms(struct text day, int64_t *since_ms_r)
{
	struct tm tm = { .tm_isdst = -1 };
	char again[16];
	const char *end = day.len == 10 ? strptime(text_str(day), "%Y-%m-%d", &tm) : NULL;
	time_t begin = end != NULL && *end == '\0' ? mktime(&tm) : (time_t)-1;
	/* a day that there is not (31 February) has become another one */
	if (begin == (time_t)-1 || strftime(again, sizeof again, "%Y-%m-%d", &tm) != day.len ||
	    !text_equal_str(day, again))
		return false;
	*since_ms_r = (int64_t)begin * 1000;
	return true;
}

static enum err remove_factors(const struct teller *teller, const struct account *account, int64_t since_ms)
{
	enum err err = OK;
	for (unsigned i = 0; err == OK && i < account->n_factors; i++) {
		const struct msg_factor_record *factor = account->factors[i];
		char id[WIRE_ID_TEXT_SIZE];
		if (factor->added < since_ms)
			continue;
		wire_id_text(&factor->id, id);
		err = tell(teller, EVENT_FACTOR_REMOVED,
		    (struct tell){ .object = text_of(id), .label = factor->name });
		if (err == OK)
			err = account_factor_remove(teller->call->authority, account->person, &factor->id);
		if (err == ERR_NOT_FOUND) /* somebody else was first */
			err = OK;
	}
	return err;
}

static enum err end_the_rest(const struct teller *teller, const struct account *account, int64_t since_ms)
{
	struct authority *authority = teller->call->authority;
	const struct msg_login_record *record = teller->record;
	struct store_key keep = { .kind = STORE_SESSION };
	unsigned n;
	enum err err = OK;
	if (record->replaces.len != sizeof keep.bytes)
		return ERR_INTERNAL;
	memcpy(keep.bytes, record->replaces.at, sizeof keep.bytes);
	if (account->recovery_made >= since_ms)
		err = account_recovery_set(authority, record->person, NULL, 0, 0);
	if (err == OK)
		err = account_known_after(authority, record->person, clock_now_ms());
	return err == OK ? session_end_all(authority, record->person, &keep, &teller->call->arena, &n) : err;
}

enum err undo_since(const struct teller *teller)
{
	const struct account *account;
	int64_t since_ms;
	struct call *call = teller->call;
	if (!undo_day_ms(teller->record->object, &since_ms))
		return ERR_STALE;
	enum err err = account_load(call->authority, teller->record->person, &call->arena, &account);
	if (err == OK)
		err = tell(teller, EVENT_UNDONE,
		    (struct tell){ .object = teller->record->object, .label = teller->record->object });
	if (err == OK)
		err = remove_factors(teller, account, since_ms);
	if (err == OK)
		err = end_the_rest(teller, account, since_ms);
	if (err == OK)
		tell_mail(teller, MAIL_UNDONE, teller->record->object, 0);
	return err;
}
