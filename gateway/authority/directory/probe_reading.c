/* probe_reading.c - what the reading identity, and nobody at all, must not be able to do; and the decoy. */
#include "authority/directory/probe_state.h"

static void look_at_passwords(struct probe *probe)
{
	if (!probe_sees(probe, probe->reader, probe->person, "userPassword"))
		probe_say(probe, TEST_OK, "passwords", NULL, "the reading identity cannot read them");
	else
		probe_say(probe, TEST_FAIL, "passwords",
		    "Take the right to read userPassword away from everybody (schema/access.conf has the "
		    "rules).",
		    "the reading identity can read the hash of %.200s", probe->person);
}

static void look_at_writing(struct probe *probe)
{
	static const char *const ATTRIBUTES[] = { "userPassword", "mail", "cn", "mobile" };
	for (size_t i = 0; i < COUNT(ATTRIBUTES); i++) {
		if (!probe_may_write(probe, probe->reader, probe->person, ATTRIBUTES[i]))
			continue;
		probe_say(probe, TEST_FAIL, "reading identity writes",
		    "Give the reading identity the right to read alone.", "it may write %s of %.200s",
		    ATTRIBUTES[i], probe->person);
		return;
	}
	probe_say(probe, TEST_OK, "reading identity writes", NULL, "it may not write people");
}

static void look_at_strangers(struct probe *probe)
{
	if (!probe_sees(probe, probe->anonymous, probe->person, NULL))
		probe_say(probe, TEST_OK, "strangers", NULL, "without a password people cannot be looked up");
	else
		probe_say(probe, TEST_WARN, "strangers",
		    "Let nobody search people who has not signed in, unless the institution wants it so.",
		    "anybody on the network can look people up");
}

/* How long a refusal takes would tell as well, but not for sure; so the reading identity must see that it is there. */
static void look_at_decoy(struct probe *probe)
{
	const struct conf_directory *conf = &probe->conf->directory;
	if (conf->decoy_dn[0] == '\0')
		probe_say(probe, TEST_WARN, "decoy",
		    "Make an entry with a password that nobody knows and a policy that never locks it, and "
		    "name it in [directory] decoy_dn (schema/tree.ldif shows one).",
		    "none is set: how long an answer takes tells who is not among the people");
	else if (probe_sees(probe, probe->reader, conf->decoy_dn, NULL))
		probe_say(probe, TEST_OK, "decoy", NULL, "%.200s is there", conf->decoy_dn);
	else
		probe_say(probe, TEST_WARN, "decoy",
		    "Make it (schema/tree.ldif shows one), and let the reading identity see that it is there "
		    "(attrs=entry,objectClass; docs/install.md).",
		    "%.200s is not there, or cannot be seen", conf->decoy_dn);
}

void probe_reading(struct probe *probe)
{
	if (probe->person == NULL) {
		probe_say(probe, TEST_SKIP, "rights to read", NULL, "needs a person to try with");
	} else {
		look_at_passwords(probe);
		look_at_writing(probe);
		look_at_strangers(probe);
	}
	look_at_decoy(probe);
}
