/* probe_people.c - whether people, their names and their groups are found, and how fast. */
#include <stdio.h>
#include <string.h>
#include "authority/directory/filter.h"
#include "authority/directory/probe_state.h"
#include "base/clock.h"

#define SLOW_MS 50

/* People to take a sample from: the one who was named, or the first ones. */
static const char *sample_filter(struct probe *probe)
{
	const struct conf_directory *conf = &probe->conf->directory;
	struct filter filter;
	filter_init(&filter, probe->arena);
	filter_syntax(&filter, "(&");
	filter_setting(&filter, conf->people_filter);
	if (!text_is_empty(probe->sample))
		filter_equal(&filter, conf->name_attributes.at[0], probe->sample.at, probe->sample.len);
	filter_syntax(&filter, ")");
	return filter_str(&filter);
}

static void keep_candidates(struct probe *probe, LDAPMessage *chain)
{
	LDAP *ld = probe->reader->ld;
	for (LDAPMessage *entry = ldap_first_entry(ld, chain);
	     entry != NULL && probe->n_candidates < PROBE_CANDIDATES; entry = ldap_next_entry(ld, entry)) {
		char *dn = ldap_get_dn(ld, entry);
		const char *copy = dn != NULL ? arena_copy(probe->arena, dn, strlen(dn)) : NULL;
		if (copy != NULL)
			probe->candidates[probe->n_candidates++] = copy;
		ldap_memfree(dn);
	}
	if (probe->n_candidates > 0)
		probe->person = probe->candidates[0];
}

static void find_people(struct probe *probe)
{
	const struct conf_directory *conf = &probe->conf->directory;
	const char *attributes[] = { LDAP_NO_ATTRS, NULL };
	const struct ldapc_search search = { .base = conf->people_base,
		.scope = LDAP_SCOPE_SUBTREE,
		.filter = sample_filter(probe),
		.attributes = attributes,
		.size_limit = PROBE_CANDIDATES };
	LDAPMessage *chain;
	int code = -1;
	if (ldapc_search(probe->reader, &search, probe_deadline(probe), &chain, &code) == OK) {
		keep_candidates(probe, chain);
		ldap_msgfree(chain);
	}
	if (probe->n_candidates > 0)
		probe_say(probe, TEST_OK, "people", NULL, "people are found below %.200s", conf->people_base);
	else
		probe_say(probe, TEST_FAIL, "people",
		    "Look at [directory] people_base and people_filter, and at what the reading identity may "
		    "search.",
		    "nobody is found below %.150s by %.100s (result %d)", conf->people_base,
		    conf->people_filter, code);
}

static void look_at_id(struct probe *probe)
{
	const char *attribute = probe->conf->directory.id_attribute;
	if (probe_sees(probe, probe->reader, probe->person, attribute))
		probe_say(probe, TEST_OK, "immutable id", NULL, "%s can be read", attribute);
	else
		probe_say(probe, TEST_FAIL, "immutable id",
		    "Name the attribute that never changes in [directory] id_attribute (entryUUID, "
		    "nsUniqueId, "
		    "objectGUID), and let the reading identity read it.",
		    "%.200s shows no %s", probe->person, attribute);
}

/* An attribute without an index makes each sign-in a walk through everybody. */
static void look_at_speed(struct probe *probe, const char *attribute)
{
	const char *attributes[] = { LDAP_NO_ATTRS, NULL };
	const char *filter = arena_printf(probe->arena, "(%s=spom-nobody-has-this-name)", attribute);
	unsigned n;
	if (filter == NULL)
		return;
	const struct ldapc_search search = { .base = probe->conf->directory.people_base,
		.scope = LDAP_SCOPE_SUBTREE,
		.filter = filter,
		.attributes = attributes,
		.size_limit = 2 };
	int64_t began_ms = clock_steady_ms();
	int code = probe_search(probe, probe->reader, &search, &n);
	long long ms = clock_steady_ms() - began_ms;
	if (code == LDAP_SUCCESS && ms < SLOW_MS)
		probe_say(probe, TEST_OK, "name attribute", NULL, "%s is searched in %lld ms", attribute, ms);
	else
		probe_say(probe, TEST_WARN, "name attribute",
		    "Give the attribute an equality index; OpenLDAP: index ATTRIBUTE eq, then slapindex.",
		    "a search for %s took %lld ms (result %d)", attribute, ms, code);
}

static void look_at_groups(struct probe *probe)
{
	const struct conf_directory *conf = &probe->conf->directory;
	const char *attributes[] = { LDAP_NO_ATTRS, NULL };
	const struct ldapc_search search = { .base = conf->groups_base,
		.scope = LDAP_SCOPE_SUBTREE,
		.filter = conf->groups_filter,
		.attributes = attributes,
		.size_limit = 5 };
	unsigned n;
	if (conf->groups_base[0] == '\0')
		return;
	int code = probe_search(probe, probe->reader, &search, &n);
	if (n > 0)
		probe_say(probe, TEST_OK, "groups", NULL, "groups are found below %.200s", conf->groups_base);
	else
		probe_say(probe, TEST_FAIL, "groups",
		    "Look at [directory] groups_base and groups_filter, and at what the reading identity may "
		    "search.",
		    "no group is found below %.150s by %.100s (result %d)", conf->groups_base,
		    conf->groups_filter, code);
}

/* What stands for other entries is never followed: such people cannot sign in. */
static void look_at_aliases(struct probe *probe)
{
	const char *attributes[] = { LDAP_NO_ATTRS, NULL };
	const struct ldapc_search search = { .base = probe->conf->directory.people_base,
		.scope = LDAP_SCOPE_SUBTREE,
		.filter = "(|(objectClass=alias)(objectClass=referral))",
		.attributes = attributes,
		.size_limit = 1 };
	unsigned n;
	(void)probe_search(probe, probe->reader, &search, &n);
	if (n == 0)
		probe_say(
		    probe, TEST_OK, "aliases", NULL, "there are no aliases or referrals among the people");
	else
		probe_say(probe, TEST_WARN, "aliases",
		    "Give those people entries of their own below people_base.",
		    "among the people are aliases or referrals, which are never followed");
}

void probe_people(struct probe *probe)
{
	const struct conf_list *names = &probe->conf->directory.name_attributes;
	if (probe->reader == NULL) {
		probe_say(probe, TEST_SKIP, "people", NULL, "needs the reading identity");
		return;
	}
	find_people(probe);
	if (probe->person != NULL)
		look_at_id(probe);
	for (unsigned i = 0; i < names->n; i++)
		look_at_speed(probe, names->at[i]);
	look_at_groups(probe);
	look_at_aliases(probe);
}
