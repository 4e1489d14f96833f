#include "authority/directory/records.h"
#include <string.h>
#include "authority/directory/mods.h"
#include "authority/directory/search.h"
#include "authority/directory/state.h"
#include "base/clock.h"

#define NAMES_MAX 16

/* --- reading ---------------------------------------------------------------------------------------------------- */

struct reading {
	const struct directory *directory;
	struct ldapc_search search;
	unsigned n; /* names */
	unsigned max;
	struct arena *arena;
	struct record *records;
	unsigned found;
	bool more;
	records_visit *visit; /* of records_each, with: */
	void *context;
	int64_t until_ms; /* for all parts together */
};

/* Who may not look is told of no entry at all, as if there were none: so the base must be seen. */
static enum err must_see(struct ldapc *ldapc, const char *base, int64_t deadline_ms)
{
	static const char *const NOTHING[] = { LDAP_NO_ATTRS, NULL };
	const struct ldapc_search search = {
		.base = base, .scope = LDAP_SCOPE_BASE, .filter = "(objectClass=*)", .attributes = NOTHING
	};
	LDAPMessage *chain;
	int code;
	enum err err = ldapc_search(ldapc, &search, deadline_ms, &chain, &code);
	if (err != OK)
		return err;
	bool seen = code == LDAP_SUCCESS && ldap_count_entries(ldapc->ld, chain) == 1;
	ldap_msgfree(chain);
	return seen ? OK : ERR_CONFIG;
}

/* What a modification of nothing answers (its assertion holds for no entry): a server that takes writes refuses the assertion, one
 * that does not refers to another. Servers without RFC 4528 must be named with care: the manual says so. */
static enum err must_take_writes(struct ldapc *ldapc, const char *base, int64_t deadline_ms)
{
	LDAPMod nothing = { .mod_op = LDAP_MOD_REPLACE, .mod_type = (char *)"description" };
	LDAPMod *mods[] = { &nothing, NULL };
	const struct ldapc_write write = { .dn = base, .mods = mods, .assertion = "(!(objectClass=*))" };
	struct ldapc_written written;
	enum err err = ldapc_write(ldapc, &write, deadline_ms, &written);
	if (err != OK)
		return err;
	switch (written.code) {
	case LDAP_ASSERTION_FAILED:
	case LDAP_UNAVAILABLE_CRITICAL_EXTENSION:
		return OK;
	case LDAP_NO_SUCH_OBJECT:
	case LDAP_INSUFFICIENT_ACCESS:
		return ERR_CONFIG; /* the base of the records itself */
	default:
		return ERR_UNREACHABLE; /* the next server may */
	}
}

static enum err read_record(struct reading *reading, struct entry entry)
{
	struct record *record = &reading->records[reading->found];
	record->attributes = arena_array(reading->arena, reading->n, sizeof *record->attributes);
	if (record->attributes == NULL)
		return ERR_NO_MEMORY;
	enum err err = entry_dn(entry, reading->arena, &record->dn);
	for (unsigned i = 0; err == OK && i < reading->n; i++) {
		struct attribute *to = &record->attributes[i];
		to->name = text_of(reading->search.attributes[i]);
		err = entry_values(
		    entry, reading->search.attributes[i], reading->arena, &to->values, &to->n_values);
	}
	reading->found += err == OK;
	return err;
}

/* Whoever visits takes what there is: a server that knows no parts gives all. */
static enum err make_room(struct reading *reading, const struct answer *answer)
{
	if (reading->visit == NULL)
		return OK;
	reading->max = answer->n;
	reading->records = arena_array(reading->arena, reading->max, sizeof *reading->records);
	return reading->records != NULL ? OK : ERR_NO_MEMORY;
}

static enum err take(struct reading *reading, const struct answer *answer)
{
	enum err err = make_room(reading, answer);
	reading->found = 0;
	reading->more = reading->more || answer->cut_short;
	for (struct entry entry = entry_first(answer); err == OK && entry.at != NULL;
	     entry = entry_next(entry)) {
		if (reading->found == reading->max) {
			reading->more = true;
			break;
		}
		err = read_record(reading, entry);
	}
	return err;
}

static enum err fault_of(int code)
{
	switch (code) {
	case LDAP_SUCCESS:
	case LDAP_SIZELIMIT_EXCEEDED:
	case LDAP_ADMINLIMIT_EXCEEDED:
		return OK;
	case LDAP_NO_SUCH_OBJECT:
		return ERR_NOT_FOUND;
	case LDAP_NO_SUCH_ATTRIBUTE:
	case LDAP_ASSERTION_FAILED:
		return ERR_STALE;
	case LDAP_TYPE_OR_VALUE_EXISTS:
	case LDAP_ALREADY_EXISTS:
		return ERR_EXISTS;
	case LDAP_TIMELIMIT_EXCEEDED:
		return ERR_TIMEOUT;
	case LDAP_OPERATIONS_ERROR:
	case LDAP_REFERRAL: /* this server is not the one that is written to */
	case LDAP_UNWILLING_TO_PERFORM:
	case LDAP_BUSY:
	case LDAP_UNAVAILABLE:
	case LDAP_OTHER:
		return ERR_UNREACHABLE;
	default:
		return ERR_CONFIG;
	}
}

static enum err read_on(struct ldapc *ldapc, int64_t deadline_ms, void *context)
{
	struct reading *reading = context;
	LDAPMessage *chain;
	int code;
	enum err err = ldapc_search(ldapc, &reading->search, deadline_ms, &chain, &code);
	if (err != OK)
		return err;
	err = fault_of(code);
	if (err == OK) {
		const struct answer answer = { ldapc->ld, chain,
			(unsigned)ldap_count_entries(ldapc->ld, chain), code != LDAP_SUCCESS };
		err = take(reading, &answer);
	}
	ldap_msgfree(chain);
	if (err == OK && reading->search.scope == LDAP_SCOPE_BASE && reading->found == 0)
		return ERR_CONFIG; /* it is there, and we may not see it */
	if (err != ERR_NOT_FOUND && (err != OK || reading->found > 0))
		return err;
	const char *base = reading->directory->settings->records_base;
	enum err sure = must_see(ldapc, base, deadline_ms);
	if (sure == OK)
		sure = must_take_writes(ldapc, base, deadline_ms);
	return sure == OK ? err : sure;
}

static enum err visit_part(struct ldapc *ldapc, int64_t deadline_ms, struct reading *reading)
{
	arena_reset(reading->arena);
	enum err err = read_on(ldapc, deadline_ms, reading);
	for (unsigned i = 0; err == OK && i < reading->found; i++)
		err = reading->visit(reading->context, &reading->records[i]);
	return err;
}

/* Each part has the time of an operation: a server that gives many of them is well. */
static enum err visit_rest(struct ldapc *ldapc, struct reading *reading)
{
	enum err err = OK;
	while (err == OK && reading->search.page->cookie != NULL) {
		if (clock_left_ms(reading->until_ms) == 0) {
			reading->more = true;
			return OK;
		}
		err = visit_part(ldapc, directory_deadline(reading->directory), reading);
	}
	/* it has given the first: so it is no matter of rights, nor is there nothing */
	return err == ERR_CONFIG || err == ERR_NOT_FOUND ? ERR_UNREACHABLE : err;
}

static enum err visit_on(struct ldapc *ldapc, int64_t deadline_ms, void *context)
{
	struct reading *reading = context;
	struct ldapc_page page = { .size = RECORDS_PART };
	reading->search.page = &page;
	reading->more = false;
	enum err err = reading->visit(reading->context, NULL);
	if (err == OK)
		err = visit_part(ldapc, deadline_ms, reading);
	if (err == OK)
		err = visit_rest(ldapc, reading);
	ldapc_page_done(&page);
	return err;
}

static enum err read_by(struct reading *reading, const char *const *names, int timeout_ms)
{
	const char *wanted[NAMES_MAX + 1] = { NULL };
	struct directory *directory = (struct directory *)reading->directory;
	if (directory->records == NULL)
		return ERR_CONFIG;
	if (reading->n == 0 || reading->n > NAMES_MAX)
		return ERR_INTERNAL;
	if (reading->visit == NULL)
		reading->records = arena_array(reading->arena, reading->max, sizeof *reading->records);
	if (reading->visit == NULL && reading->records == NULL)
		return ERR_NO_MEMORY;
	memcpy(wanted, names, reading->n * sizeof *names);
	reading->search.attributes = wanted;
	int64_t deadline_ms = timeout_ms > 0 ? clock_steady_ms() + timeout_ms : directory_deadline(directory);
	return pool_run(
	    directory->records, deadline_ms, reading->visit != NULL ? visit_on : read_on, reading);
}

enum err records_read(struct directory *directory, const char *dn, const char *const *names, unsigned n,
    struct arena *arena, struct attribute *attributes)
{
	struct reading reading = {
		.directory = directory,
		.search = { .base = dn, .scope = LDAP_SCOPE_BASE, .filter = "(objectClass=*)" },
		.n = n,
		.max = 1,
		.arena = arena,
	};
	enum err err = read_by(&reading, names, 0);
	if (err == OK)
		memcpy(attributes, reading.records[0].attributes, n * sizeof *attributes);
	return err;
}

enum err records_search(struct directory *directory, const char *below, const char *filter,
    const char *const *names, unsigned n, unsigned max, int timeout_ms, struct arena *arena,
    struct record **records_r, unsigned *n_r, bool *more_r)
{
	struct reading reading = {
		.directory = directory,
		.search = { .base = below,
		    .scope = LDAP_SCOPE_ONELEVEL,
		    .filter = filter,
		    .size_limit = (int)max + 1 },
		.n = n,
		.max = max,
		.arena = arena,
	};
	enum err err = read_by(&reading, names, timeout_ms);
	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	*records_r = reading.records;
	*n_r = err == OK ? reading.found : 0;
	*more_r = err == OK && reading.more;
	return OK;
}

enum err records_each(struct directory *directory, const char *below, const char *filter,
    const char *const *names, unsigned n, int timeout_ms, struct arena *arena, records_visit *visit,
    void *context, bool *more_r)
{
	struct reading reading = {
		.directory = directory,
		.search = { .base = below, .scope = LDAP_SCOPE_ONELEVEL, .filter = filter },
		.n = n,
		.arena = arena,
		.visit = visit,
		.context = context,
		.until_ms = clock_steady_ms() + timeout_ms,
	};
	enum err err = read_by(&reading, names, 0);
	*more_r = err == OK && reading.more;
	return err == ERR_NOT_FOUND ? OK : err;
}

/* --- writing ---------------------------------------------------------------------------------------------------- */

static enum err write_on(struct ldapc *ldapc, int64_t deadline_ms, void *context)
{
	struct ldapc_written written;
	enum err err = ldapc_write(ldapc, context, deadline_ms, &written);
	return err == OK ? fault_of(written.code) : err;
}

static enum err write_by(struct directory *directory, struct ldapc_write *write,
    const struct record_change *changes, unsigned n, struct arena *arena)
{
	if (directory->records == NULL)
		return ERR_CONFIG;
	enum err err = mods_make(changes, n, arena, &write->mods);
	if (err != OK)
		return err;
	return pool_run(directory->records, directory_deadline(directory), write_on, write);
}

enum err records_add(struct directory *directory, const char *dn, const struct record_change *changes,
    unsigned n, struct arena *arena)
{
	struct ldapc_write write = { .dn = dn, .is_new = true };
	return write_by(directory, &write, changes, n, arena);
}

enum err records_add_unit(struct directory *directory, const char *dn, const char *name, struct arena *arena)
{
	const struct text class = TEXT_LITERAL("organizationalUnit"), ou = text_of(name);
	const struct record_change parts[] = {
		{ RECORD_ADD, "objectClass", &class, 1 },
		{ RECORD_ADD, "ou", &ou, 1 },
	};
	enum err err = records_add(directory, dn, parts, COUNT(parts), arena);
	if (err == ERR_NOT_FOUND)
		return ERR_CONFIG;
	return err == ERR_EXISTS ? OK : err;
}

enum err records_remove(struct directory *directory, const char *dn)
{
	struct ldapc_write write = { .dn = dn };
	if (directory->records == NULL)
		return ERR_CONFIG;
	return pool_run(directory->records, directory_deadline(directory), write_on, &write);
}

enum err records_modify(struct directory *directory, const char *dn, const struct record_change *changes,
    unsigned n, const char *assertion, struct arena *arena)
{
	struct ldapc_write write = { .dn = dn, .assertion = assertion, .assertion_may_be_ignored = true };
	return write_by(directory, &write, changes, n, arena);
}
