/* epoch.c - what the directory remembers of the store, so that an empty or older one is known as such (SECURITY 30). */
#include "authority/account/account.h"
#include "authority/authority.h"
#include "authority/directory/instant.h"
#include "authority/directory/records.h"
#include "conf/conf.h"

#define EPOCH_MAX 32

static const char ATTRIBUTE[] = "spomEpoch";

static enum err dn_of(struct authority *authority, struct arena *arena, const char **dn_r)
{
	const struct conf *conf = authority->conf;
	const char *dn = arena_printf(arena, "cn=store,%s", conf->records.base);
	if (dn == NULL)
		return ERR_NO_MEMORY;
	*dn_r = dn;
	return OK;
}

enum err account_epoch_load(struct authority *authority, struct arena *arena, struct text *epoch_r)
{
	static const char *const NAMES[] = { ATTRIBUTE };
	struct attribute attribute = { 0 };
	const char *dn;
	enum err err = dn_of(authority, arena, &dn);
	if (err == OK)
		err = records_read(authority->directory, dn, NAMES, COUNT(NAMES), arena, &attribute);
	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	*epoch_r = attribute.n_values > 0 ? attribute.values[0] : (struct text){ 0 };
	return OK;
}

enum err account_epoch_save(struct authority *authority, struct text epoch)
{
	static const struct text CLASS = { "spomStore", 9 }, NAME = { "store", 5 };
	CLEANUP(arena_done) struct arena arena = { 0 };
	const struct record_change parts[] = {
		{ RECORD_ADD, "objectClass", &CLASS, 1 },
		{ RECORD_ADD, "cn", &NAME, 1 },
		{ RECORD_ADD, ATTRIBUTE, &epoch, 1 },
	};
	const struct record_change change = { RECORD_REPLACE, ATTRIBUTE, &epoch, 1 };
	const char *dn;
	if (epoch.len == 0 || epoch.len > EPOCH_MAX)
		return ERR_TOO_LARGE;
	enum err err = dn_of(authority, &arena, &dn);
	if (err == OK)
		err = records_modify(authority->directory, dn, &change, 1, NULL, &arena);
	if (err == ERR_NOT_FOUND)
		err = records_add(authority->directory, dn, parts, COUNT(parts), &arena);
	if (err == ERR_EXISTS) /* another authority was faster */
		err = records_modify(authority->directory, dn, &change, 1, NULL, &arena);
	return err == ERR_NOT_FOUND ? ERR_CONFIG : err;
}

/* LDAP has no question for the time, but each write is stamped: the epoch is written as it is. */
static enum err touch(struct authority *authority, struct arena *arena)
{
	struct text epoch = { NULL, 0 };
	enum err err = account_epoch_load(authority, arena, &epoch);
	if (err == OK && epoch.at == NULL)
		return ERR_NOT_FOUND;
	return err == OK ? account_epoch_save(authority, epoch) : err;
}

enum err account_directory_time(struct authority *authority, int64_t *now_ms_r)
{
	static const char *const NAMES[] = { "modifyTimestamp" };
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct attribute attribute = { 0 };
	const char *dn;
	enum err err = touch(authority, &arena);
	if (err == OK)
		err = dn_of(authority, &arena, &dn);
	if (err == OK)
		err = records_read(authority->directory, dn, NAMES, COUNT(NAMES), &arena, &attribute);
	if (err != OK)
		return err;
	return attribute.n_values == 1 && instant_read(attribute.values[0], now_ms_r) ? OK : ERR_NOT_FOUND;
}
