/* password.c - a new password, by who knows the old one.
 *
 * Tried with slapd 2.5: that a password has expired or must be changed is said only to who binds with it, never after a wrong one. A
 * bind with one that must be changed succeeds, and lets that connection do nothing but change it; the next bind on it lifts that. With
 * an expired one there is no bind, so the proxy changes it, and slapd compares the old one that comes along. */
#include <string.h>
#include "authority/directory/directory.h"
#include "authority/directory/mods.h"
#include "authority/directory/ppolicy.h"
#include "authority/directory/state.h"

#define PASSWORD_MAX 1024

struct change_of_password {
	const char *dn;
	struct secret old, fresh;
	unsigned n_sent;   /* on this connection and those before, whose answers were lost */
	bool has_expired;  /* the old one is right, and good for nothing else */
	bool was_answered; /* outcome is the server's word, with written */
	struct ldapc_written written;
	enum password_outcome outcome;
};

static enum err bind_with(struct ldapc *ldapc, int64_t deadline_ms, const char *dn, struct secret password,
    enum bind_outcome *outcome_r)
{
	struct ldapc_bound bound;
	struct bind_result result;
	enum err err = ldapc_bind(ldapc, dn, password, deadline_ms, &bound);
	if (err == OK)
		err = ppolicy_outcome(&bound, &result);
	if (err == OK)
		*outcome_r = result.outcome;
	return err;
}

/* The old one is not the one any more: is the new one, by a change whose answer was lost? */
static enum err look_whether_changed(struct ldapc *ldapc, int64_t deadline_ms, void *context)
{
	struct change_of_password *change = context;
	enum bind_outcome outcome;
	enum err err = bind_with(ldapc, deadline_ms, change->dn, change->fresh, &outcome);
	if (err == OK && outcome == BIND_OK)
		change->outcome = PASSWORD_CHANGED;
	return err;
}

static const char *problem_of(int policy)
{
	switch (policy) {
	case PP_insufficientPasswordQuality:
		return "password_quality";
	case PP_passwordTooShort:
		return "password_too_short";
	case PP_passwordTooYoung:
		return "password_too_young";
	case PP_passwordInHistory:
		return "password_in_history";
	default:
		return "password_refused";
	}
}

/* What a result code means; OK: *outcome_r says it. */
static enum err outcome_of(const struct ldapc_written *written, enum password_outcome *outcome_r)
{
	switch (written->code) {
	case LDAP_SUCCESS:
		*outcome_r = PASSWORD_CHANGED;
		return OK;
	case LDAP_CONSTRAINT_VIOLATION:
	case LDAP_INSUFFICIENT_ACCESS:
	case LDAP_INVALID_CREDENTIALS: /* OpenLDAP says 53, others 49: the old one changed since the bind */
	case LDAP_UNWILLING_TO_PERFORM:
	case LDAP_INVALID_SYNTAX:
		*outcome_r = PASSWORD_REFUSED;
		return OK;
	default:
		return mods_fault(written->code);
	}
}

static enum err send(
    struct change_of_password *change, struct ldapc *ldapc, const char *as_dn, int64_t deadline_ms)
{
	change->n_sent++;
	enum err err = ldapc_change_password(
	    ldapc, change->dn, as_dn, change->old, change->fresh, deadline_ms, &change->written);
	if (err == OK)
		err = outcome_of(&change->written, &change->outcome);
	change->was_answered = err == OK;
	return err;
}

/* On a connection that is the person's for as long as this takes. */
static enum err change_on(struct ldapc *ldapc, int64_t deadline_ms, void *context)
{
	struct change_of_password *change = context;
	enum bind_outcome outcome;
	if (change->was_answered) /* the connection broke behind the answer */
		return OK;
	change->has_expired = false;
	enum err err = bind_with(ldapc, deadline_ms, change->dn, change->old, &outcome);
	if (err != OK)
		return err;
	if (outcome == BIND_EXPIRED) {
		change->has_expired = true;
		return OK;
	}
	if (outcome != BIND_OK && outcome != BIND_MUST_CHANGE) {
		change->outcome = PASSWORD_OLD_WRONG;
		return change->n_sent > 0 ? look_whether_changed(ldapc, deadline_ms, change) : OK;
	}
	err = send(change, ldapc, NULL, deadline_ms);
	enum err forgot = ldapc_is_broken(err) ? OK : ldapc_forget(ldapc, deadline_ms);
	return err == OK ? forgot : err;
}

static enum err change_by_proxy(struct ldapc *ldapc, int64_t deadline_ms, void *context)
{
	struct change_of_password *change = context;
	return send(change, ldapc, change->dn, deadline_ms);
}

static enum err change_expired(struct directory *directory, struct change_of_password *change)
{
	if (directory->proxy == NULL)
		return ERR_CONFIG;
	enum err err = pool_run(directory->proxy, directory_deadline(directory), change_by_proxy, change);
	if (err == OK && change->outcome == PASSWORD_REFUSED && change->n_sent > 1)
		err = pool_run(directory->bind, directory_deadline(directory), look_whether_changed, change);
	return err;
}

static bool may_be_sent(struct secret password)
{
	return password.len > 0 && password.len <= PASSWORD_MAX && secret_is_string(password);
}

enum err directory_change_password(struct directory *directory, const struct person *person,
    struct secret old, struct secret fresh, struct arena *arena, enum password_outcome *outcome_r,
    const char **problem_r, struct text *words_r)
{
	struct change_of_password change = { .dn = text_str(person->dn), .old = old, .fresh = fresh };
	*outcome_r = PASSWORD_REFUSED;
	*problem_r = "password_refused";
	*words_r = (struct text){ 0 };
	if (!may_be_sent(fresh))
		return OK;
	if (!may_be_sent(old)) {
		*outcome_r = PASSWORD_OLD_WRONG;
		return OK;
	}
	enum err err = pool_run(directory->bind, directory_deadline(directory), change_on, &change);
	if (err == OK && change.has_expired)
		err = change_expired(directory, &change);
	if (err != OK)
		return err;
	if (change.outcome == PASSWORD_REFUSED) {
		*problem_r = problem_of(change.written.policy);
		if (!text_copy(arena, text_of(change.written.diagnostic), words_r))
			return ERR_NO_MEMORY;
	}
	*outcome_r = change.outcome;
	return OK;
}
