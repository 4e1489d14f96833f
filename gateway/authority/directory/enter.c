/* Whether an account is open, for one whose proof was not the directory's password. The directory keeps this in attributes; those
 * that are there count, each server has its own. What cannot be read as a number closes the account. */
#include <string.h>
#include <strings.h>
#include "authority/directory/directory.h"
#include "authority/directory/filter.h"
#include "authority/directory/id.h"
#include "authority/directory/search.h"
#include "authority/directory/state.h"
#include "base/clock.h"

#define MS_PER_DAY 86400000LL
#define ACCOUNTDISABLE 0x2u /* [MS-ADTS] 2.2.16 */

/* Locked by an administrator (draft-behera-ldap-password-policy, pwdAccountLockedTime). A time is a lock by guesses: it keeps
 * passwords from being tried, and whoever guesses must not be able to shut out the owner of a key. */
static bool is_for_good(const char *bytes, size_t len)
{
	static const char FOR_GOOD[] = "000001010000Z";
	return len == sizeof FOR_GOOD - 1 && memcmp(bytes, FOR_GOOD, len) == 0;
}

static bool is_true(const char *bytes, size_t len)
{
	return len == 4 && strncasecmp(bytes, "true", 4) == 0;
}

/* shadow(5): the first day on which the account is closed; a negative number means never. */
static bool is_past_day(const char *bytes, size_t len)
{
	unsigned long long day;
	if (len > 1 && bytes[0] == '-')
		return !text_to_number((struct text){ bytes + 1, len - 1 }, INT32_MAX, &day);
	if (!text_to_number((struct text){ bytes, len }, INT32_MAX, &day))
		return true;
	return (long long)day <= clock_now_ms() / MS_PER_DAY;
}

static bool is_disabled(const char *bytes, size_t len)
{
	unsigned long long flags;
	return !text_to_number((struct text){ bytes, len }, UINT32_MAX, &flags) ||
	       (flags & ACCOUNTDISABLE) != 0;
}

static const struct {
	const char *attribute;
	entry_check *closes;
} LOCKS[] = {
	{ "pwdAccountLockedTime", is_for_good }, { "shadowExpire", is_past_day },
	{ "nsAccountLock", is_true },          /* 389 */
	{ "userAccountControl", is_disabled }, /* Active Directory */
};

static enum err take_state(const struct answer *answer, void *context)
{
	bool *may = context;
	struct entry entry = entry_first(answer);
	*may = entry.at != NULL;
	for (size_t i = 0; *may && i < COUNT(LOCKS); i++)
		*may = !entry_any(entry, LOCKS[i].attribute, LOCKS[i].closes);
	return OK;
}

/* The DN must still be the person's, and the person still one of the people. */
static enum err still_the_person(
    struct filter *filter, const struct directory_settings *settings, struct text id)
{
	filter_syntax(filter, "(&");
	filter_setting(filter, settings->people_filter);
	enum err err = id_filter(filter, settings->id_attribute, id);
	filter_syntax(filter, ")");
	return err == OK && filter_str(filter) == NULL ? ERR_NO_MEMORY : err;
}

enum err directory_may_enter(
    struct directory *directory, const struct person *person, struct arena *arena, bool *may_r)
{
	const char *attributes[COUNT(LOCKS) + 1] = { NULL };
	struct filter filter;
	bool may = false;
	for (size_t i = 0; i < COUNT(LOCKS); i++)
		attributes[i] = LOCKS[i].attribute;
	filter_init(&filter, arena);
	enum err err = still_the_person(&filter, directory->settings, person->id);
	if (err != OK)
		return err;
	const struct ldapc_search search = {
		.base = text_str(person->dn),
		.scope = LDAP_SCOPE_BASE,
		.filter = filter_str(&filter),
		.attributes = attributes,
	};
	err = search_run(directory->search, &search, directory_deadline(directory), take_state, &may);
	if (err != OK && err != ERR_NOT_FOUND)
		return err == ERR_FORBIDDEN ? ERR_CONFIG : err;
	*may_r = err == OK && may;
	return OK;
}
