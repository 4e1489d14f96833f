/* account.c - reading an account. */
#include "authority/account/account.h"
#include <stdlib.h>
#include <string.h>
#include "authority/account/entry.h"
#include "authority/account/seal.h"
#include "authority/authority.h"
#include "authority/directory/instant.h"

static int by_age(const void *left, const void *right)
{
	const struct msg_factor_record *a = *(const struct msg_factor_record *const *)left;
	const struct msg_factor_record *b = *(const struct msg_factor_record *const *)right;
	if (a->added != b->added)
		return a->added < b->added ? -1 : 1;
	return memcmp(&a->id, &b->id, sizeof a->id);
}

static enum err read_factors(
    const struct keys *keys, const struct attribute *attribute, struct arena *arena, struct account *account)
{
	const struct msg_factor_record **factors =
	    arena_array(arena, attribute->n_values + 1, sizeof *factors);
	if (factors == NULL)
		return ERR_NO_MEMORY;
	for (unsigned i = 0; i < attribute->n_values; i++) {
		enum err err = seal_open_factor(
		    keys, account->person, attribute->values[i], arena, &factors[account->n_factors]);
		if (err != OK && err != ERR_MALFORMED)
			return err;
		account->n_factors += err == OK;
		account->n_broken += err != OK;
	}
	qsort(factors, account->n_factors, sizeof *factors, by_age);
	account->factors = factors;
	return OK;
}

/* Times and marks that cannot be read are not there; but for the mark, which is. */
static void read_marks(const struct attribute *attributes, struct account *account)
{
	const struct {
		enum entry_attribute from;
		int64_t *to;
	} TIMES[] = {
		{ ENTRY_RECOVERY_MADE, &account->recovery_made },
		{ ENTRY_ENROL_UNTIL, &account->enrol_until },
		{ ENTRY_KNOWN_AFTER, &account->known_after },
	};
	for (size_t i = 0; i < COUNT(TIMES); i++) {
		const struct attribute *from = &attributes[TIMES[i].from];
		if (from->n_values > 0 && !instant_read(from->values[0], TIMES[i].to))
			*TIMES[i].to = 0;
	}
	const struct attribute *distrusted = &attributes[ENTRY_DISTRUSTED];
	account->distrusted = distrusted->n_values > 0 && !text_equal_str(distrusted->values[0], "FALSE");
	account->has_enrolled = attributes[ENTRY_USER].n_values > 0 || attributes[ENTRY_FACTOR].n_values > 0;
	account->recovery_left = attributes[ENTRY_RECOVERY].n_values;
	if (attributes[ENTRY_CSN].n_values > 0)
		account->version = attributes[ENTRY_CSN].values[0];
}

static enum err read_account(
    const struct keys *keys, const struct attribute *attributes, struct arena *arena, struct account *account)
{
	account->is_there = true;
	enum err err = entry_number(&attributes[ENTRY_GENERATION], &account->generation);
	if (err == OK)
		err = read_factors(keys, &attributes[ENTRY_FACTOR], arena, account);
	if (err == OK)
		read_marks(attributes, account);
	return err;
}

enum err account_load(
    struct authority *authority, struct text person, struct arena *arena, const struct account **account_r)
{
	struct attribute attributes[ENTRY_ATTRIBUTES];
	struct account *account = arena_alloc(arena, sizeof *account);
	if (account == NULL || !text_copy(arena, person, &account->person))
		return ERR_NO_MEMORY;
	enum err err = entry_read(authority, person, arena, attributes);
	if (err == OK)
		err = read_account(authority->keys, attributes, arena, account);
	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	*account_r = account;
	return OK;
}

enum err account_generation(struct authority *authority, struct text person, uint64_t *generation_r)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct attribute attribute;
	const char *dn;
	enum err err = entry_dn_of(authority, person, &arena, &dn);
	if (err == OK)
		err = records_read(
		    authority->directory, dn, &ENTRY_NAMES[ENTRY_GENERATION], 1, &arena, &attribute);
	if (err == ERR_NOT_FOUND) {
		*generation_r = 0;
		return OK;
	}
	return err == OK ? entry_number(&attribute, generation_r) : err;
}
