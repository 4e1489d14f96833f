#include "authority/login/look.h"
#include <string.h>
#include "authority/account/account.h"
#include "authority/directory/directory.h"
#include "authority/login/device.h"
#include "authority/session/session.h"

#define DEVICES_MAX 8u /* named in the ask */

static enum err name_devices(struct login *login, const struct account *account)
{
	unsigned n = 0;
	struct msg_device_row *rows = arena_array(&login->arena, DEVICES_MAX, sizeof *rows);
	if (rows == NULL)
		return ERR_NO_MEMORY;
	for (unsigned i = 0; i < account->n_factors && n < DEVICES_MAX; i++)
		if (account->factors[i]->kind == FACTOR_TOTP &&
		    !text_copy(&login->arena, account->factors[i]->name, &rows[n++].name))
			return ERR_NO_MEMORY;
	login->record.devices.at = rows;
	login->record.devices.n = n;
	return OK;
}

enum err look_at_account(struct call *call, struct login *login)
{
	struct msg_login_record *record = &login->record;
	const struct account *account;
	enum err err = account_load(call->authority, record->person, &call->arena, &account);
	if (err != OK)
		return err;
	record->generation = account->generation;
	record->has_factors = account->n_factors > 0 || account->n_broken > 0;
	record->recovery_left = account->recovery_left;
	bool is_used_up = account->recovery_made != 0 && account->recovery_left == 0;
	record->wants_sheet |=
	    login_is_web(login) && record->act == ACT_NONE && record->has_factors && is_used_up;
	record->known_device = device_is_still_known(call, login, account->known_after);
	if (account->distrusted && record->act == ACT_NONE) {
		record->must_change = TEXT_LITERAL("password_must_change");
		record->may_skip = false;
		record->grace_left = 0;
	}
	return name_devices(login, account);
}

enum err look_at_groups(struct call *call, struct login *login, const struct person *person)
{
	struct msg_login_record *record = &login->record;
	if (!login_is_web(login) || record->act != ACT_NONE)
		return OK;
	enum err err = session_read_groups(call->authority, person, &login->arena, &record->groups);
	record->grouped = err == OK;
	return err;
}

enum err look_up_groups(struct call *call, struct text id, struct text *groups_r)
{
	struct person person;
	enum err err = directory_find_id(call->authority->directory, id, &call->arena, &person);
	return err == OK ? session_read_groups(call->authority, &person, &call->arena, groups_r) : err;
}

enum err look_at_session(struct call *call, struct login *login)
{
	const struct msg_session_record *session;
	struct store_key key = { .kind = STORE_SESSION };
	if (login->record.replaces.len != sizeof key.bytes || login->record.act != ACT_NONE)
		return OK;
	memcpy(key.bytes, login->record.replaces.at, sizeof key.bytes);
	enum err err = session_peek_key(call->authority, &key, &call->arena, &session);
	if (err == ERR_NOT_FOUND) {
		login->record.replaces = (struct bytes){ NULL, 0 };
		return OK;
	}
	if (err != OK)
		return err;
	if (text_equal(session->person, login->record.person))
		return OK;
	return text_copy(&login->arena, session->name, &login->record.other_name) ? OK : ERR_NO_MEMORY;
}
