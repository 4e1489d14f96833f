/* write.c - a person's own entry, changed with the person's own rights. */
#include <ctype.h>
#include <string.h>
#include "authority/directory/directory.h"
#include "authority/directory/mods.h"
#include "authority/directory/state.h"

struct writing {
	struct ldapc_write write;
	const struct change *changes;
	unsigned n;
	struct arena *arena;
	struct ldapc_written written;
	struct text attribute; /* that was refused */
};

/* What a result code means: OK: result_r says it. */
static enum err outcome_of(const struct ldapc_written *written, struct write_result *result_r)
{
	switch (written->code) {
	case LDAP_SUCCESS:
		result_r->outcome = WRITE_DONE;
		return OK;
	case LDAP_ASSERTION_FAILED:
	case LDAP_NO_SUCH_OBJECT:
		result_r->outcome = WRITE_STALE;
		return OK;
	case LDAP_INSUFFICIENT_ACCESS:
		result_r->forbidden = true;
		return OK;
	case LDAP_UNDEFINED_TYPE:
	case LDAP_INVALID_SYNTAX:
	case LDAP_CONSTRAINT_VIOLATION:
	case LDAP_TYPE_OR_VALUE_EXISTS:
	case LDAP_NO_SUCH_ATTRIBUTE:
	case LDAP_OBJECT_CLASS_VIOLATION:
	case LDAP_NOT_ALLOWED_ON_RDN:
	case LDAP_NAMING_VIOLATION:
	case LDAP_UNWILLING_TO_PERFORM:
		return OK;
	default:
		return mods_fault(written->code);
	}
}

/* Servers begin their words with the attribute, or name it between quotes. */
static bool names_it(const char *words, struct text name)
{
	for (const char *at = strcasestr(words, text_str(name)); at != NULL;
	     at = strcasestr(at + 1, text_str(name))) {
		bool begins = at == words || !isalnum((unsigned char)at[-1]);
		if (begins && !isalnum((unsigned char)at[name.len]))
			return true;
	}
	return false;
}

/* Each change alone, without doing it: the first that is refused as all together were. A server that cannot try leaves it open. */
static void find_by_trying(struct writing *writing, struct ldapc *ldapc, int64_t deadline_ms)
{
	for (unsigned i = 0; i < writing->n && text_is_empty(writing->attribute); i++) {
		struct ldapc_write write = writing->write;
		LDAPMod *alone[] = { writing->write.mods[i], NULL };
		struct ldapc_written written;
		write.mods = alone;
		write.only_try = true;
		if (ldapc_write(ldapc, &write, deadline_ms, &written) != OK ||
		    written.code == LDAP_UNAVAILABLE_CRITICAL_EXTENSION)
			return;
		if (written.code == writing->written.code)
			writing->attribute = writing->changes[i].name;
	}
}

static void find_refused(struct writing *writing, struct ldapc *ldapc, int64_t deadline_ms)
{
	if (writing->n == 1)
		writing->attribute = writing->changes[0].name;
	for (unsigned i = 0; i < writing->n && text_is_empty(writing->attribute); i++)
		if (names_it(writing->written.diagnostic, writing->changes[i].name))
			writing->attribute = writing->changes[i].name;
	find_by_trying(writing, ldapc, deadline_ms);
}

/* A write whose answer was lost runs again and finds the entry changed, by itself perhaps: who is told so looks, and sees. */
static enum err write_on(struct ldapc *ldapc, int64_t deadline_ms, void *context)
{
	struct writing *writing = context;
	struct write_result result = { .outcome = WRITE_REFUSED };
	writing->attribute = (struct text){ 0 };
	enum err err = ldapc_write(ldapc, &writing->write, deadline_ms, &writing->written);
	if (err == OK)
		err = outcome_of(&writing->written, &result);
	if (err == OK && result.outcome == WRITE_REFUSED)
		find_refused(writing, ldapc, deadline_ms);
	return err;
}

/* (name=value) of a version that directory_read_self gave; NULL: it is none, or no memory. */
static const char *assertion_of(struct text version, struct arena *arena)
{
	const char *text = text_str(version);
	size_t name = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
	if (name == 0 || text[name] != '=')
		return NULL;
	size_t value = strspn(text + name + 1, "0123456789abcdefABCDEFZ.#+-");
	if (value == 0 || name + 1 + value != version.len)
		return NULL;
	return arena_printf(arena, "(%s)", text);
}

static enum err make_mods(struct writing *writing)
{
	struct record_change *changes = arena_array(writing->arena, writing->n, sizeof *changes);
	if (changes == NULL)
		return ERR_NO_MEMORY;
	for (unsigned i = 0; i < writing->n; i++)
		changes[i] = (struct record_change){ RECORD_REPLACE, text_str(writing->changes[i].name),
			writing->changes[i].values, writing->changes[i].n_values };
	return mods_make(changes, writing->n, writing->arena, &writing->write.mods);
}

static enum err read_result(const struct writing *writing, struct write_result *result_r)
{
	struct write_result result = { .outcome = WRITE_REFUSED };
	enum err err = outcome_of(&writing->written, &result);
	if (err != OK)
		return err;
	if (result.outcome == WRITE_REFUSED) {
		result.attribute = writing->attribute;
		if (!text_copy(writing->arena, text_of(writing->written.diagnostic), &result.words))
			return ERR_NO_MEMORY;
	}
	*result_r = result;
	return OK;
}

enum err directory_write_self(struct directory *directory, const struct person *person, struct text version,
    const struct change *changes, unsigned n, struct arena *arena, struct write_result *result_r)
{
	const char *assertion = assertion_of(version, arena);
	struct writing writing = {
		.write = { .dn = text_str(person->dn),
		    .as_dn = text_str(person->dn),
		    .assertion = assertion },
		.changes = changes,
		.n = n,
		.arena = arena,
	};
	if (directory->proxy == NULL || assertion == NULL)
		return ERR_CONFIG;
	enum err err = make_mods(&writing);
	if (err == OK)
		err = pool_run(directory->proxy, directory_deadline(directory), write_on, &writing);
	return err == OK ? read_result(&writing, result_r) : err;
}
