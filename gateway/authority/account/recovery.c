/* recovery.c - recovery codes: the directory has their hashes, and takes one away when it is used. */
#include "authority/account/entry.h"
#include "authority/account/seal.h"
#include "authority/authority.h"
#include "authority/directory/instant.h"

enum err account_recovery_set(
    struct authority *authority, struct text person, const struct secret *codes, unsigned n, int64_t made_ms)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	char hashes[ACCOUNT_RECOVERY_CODES][SEAL_RECOVERY_SIZE], made[INSTANT_SIZE];
	struct text values[ACCOUNT_RECOVERY_CODES], when;
	if (n > ACCOUNT_RECOVERY_CODES)
		return ERR_TOO_LARGE;
	for (unsigned i = 0; i < n; i++) {
		enum err err = seal_recovery(authority->keys, person, codes[i], hashes[i]);
		if (err != OK)
			return err;
		values[i] = text_of(hashes[i]);
	}
	instant_write(made_ms, made);
	when = text_of(made);
	const struct record_change changes[] = {
		{ RECORD_REPLACE, ENTRY_NAMES[ENTRY_RECOVERY], values, n },
		{ RECORD_REPLACE, ENTRY_NAMES[ENTRY_RECOVERY_MADE], &when, 1 },
	};
	return entry_change(authority, person, changes, COUNT(changes), NULL, &arena);
}

enum err account_recovery_use(struct authority *authority, struct text person, struct secret code)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	char hash[SEAL_RECOVERY_SIZE];
	enum err err = seal_recovery(authority->keys, person, code, hash);
	if (err != OK)
		return err == ERR_MALFORMED ? ERR_NOT_FOUND : err;
	const struct text value = text_of(hash);
	const struct record_change change = ENTRY_CHANGE(RECORD_DELETE, ENTRY_RECOVERY, &value);
	err = entry_modify(authority, person, &change, 1, NULL, &arena);
	return err == ERR_STALE ? ERR_NOT_FOUND : err;
}
