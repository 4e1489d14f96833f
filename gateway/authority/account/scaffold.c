/* scaffold.c - so that the others link; its owner takes this file away. */
#include "authority/account/account.h"

enum err account_load(
    struct authority *authority, struct text person, struct arena *arena, const struct account **account_r)
{
	(void)authority;
	(void)person;
	(void)arena;
	(void)account_r;
	return ERR_INTERNAL;
}

enum err account_generation(struct authority *authority, struct text person, uint64_t *generation_r)
{
	(void)authority;
	(void)person;
	(void)generation_r;
	return ERR_INTERNAL;
}

enum err account_factor_add(
    struct authority *authority, struct text person, const struct msg_factor_record *factor)
{
	(void)authority;
	(void)person;
	(void)factor;
	return ERR_INTERNAL;
}

enum err account_factor_change(
    struct authority *authority, struct text person, const struct msg_factor_record *factor)
{
	(void)authority;
	(void)person;
	(void)factor;
	return ERR_INTERNAL;
}

enum err account_factor_remove(struct authority *authority, struct text person, const struct id *factor)
{
	(void)authority;
	(void)person;
	(void)factor;
	return ERR_INTERNAL;
}

enum err account_recovery_set(
    struct authority *authority, struct text person, const struct secret *codes, unsigned n, int64_t made_ms)
{
	(void)authority;
	(void)person;
	(void)codes;
	(void)n;
	(void)made_ms;
	return ERR_INTERNAL;
}

enum err account_recovery_use(struct authority *authority, struct text person, struct secret code)
{
	(void)authority;
	(void)person;
	(void)code;
	return ERR_INTERNAL;
}

enum err account_generation_raise(struct authority *authority, struct text person, uint64_t *generation_r)
{
	(void)authority;
	(void)person;
	(void)generation_r;
	return ERR_INTERNAL;
}

enum err account_enrol_until(struct authority *authority, struct text person, int64_t until_ms)
{
	(void)authority;
	(void)person;
	(void)until_ms;
	return ERR_INTERNAL;
}

enum err account_known_after(struct authority *authority, struct text person, int64_t after_ms)
{
	(void)authority;
	(void)person;
	(void)after_ms;
	return ERR_INTERNAL;
}

enum err account_distrust(struct authority *authority, struct text person, bool distrusted)
{
	(void)authority;
	(void)person;
	(void)distrusted;
	return ERR_INTERNAL;
}

enum err account_epoch_load(struct authority *authority, struct arena *arena, struct text *epoch_r)
{
	(void)authority;
	(void)arena;
	(void)epoch_r;
	return ERR_INTERNAL;
}

enum err account_epoch_save(struct authority *authority, struct text epoch)
{
	(void)authority;
	(void)epoch;
	return ERR_INTERNAL;
}

enum err account_reseal(struct authority *authority, unsigned max, unsigned *left_r)
{
	(void)authority;
	(void)max;
	(void)left_r;
	return ERR_INTERNAL;
}
