/* probe_servers.c - which servers answer, and what they can do. */
#include <string.h>
#include "authority/directory/probe_state.h"

#define POLICY "1.3.6.1.4.1.42.2.27.8.5.1"        /* draft-behera-ldap-password-policy */
#define ASSERTION "1.3.6.1.1.12"                  /* RFC 4528 */
#define PASSWORD_MODIFY "1.3.6.1.4.1.4203.1.11.1" /* RFC 3062 */

static void try_server(struct probe *probe, const char *uri)
{
	struct ldapc_fault fault = { "" };
	struct ldapc *ldapc = NULL;
	const struct conf_directory *conf = &probe->conf->directory;
	if (probe_open(probe, uri, "", "", &ldapc, &fault) != OK) {
		probe_say(probe, TEST_FAIL, "server",
		    "Look at the address in [directory] uri, the firewall, start_tls, and ca_file: the "
		    "server's "
		    "certificate must name this host and be signed by one of those.",
		    "%.120s: %.200s", uri, fault.text);
		return;
	}
	probe_say(probe, TEST_OK, "server", NULL, "%.200s answers%s", uri,
	    conf->start_tls || strncmp(uri, "ldaps:", 6) == 0 ? ", by TLS" : "");
	if (probe->uri == NULL) {
		probe->uri = uri;
		probe->anonymous = ldapc;
		return;
	}
	ldapc_close(&ldapc);
}

static void bind_reader(struct probe *probe)
{
	const struct conf_directory *conf = &probe->conf->directory;
	struct ldapc_fault fault = { "" };
	enum err err =
	    probe_open(probe, probe->uri, conf->read_dn, conf->read_password_file, &probe->reader, &fault);
	if (err == OK)
		probe_say(probe, TEST_OK, "reading identity", NULL, "%.200s binds", conf->read_dn);
	else
		probe_say(probe, TEST_FAIL, "reading identity",
		    "Make the entry of [directory] read_dn, and put its password into read_password_file.",
		    "%.120s cannot bind: %.200s", conf->read_dn, fault.text);
}

static bool has_value(struct probe *probe, const char *attribute, const char *value)
{
	const char *attributes[] = { attribute, NULL };
	const struct ldapc_search search = {
		.base = "", .scope = LDAP_SCOPE_BASE, .filter = "(objectClass=*)", .attributes = attributes
	};
	LDAPMessage *chain;
	int code;
	bool has = false;
	struct ldapc *ldapc = probe->reader != NULL ? probe->reader : probe->anonymous;
	if (ldapc_search(ldapc, &search, probe_deadline(probe), &chain, &code) != OK)
		return false;
	LDAPMessage *entry = ldap_first_entry(ldapc->ld, chain);
	struct berval **values = entry != NULL ? ldap_get_values_len(ldapc->ld, entry, attribute) : NULL;
	for (int i = 0; values != NULL && values[i] != NULL; i++)
		has |= strcmp(values[i]->bv_val, value) == 0;
	ldap_value_free_len(values);
	ldap_msgfree(chain);
	return has;
}

static void look_at_abilities(struct probe *probe)
{
	static const struct {
		const char *name, *attribute, *oid, *missing, *remedy;
	} ROWS[] = {
		{ "password policy", "supportedControl", POLICY,
		    "the server does not say why it refuses a password: expired, locked and must-change look "
		    "wrong",
		    "OpenLDAP: load the overlay ppolicy, with ppolicy_use_lockout." },
		{ "acting for people", "supportedControl", LDAP_CONTROL_PROXY_AUTHZ,
		    "the server does not know proxied authorization (RFC 4370): profiles cannot be read or "
		    "written",
		    "Use a server that has it; OpenLDAP does, with authz-policy to." },
		{ "assertions", "supportedControl", ASSERTION,
		    "the server does not know assertions (RFC 4528): two who save a profile at once "
		    "overwrite each "
		    "other",
		    "Use a server that has it; OpenLDAP does." },
		{ "password change", "supportedExtension", PASSWORD_MODIFY,
		    "the server does not know the Password Modify operation (RFC 3062)",
		    "Use a server that has it; OpenLDAP does." },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		if (has_value(probe, ROWS[i].attribute, ROWS[i].oid))
			probe_say(
			    probe, TEST_OK, ROWS[i].name, NULL, "the server knows it (%s)", ROWS[i].oid);
		else
			probe_say(probe, TEST_WARN, ROWS[i].name, ROWS[i].remedy, "%s", ROWS[i].missing);
	}
}

void probe_servers(struct probe *probe)
{
	const struct conf_list *uris = &probe->conf->directory.uri;
	for (unsigned i = 0; i < uris->n; i++)
		try_server(probe, uris->at[i]);
	if (probe->uri == NULL)
		return;
	bind_reader(probe);
	look_at_abilities(probe);
}
