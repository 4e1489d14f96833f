/* probe_acting.c - as whom the proxy identity may act: as people, and as nobody else (SECURITY 27). */
#include <stdio.h>
#include "authority/directory/look.h"
#include "authority/directory/probe_state.h"

/* Whether that DN, acted for by the proxy, sees an entry; "", the root of the tree, everybody sees. */
static bool sees_as(struct probe *probe, struct ldapc *proxy, const char *dn, const char *base)
{
	const char *attributes[] = { LDAP_NO_ATTRS, NULL };
	const struct ldapc_search search = { .base = base,
		.scope = LDAP_SCOPE_BASE,
		.filter = "(objectClass=*)",
		.attributes = attributes,
		.as_dn = dn };
	unsigned n;
	return probe_search(probe, proxy, &search, &n) == LDAP_SUCCESS && n > 0;
}

static void act_as_person(struct probe *probe, struct ldapc *proxy)
{
	for (unsigned i = 0; i < probe->n_candidates; i++) {
		if (!sees_as(probe, proxy, probe->candidates[i], probe->candidates[i]))
			continue;
		probe->person = probe->candidates[i];
		probe_say(probe, TEST_OK, "acting as a person", NULL, "it may act as %.200s", probe->person);
		return;
	}
	probe_say(probe, TEST_FAIL, "acting as a person",
	    "OpenLDAP: set authz-policy to, give the proxy an authzTo of dn.children:PEOPLE, the branch "
	    "where "
	    "people "
	    "are, and let people read their own entry (docs/install.md).",
	    "it may act as none of %u people, %.150s among them", probe->n_candidates,
	    probe->n_candidates > 0 ? probe->candidates[0] : "nobody");
}

/* The administrator's DN is no setting of ours; these are the customary ones, at every level above the people. */
static unsigned others(struct probe *probe, const char *dns[], unsigned max)
{
	static const char *const ADMINISTRATORS[] = { "cn=admin", "cn=Manager", "cn=root" };
	const struct conf *conf = probe->conf;
	unsigned n = 0;
	dns[n++] = conf->directory.read_dn;
	dns[n++] = conf->records.dn;
	dns[n++] = "cn=config";
	dns[n++] = "cn=Directory Manager";
	for (const char *at = look_above(conf->directory.people_base); at != NULL; at = look_above(at))
		for (size_t i = 0; i < COUNT(ADMINISTRATORS) && n < max; i++)
			dns[n++] = arena_printf(probe->arena, "%s,%s", ADMINISTRATORS[i], at);
	return n;
}

static void act_as_others(struct probe *probe, struct ldapc *proxy)
{
	const char *dns[16];
	unsigned n = others(probe, dns, COUNT(dns));
	for (unsigned i = 0; i < n; i++) {
		if (dns[i] == NULL || !sees_as(probe, proxy, dns[i], ""))
			continue;
		probe_say(probe, TEST_FAIL, "acting as others",
		    "Let authzTo name nothing but people: dn.children:PEOPLE (docs/install.md).",
		    "it may act as %.200s", dns[i]);
		return;
	}
	probe_say(probe, TEST_OK, "acting as others", NULL,
	    "it may act neither as a service nor as an administrator");
}

/* Who acts as a person has no business at another's entry, whatever people may see of each other; less so as nobody. */
static void act_on_others(struct probe *probe, struct ldapc *proxy)
{
	const char *nobody =
	    arena_printf(probe->arena, "uid=spom-not-there,%s", probe->conf->directory.people_base);
	const char *seen = NULL;
	for (unsigned i = 0; probe->person != NULL && nobody != NULL && i < probe->n_candidates; i++) {
		const char *other = probe->candidates[i];
		if (sees_as(probe, proxy, nobody, other) ||
		    (other != probe->person && sees_as(probe, proxy, probe->person, other)))
			seen = other;
	}
	if (seen == NULL)
		probe_say(probe, TEST_OK, "acting on others", NULL,
		    "as somebody it reaches that person's entry alone");
	else
		probe_say(probe, TEST_WARN, "acting on others",
		    "OpenLDAP: put the rules with realdn before yours (docs/install.md), so that a stolen "
		    "proxy "
		    "password reaches less.",
		    "as somebody else it may read %.200s", seen);
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
	act_on_others(probe, proxy);
	act_alone(probe, proxy);
	ldapc_close(&proxy);
}
