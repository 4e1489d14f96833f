/* scaffold.c - so that the others link; its owner takes this file away. */
#include "authority/factor/factor.h"

enum err factor_check(struct authority *authority, const struct account *account, struct secret code,
    bool may_recover, struct factor_result *result_r)
{
	(void)authority;
	(void)account;
	(void)code;
	(void)may_recover;
	(void)result_r;
	return ERR_INTERNAL;
}

bool factor_totp_matches(
    struct secret secret, struct secret code, int64_t now_ms, unsigned window, uint64_t *step_r)
{
	(void)secret;
	(void)code;
	(void)now_ms;
	(void)window;
	(void)step_r;
	return false;
}

enum err factor_totp_spend(
    struct authority *authority, struct text person, const struct id *factor, uint64_t step)
{
	(void)authority;
	(void)person;
	(void)factor;
	(void)step;
	return ERR_INTERNAL;
}

enum err factor_last_used(
    struct authority *authority, struct text person, const struct msg_factor_record *factor, int64_t *used_r)
{
	(void)authority;
	(void)person;
	(void)factor;
	(void)used_r;
	return ERR_INTERNAL;
}

enum err factor_rests(
    struct authority *authority, struct text person, const struct msg_factor_record *factor, bool *rests_r)
{
	(void)authority;
	(void)person;
	(void)factor;
	(void)rests_r;
	return ERR_INTERNAL;
}

enum err factor_totp_new(struct arena *arena, struct secret *base32_r)
{
	(void)arena;
	(void)base32_r;
	return ERR_INTERNAL;
}

enum err factor_totp_bytes(struct secret base32, struct arena *arena, struct secret *bytes_r)
{
	(void)base32;
	(void)arena;
	(void)bytes_r;
	return ERR_INTERNAL;
}

enum err factor_recovery_new(struct arena *arena, struct secret *codes, unsigned n)
{
	(void)arena;
	(void)codes;
	(void)n;
	return ERR_INTERNAL;
}
