#include "authority/directory/mods.h"

static enum err make_one(const struct record_change *change, struct arena *arena, LDAPMod *mod)
{
	static const int HOW[] = { [RECORD_ADD] = LDAP_MOD_ADD,
		[RECORD_DELETE] = LDAP_MOD_DELETE,
		[RECORD_REPLACE] = LDAP_MOD_REPLACE };
	struct berval **values = arena_array(arena, change->n + 1, sizeof *values);
	struct berval *room = arena_array(arena, change->n + 1, sizeof *room);
	if (values == NULL || room == NULL)
		return ERR_NO_MEMORY;
	for (unsigned i = 0; i < change->n; i++) {
		room[i] = (struct berval){ change->values[i].len, (char *)change->values[i].at };
		values[i] = &room[i];
	}
	mod->mod_op = HOW[change->how] | LDAP_MOD_BVALUES;
	mod->mod_type = (char *)change->attribute;
	mod->mod_bvalues = change->n > 0 ? values : NULL;
	return OK;
}

enum err mods_make(const struct record_change *changes, unsigned n, struct arena *arena, LDAPMod ***mods_r)
{
	LDAPMod **mods = arena_array(arena, n + 1, sizeof *mods);
	LDAPMod *room = arena_array(arena, n, sizeof *room);
	if (n == 0)
		return ERR_INTERNAL;
	if (mods == NULL || room == NULL)
		return ERR_NO_MEMORY;
	for (unsigned i = 0; i < n; i++) {
		enum err err = make_one(&changes[i], arena, &room[i]);
		if (err != OK)
			return err;
		mods[i] = &room[i];
	}
	*mods_r = mods;
	return OK;
}

enum err mods_fault(int code)
{
	switch (code) {
	case LDAP_X_PROXY_AUTHZ_FAILURE:
	case LDAP_PROXIED_AUTHORIZATION_DENIED:
		return ERR_FORBIDDEN;
	case LDAP_BUSY:
	case LDAP_UNAVAILABLE:
	case LDAP_OPERATIONS_ERROR:
	case LDAP_REFERRAL: /* this server is not the one that is written to */
	case LDAP_OTHER:
		return ERR_UNREACHABLE;
	default:
		return ERR_CONFIG;
	}
}
