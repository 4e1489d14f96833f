#include "ctl/setup/identities.h"
#include <stdio.h>

const char *identity_below(struct setup *setup, const char *name, const char *base)
{
	return base[0] != '\0' ? arena_printf(setup->arena, "%s,%s", name, base) : NULL;
}

static enum err ask_once(struct setup *setup, const char *section, const char *key, enum setup_secret which,
    const char *found, struct look **look_r)
{
	char question[200];
	const char *dn;
	struct secret password;
	struct look_fault fault = { "" };
	enum err err = dialogue_setting(&setup->dialogue, section, key, found, &dn);
	if (err != OK)
		return err;
	if (dn[0] == '\0')
		return setup_secret_drop(setup, which);
	(void)snprintf(question, sizeof question, "Password of %.150s", dn);
	err = setup_secret_ask(setup, which, question, false, &password);
	if (err != OK)
		return err;
	err = look_open(&setup->server, dn, password, look_r, &fault);
	if (err == OK)
		dialogue_say("%s binds.", dn);
	else
		dialogue_say("%s cannot bind: %s.", dn, fault.text);
	return err == OK || err == ERR_NO_MEMORY ? err : ERR_CONFIG;
}

enum err identity_ask(struct setup *setup, const char *section, const char *key, enum setup_secret which,
    const char *found, struct look **look_r)
{
	enum err err = ERR_CONFIG;
	*look_r = NULL;
	for (unsigned tries = 0; err == ERR_CONFIG;) {
		err = dialogue_again(&tries);
		if (err == OK)
			err = ask_once(setup, section, key, which, found, look_r);
	}
	return err;
}

static enum err proxy(struct setup *setup)
{
	CLEANUP(look_close) struct look *look = NULL;
	return identity_ask(setup, "directory", "proxy_dn", SETUP_PROXY,
	    identity_below(setup, "cn=spom-proxy", setup->services), &look);
}

static enum err decoy(struct setup *setup)
{
	return dialogue_setting(&setup->dialogue, "directory", "decoy_dn",
	    identity_below(setup, "cn=spom-decoy", setup->services), NULL);
}

static enum err records(struct setup *setup)
{
	CLEANUP(look_close) struct look *look = NULL;
	dialogue_section("records");
	enum err err = dialogue_setting(
	    &setup->dialogue, "records", "base", identity_below(setup, "ou=spom", setup->context), NULL);
	return err != OK ? err
			 : identity_ask(setup, "records", "dn", SETUP_STORE,
			       identity_below(setup, "cn=spom-store", setup->services), &look);
}

enum err setup_identities(struct setup *setup)
{
	enum err err = proxy(setup);
	if (err == OK)
		err = decoy(setup);
	return err == OK ? records(setup) : err;
}
