/* raw.c - the limit: the directory alone. "pair": a search for the name and a bind with the password. "read": a read of the own entry as
 * that person (RFC 4370), as each page of the portal that shows something of it makes one. Arguments: what, URI, base, the service's DN, its
 * password, workers, seconds, people, password. */
#include <ldap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bench.h"

static const char *uri, *base, *service, *service_password, *password;
static struct bench_people people;

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
	int rc = ldap_sasl_bind_s(ld, dn, LDAP_SASL_SIMPLE, &value, NULL, NULL, NULL);
	return rc == LDAP_SUCCESS ? ld : NULL;
}

static void *begin(unsigned worker)
{
	(void)worker;
	struct pair *pair = calloc(1, sizeof *pair);
	pair->search = open_as(service, service_password);
	pair->bind = open_as(service, service_password);
	return pair->search != NULL && pair->bind != NULL ? pair : NULL;
}

static bool find_and_bind(void *state, unsigned long number)
{
	struct pair *pair = state;
	char filter[80];
	LDAPMessage *found = NULL;
	(void)snprintf(filter, sizeof filter, "(uid=g%07lu)", bench_person(&people, number));
	if (ldap_search_ext_s(pair->search, base, LDAP_SCOPE_SUBTREE, filter, NULL, 0, NULL, NULL, NULL, 2,
		&found) != LDAP_SUCCESS)
		return false;
	char *dn = ldap_get_dn(pair->search, ldap_first_entry(pair->search, found));
	struct berval value = { strlen(password), (char *)password };
	int rc = -1;
	if (dn != NULL)
		rc = ldap_sasl_bind_s(pair->bind, dn, LDAP_SASL_SIMPLE, &value, NULL, NULL, NULL);
	ldap_memfree(dn);
	ldap_msgfree(found);
	return rc == LDAP_SUCCESS;
}

static bool read_as_person(void *state, unsigned long number)
{
	struct pair *pair = state;
	char dn[300], who[320];
	LDAPMessage *found = NULL;
	(void)snprintf(dn, sizeof dn, "uid=g%07lu,%s", bench_person(&people, number), base);
	(void)snprintf(who, sizeof who, "dn:%s", dn);
	LDAPControl as = { LDAP_CONTROL_PROXY_AUTHZ, { strlen(who), who }, 1 };
	LDAPControl *controls[] = { &as, NULL };
	int rc = ldap_search_ext_s(
	    pair->search, dn, LDAP_SCOPE_BASE, "(objectClass=*)", NULL, 0, controls, NULL, NULL, 2, &found);
	bool read = rc == LDAP_SUCCESS && ldap_count_entries(pair->search, found) == 1;
	ldap_msgfree(found);
	return read;
}

int main(int argc, char **argv)
{
	if (argc != 10 || !bench_people_parse(argv[8], &people))
		return 2;
	uri = argv[2];
	base = argv[3];
	service = argv[4];
	service_password = argv[5];
	password = argv[9];
	bool reads = strcmp(argv[1], "read") == 0;
	struct bench bench = { (unsigned)atoi(argv[6]), atof(argv[7]), reads ? read_as_person : find_and_bind,
		begin };
	return bench_run(&bench);
}
