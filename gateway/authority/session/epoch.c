#include "authority/session/epoch.h"
#include <stdatomic.h>
#include "authority/account/account.h"
#include "authority/authority.h"
#include "authority/store/store.h"
#include "base/clock.h"
#include "log/log.h"

static atomic_bool has_begun;

static enum err remember(struct authority *authority, const struct store_epoch *epoch, struct text former)
{
	if (text_equal_str(former, epoch->id))
		return OK;
	if (former.at != NULL)
		log_line(LOG_LEVEL_WARNING, "store_epoch_new", 0, LOG_STR("epoch", epoch->id));
	return account_epoch_save(authority, text_of(epoch->id));
}

enum err epoch_settle(struct authority *authority)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct text former = { NULL, 0 };
	struct store_epoch epoch;
	enum err known = account_epoch_load(authority, &arena, &former);
	bool first_ever = known == OK && former.at == NULL;
	enum err err = store_epoch_load(authority->store, first_ever ? 0 : clock_now_ms(), &epoch);
	if (err == OK)
		err = known == OK ? remember(authority, &epoch, former) : known;
	return err;
}

void epoch_has_begun(void)
{
	atomic_store(&has_begun, true);
}

enum err epoch_remember(struct authority *authority)
{
	if (!atomic_exchange(&has_begun, false))
		return OK;
	enum err err = epoch_settle(authority);
	if (err != OK)
		atomic_store(&has_begun, true);
	return err;
}
