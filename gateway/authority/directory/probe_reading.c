/* probe_reading.c - what the reading identity, and nobody at all, must not be able to do; and the decoy. */
#include <stdlib.h>
#include <time.h>
#include "authority/directory/probe_state.h"

#define TRIES 15

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

/* How long a wrong password takes for a DN at the least, us: what else the machine does only adds to it. -1: no answer. */
static int64_t wrong_password_us(struct probe *probe, const char *dn)
{
	static unsigned char wrong[] = "spom looks whether you answer";
	int64_t least_us = INT64_MAX;
	struct ldapc_bound bound;
	for (int i = 0; i < TRIES; i++) {
		struct timespec began, ended;
		(void)clock_gettime(CLOCK_MONOTONIC, &began);
		if (ldapc_bind(probe->anonymous, dn, (struct secret){ wrong, sizeof wrong - 1 },
			probe_deadline(probe), &bound) != OK)
			return -1;
		(void)clock_gettime(CLOCK_MONOTONIC, &ended);
		int64_t took_us =
		    (ended.tv_sec - began.tv_sec) * 1000000LL + (ended.tv_nsec - began.tv_nsec) / 1000;
		if (took_us < least_us)
			least_us = took_us;
	}
	return least_us;
}

/* The reading identity need not see the decoy: an entry that has a password takes longer to refuse one than a DN that is not there. */
static void look_at_decoy(struct probe *probe)
{
	const struct conf_directory *conf = &probe->conf->directory;
	const char *remedy =
	    "Make an entry with a password that nobody knows and a policy that never locks it, and "
	    "name it in [directory] decoy_dn (schema/tree.ldif shows one).";
	const char *nowhere = arena_printf(probe->arena, "cn=spom-not-there,%s", conf->people_base);
	if (conf->decoy_dn[0] == '\0') {
		probe_say(probe, TEST_WARN, "decoy", remedy,
		    "none is set: how long an answer takes tells who is not among the people");
		return;
	}
	if (probe_sees(probe, probe->reader, conf->decoy_dn, NULL)) {
		probe_say(probe, TEST_OK, "decoy", NULL, "%.200s is there", conf->decoy_dn);
		return;
	}
	int64_t decoy_us = wrong_password_us(probe, conf->decoy_dn);
	int64_t nowhere_us = nowhere != NULL ? wrong_password_us(probe, nowhere) : -1;
	bool there = decoy_us > 0 && nowhere_us > 0 && decoy_us * 100 > nowhere_us * 115;
	probe_say(probe, there ? TEST_OK : TEST_WARN, "decoy", there ? NULL : remedy,
	    "a wrong password takes %lld us for %.150s, and %lld us for an entry that is not there",
	    (long long)decoy_us, conf->decoy_dn, (long long)nowhere_us);
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
	if (probe->anonymous != NULL)
		look_at_decoy(probe);
}
