/* settings.c - the settings and the master keys, read anew. */
#include "authority/admin/admin.h"
#include "authority/admin/master.h"
#include "authority/admin/operator.h"
#include "authority/keys/keys.h"
#include "authority/reload.h"
#include "conf/conf.h"
#include "log/log.h"

enum err admin_reload(struct call *call, const struct asker *who, const void *ask, struct wire_any *answer_r)
{
	(void)who;
	(void)ask;
	struct authority *authority = call->authority;
	enum err err = authority_reload(authority);
	if (err == ERR_CONFIG)
		return admin_refuse(call, REFUSAL_MALFORMED, "operator_settings_refused", 0, answer_r);
	if (err != OK)
		return err == ERR_BUSY ? ERR_CLOSED : err;
	const char *file = authority->conf->authority.master_key_file;
	if (file[0] != '\0' && keys_reload(authority->keys, file) != OK)
		return admin_refuse(call, REFUSAL_MALFORMED, "operator_key_refused", 0, answer_r);
	master_wake();
	return admin_acted(call, "settings_read", NULL, 0, 0, answer_r);
}
