/* probe_acting.c - as whom the proxy identity may act: as people, and as nobody else (SECURITY 27). */
#include <stdio.h>
#include <string.h>
#include "authority/directory/probe_state.h"

/* Whether an operation is taken on behalf of that DN: of its own entry, or of the root of the tree. */
static bool may_act(struct probe *probe, struct ldapc *proxy, const char *dn)
{
	const char *attributes[] = { LDAP_NO_ATTRS, NULL };
	const struct ldapc_search search = { .base = "",
		.scope = LDAP_SCOPE_BASE,
		.filter = "(objectClass=*)",
		.attributes = attributes,
		.as_dn = dn };
	unsigned n;
	return probe_search(probe, proxy, &search, &n) == LDAP_SUCCESS;
}

static void act_as_person(struct probe *probe, struct ldapc *proxy)
{
	for (unsigned i = 0; i < probe->n_candidates; i++) {
		if (!may_act(probe, proxy, probe->candidates[i]))
			continue;
		probe->person = probe->candidates[i];
		probe_say(probe, TEST_OK, "acting as a person", NULL, "it may act as %.200s", probe->person);
		return;
	}
	probe_say(probe, TEST_FAIL, "acting as a person",
	    "OpenLDAP: set authz-policy to, and give the proxy an authzTo that is a filter: "
	    "ldap:///ou=people,BASE??sub?(objectClass=inetOrgPerson). Let slapd compare (=x) the attributes "
	    "of that "
	    "filter for the proxy.",
	    "it may act as none of %u people, %.150s among them", probe->n_candidates,
	    probe->n_candidates > 0 ? probe->candidates[0] : "nobody");
}

/* The administrator's DN is no setting of ours; these are the customary ones. */
static unsigned others(struct probe *probe, const char *dns[], unsigned max)
{
	static const char *const ADMINISTRATORS[] = { "cn=admin", "cn=Manager", "cn=root" };
	const struct conf *conf = probe->conf;
	const char *suffix = strstr(conf->directory.people_base, "dc=");
	unsigned n = 0;
	if (suffix == NULL)
		suffix = strstr(conf->directory.people_base, "o=");
	dns[n++] = conf->directory.read_dn;
	dns[n++] = conf->records.dn;
	dns[n++] = "cn=config";
	dns[n++] = "cn=Directory Manager";
	dns[n++] = arena_printf(probe->arena, "uid=spom-not-there,%s", conf->directory.people_base);
	for (size_t i = 0; suffix != NULL && i < COUNT(ADMINISTRATORS) && n < max; i++)
		dns[n++] = arena_printf(probe->arena, "%s,%s", ADMINISTRATORS[i], suffix);
	return n;
}

static void act_as_others(struct probe *probe, struct ldapc *proxy)
{
	const char *dns[10];
	unsigned n = others(probe, dns, COUNT(dns));
	for (unsigned i = 0; i < n; i++) {
		if (dns[i] == NULL || !may_act(probe, proxy, dns[i]))
			continue;
		probe_say(probe, TEST_FAIL, "acting as others",
		    "Make authzTo a filter that only people match: ldap:///ou=people,BASE??sub?(...). A "
		    "pattern "
		    "(dn.regex) lets DNs through that are not there, and the directory's administrator.",
		    "it may act as %.200s", dns[i]);
		return;
	}
	probe_say(probe, TEST_OK, "acting as others", NULL,
	    "it may act neither as a service, nor as an administrator, nor as somebody who is not there");
}

static void act_alone(struct probe *probe, struct ldapc *proxy)
{
	if (probe->person == NULL)
		return;
	if (!probe_sees(probe, proxy, probe->person, NULL))
		probe_say(
		    probe, TEST_OK, "acting alone", NULL, "the proxy has no right of its own to read people");
	else
		probe_say(probe, TEST_WARN, "acting alone", "Take the proxy's own rights away.",
		    "the proxy may read %.200s without acting for anybody", probe->person);
}

void probe_acting(struct probe *probe)
{
	const struct conf_directory *conf = &probe->conf->directory;
	struct ldapc_fault fault = { "" };
	struct ldapc *proxy = NULL;
	if (conf->proxy_dn[0] == '\0') {
		probe_say(probe, TEST_WARN, "proxy identity",
		    "Set [directory] proxy_dn and proxy_password_file, so that people can see and change "
		    "their entry.",
		    "there is none: profiles cannot be read");
		return;
	}
	if (probe->uri == NULL) {
		probe_say(probe, TEST_SKIP, "proxy identity", NULL, "needs a server");
		return;
	}
	if (probe_open(probe, probe->uri, conf->proxy_dn, conf->proxy_password_file, &proxy, &fault) != OK) {
		probe_say(probe, TEST_FAIL, "proxy identity",
		    "Make the entry of [directory] proxy_dn, and put its password into proxy_password_file.",
		    "%.120s cannot bind: %.200s", conf->proxy_dn, fault.text);
		return;
	}
	probe_say(probe, TEST_OK, "proxy identity", NULL, "%.200s binds", conf->proxy_dn);
	act_as_person(probe, proxy);
	act_as_others(probe, proxy);
	act_alone(probe, proxy);
	ldapc_close(&proxy);
}
