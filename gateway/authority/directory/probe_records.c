/* probe_records.c - our own records: the one identity that keeps them, and everybody who must not see them (SECURITY 27, 28). */
#include <stdio.h>
#include <string.h>
#include "authority/directory/probe_state.h"
#include "base/enc.h"

#define NOISE 9

/* A harmless entry that is there for a moment. */
static int add_entry(struct probe *probe, struct ldapc *store, const char *dn, const char *name)
{
	char *classes[] = { "organizationalRole", NULL };
	char *names[] = { (char *)name, NULL };
	LDAPMod class = { .mod_op = LDAP_MOD_ADD, .mod_type = "objectClass", .mod_values = classes };
	LDAPMod cn = { .mod_op = LDAP_MOD_ADD, .mod_type = "cn", .mod_values = names };
	LDAPMod *entry[] = { &class, &cn, NULL };
	store->stream.deadline_ms = probe_deadline(probe);
	return ldap_add_ext_s(store->ld, dn, entry, NULL, NULL);
}

static void write_entry(struct probe *probe, struct ldapc *store, const char *uri)
{
	unsigned char noise[NOISE];
	char name[40] = "spom-probe-";
	secret_random(noise, sizeof noise);
	enc_base64url(noise, sizeof noise, name + strlen(name));
	const char *dn = arena_printf(probe->arena, "cn=%s,%s", name, probe->conf->records.base);
	if (dn == NULL)
		return;
	int code = add_entry(probe, store, dn, name);
	bool seen = code == LDAP_SUCCESS && probe_sees(probe, store, dn, "cn");
	store->stream.deadline_ms = probe_deadline(probe);
	int gone = code == LDAP_SUCCESS ? ldap_delete_ext_s(store->ld, dn, NULL, NULL) : LDAP_SUCCESS;
	if (code == LDAP_SUCCESS && seen && gone == LDAP_SUCCESS)
		probe_say(probe, TEST_OK, "records", NULL,
		    "entries below %.150s are written, read and removed at %s", probe->conf->records.base,
		    uri);
	else
		probe_say(probe, TEST_FAIL, "records",
		    "Make the subtree of [records] base, and give [records] dn every right in it, and only "
		    "there; the "
		    "server must be writable, not a replica.",
		    "below %.150s at %.80s: %s", probe->conf->records.base, uri,
		    ldap_err2string(code != LDAP_SUCCESS ? code : gone));
}

static void look_at_reach(struct probe *probe, struct ldapc *store)
{
	static const char *const ATTRIBUTES[] = { "userPassword", "mail", "cn", "mobile", "description" };
	if (probe->person == NULL)
		return;
	for (size_t i = 0; i < COUNT(ATTRIBUTES); i++) {
		if (!probe_may_write(probe, store, probe->person, ATTRIBUTES[i]))
			continue;
		probe_say(probe, TEST_FAIL, "records identity writes people",
		    "Give [records] dn rights below [records] base alone.", "it may write %s of %.200s",
		    ATTRIBUTES[i], probe->person);
		return;
	}
	probe_say(probe, TEST_OK, "records identity writes people", NULL, "it may not");
}

static void try_server(struct probe *probe, const char *uri, bool first)
{
	const struct conf_records *conf = &probe->conf->records;
	struct ldapc_fault fault = { "" };
	struct ldapc *store = NULL;
	if (probe_open(probe, uri, conf->dn, conf->password_file, &store, &fault) != OK) {
		probe_say(probe, TEST_FAIL, "records identity",
		    "Make the entry of [records] dn, and put its password into password_file.",
		    "%.120s cannot bind at %.80s: %.150s", conf->dn, uri, fault.text);
		return;
	}
	write_entry(probe, store, uri);
	if (first)
		look_at_reach(probe, store);
	ldapc_close(&store);
}

static void must_not_see(struct probe *probe, struct ldapc *ldapc, const char *who)
{
	if (ldapc == NULL)
		return;
	if (!probe_sees(probe, ldapc, probe->conf->records.base, NULL))
		probe_say(probe, TEST_OK, "records are closed", NULL, "%s cannot see them", who);
	else
		probe_say(probe, TEST_FAIL, "records are closed",
		    "Give nobody but [records] dn any right below [records] base.", "%s can see %.200s", who,
		    probe->conf->records.base);
}

void probe_records(struct probe *probe)
{
	const struct conf_list *own = &probe->conf->records.uri;
	const struct conf_list *uris = own->n > 0 ? own : &probe->conf->directory.uri;
	for (unsigned i = 0; i < uris->n; i++)
		try_server(probe, uris->at[i], i == 0);
	if (own->n > 0)
		return;
	must_not_see(probe, probe->anonymous, "somebody without a password");
	must_not_see(probe, probe->reader, "the reading identity");
}
