/* account.h - what we keep of a person in the directory, below ou=spom: factors, recovery codes, generation.
 *
 * One entry spomAccount for each person, named by the immutable id (rule 7); read and written by the identity spom-store
 * alone. Nothing is added to the person's campus entry. Factors are sealed with person and factor id as associated data:
 * who swaps two values has two factors that nobody can open. Every function blocks for up to the directory's timeout. */
#ifndef SPOM_AUTHORITY_ACCOUNT_ACCOUNT_H
#define SPOM_AUTHORITY_ACCOUNT_ACCOUNT_H
#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/text.h"
#include "wire/wire.h"

struct authority;

#define ACCOUNT_FACTORS_MAX 20
#define ACCOUNT_RECOVERY_CODES 10

struct account {
	struct text person;  /* the immutable id */
	bool is_there;       /* the writable server has an entry */
	uint64_t generation; /* rises with what ends everything; 0 where there is no entry */
	int64_t enrol_until; /* ms; an operator opened enrolment until then; 0: did not */
	int64_t known_after; /* ms; cookies of known browsers from before are refused */
	bool has_enrolled;   /* now or before */
	bool distrusted;     /* the password passed a front that is not trusted: must change */
	const struct msg_factor_record *const *factors; /* opened; oldest first */
	unsigned n_factors;
	unsigned n_broken; /* values that could not be opened: never "no factor" (SECURITY 14) */
	unsigned recovery_left;
	int64_t recovery_made; /* ms; 0: never */
	struct text version;   /* of the entry; for account_change */
};

/* Loads from a writable server. A person without an entry is OK with is_there false. ERR_UNREACHABLE, ERR_TIMEOUT, ERR_BUSY; ERR_CONFIG:
 * our identity is refused, or no [records] in the settings. */
NODISCARD enum err account_load(
    struct authority *authority, struct text person, struct arena *arena, const struct account **account_r);

/* The generation alone, which is one small search. 0: no entry. */
NODISCARD enum err account_generation(
    struct authority *authority, struct text person, uint64_t *generation_r);

/* Adds a factor (sealed here); makes the entry when there is none. ERR_EXISTS: that id is there; ERR_TOO_LARGE: too many. */
NODISCARD enum err account_factor_add(
    struct authority *authority, struct text person, const struct msg_factor_record *factor);

/* The same, and only where there is none so far, of several at once for one of them: who proved nothing but the password adds no second one.
 * ERR_EXISTS: there is one, be it one that cannot be opened. */
NODISCARD enum err account_factor_add_first(
    struct authority *authority, struct text person, const struct msg_factor_record *factor);

/* Replaces a factor by one of the same id. ERR_NOT_FOUND; ERR_STALE: it changed meanwhile. */
NODISCARD enum err account_factor_change(
    struct authority *authority, struct text person, const struct msg_factor_record *factor);

/* Removes a factor. ERR_NOT_FOUND: somebody else was first, or it never was. */
NODISCARD enum err account_factor_remove(
    struct authority *authority, struct text person, const struct id *factor);

/* Puts new recovery codes in the place of all old ones. codes: as the person types them; stored as keyed hashes. */
NODISCARD enum err account_recovery_set(
    struct authority *authority, struct text person, const struct secret *codes, unsigned n, int64_t made_ms);

/* Consumes a recovery code: deletes its hash in the directory. OK exactly once over all authorities; ERR_NOT_FOUND: no such
 * code (any more). The code is compared without case, spaces and dashes. */
NODISCARD enum err account_recovery_use(struct authority *authority, struct text person, struct secret code);

/* Notes the name under which the person enrols, before the factor is added: so no factor is without one. */
NODISCARD enum err account_user_note(struct authority *authority, struct text person, struct text user);

/* Whether somebody of another id has enrolled under that name, whatever its case, as a server that takes writes says it. */
NODISCARD enum err account_user_is_known(
    struct authority *authority, struct text person, struct text user, bool *known_r);

/* Raises the generation by one (making the entry when there is none), so that every session of before is over. */
NODISCARD enum err account_generation_raise(
    struct authority *authority, struct text person, uint64_t *generation_r);

/* Opens enrolment until that time (0 closes it). */
NODISCARD enum err account_enrol_until(struct authority *authority, struct text person, int64_t until_ms);

/* Refuses known browsers of before that time. */
NODISCARD enum err account_known_after(struct authority *authority, struct text person, int64_t after_ms);

/* Marks or unmarks the password as one that has to be changed. */
NODISCARD enum err account_distrust(struct authority *authority, struct text person, bool distrusted);

/* The epoch of the store as the directory remembers it: an id of up to 32 characters; absent when there never was one. */
NODISCARD enum err account_epoch_load(struct authority *authority, struct arena *arena, struct text *epoch_r);
NODISCARD enum err account_epoch_save(struct authority *authority, struct text epoch);
/* The directory's time of day, to the second: a write that changes nothing is stamped with it. ERR_NOT_FOUND: it says none. */
NODISCARD enum err account_directory_time(struct authority *authority, int64_t *now_ms_r);

/* Seals the factors of up to max accounts anew that are sealed with a former key; *left_r: how many such accounts are left, counted to
 * 1000. For rotation in the background: safe beside everything else, and takes up to a minute for a search where the directory has no
 * index of spomFactorKey. */
NODISCARD enum err account_reseal(struct authority *authority, unsigned max, unsigned *left_r);

#endif
