/* raw.c - the limit: a search for the name and a bind with the password, straight at the directory, and nothing else. Arguments:
 * URI, base, reader's DN, its password, workers, seconds, number of people, password. */
#include <ldap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bench.h"

static const char *uri, *base, *reader, *reader_password, *password;
static unsigned long people;

struct pair {
	LDAP *search, *bind;
};

static LDAP *open_as(const char *dn, const char *secret)
{
	LDAP *ld;
	int version = LDAP_VERSION3;
	struct berval value = { strlen(secret), (char *)secret };
	if (ldap_initialize(&ld, uri) != LDAP_SUCCESS)
		return NULL;
	(void)ldap_set_option(ld, LDAP_OPT_PROTOCOL_VERSION, &version);
	return ldap_sasl_bind_s(ld, dn, LDAP_SASL_SIMPLE, &value, NULL, NULL, NULL) == LDAP_SUCCESS ? ld
												    : NULL;
}

static void *begin(unsigned worker)
{
	(void)worker;
	struct pair *pair = calloc(1, sizeof *pair);
	pair->search = open_as(reader, reader_password);
	pair->bind = open_as(reader, reader_password);
	return pair->search != NULL && pair->bind != NULL ? pair : NULL;
}

static bool act(void *state, unsigned long number)
{
	struct pair *pair = state;
	char filter[80];
	LDAPMessage *found = NULL;
	(void)snprintf(filter, sizeof filter, "(uid=g%07lu)", number % people + 1);
	if (ldap_search_ext_s(pair->search, base, LDAP_SCOPE_SUBTREE, filter, NULL, 0, NULL, NULL, NULL, 2,
		&found) != LDAP_SUCCESS)
		return false;
	char *dn = ldap_get_dn(pair->search, ldap_first_entry(pair->search, found));
	struct berval value = { strlen(password), (char *)password };
	int rc =
	    dn == NULL ? -1 : ldap_sasl_bind_s(pair->bind, dn, LDAP_SASL_SIMPLE, &value, NULL, NULL, NULL);
	ldap_memfree(dn);
	ldap_msgfree(found);
	return rc == LDAP_SUCCESS;
}

int main(int argc, char **argv)
{
	if (argc != 9)
		return 2;
	uri = argv[1];
	base = argv[2];
	reader = argv[3];
	reader_password = argv[4];
	people = strtoul(argv[7], NULL, 10);
	password = argv[8];
	struct bench bench = { (unsigned)atoi(argv[5]), atof(argv[6]), act, begin };
	return bench_run(&bench);
}
