/* libber's allocator: what it frees is erased, so that a password does not stay behind in a request's buffer. */
#include <lber.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include "authority/directory/ldapc.h"

static void *take(ber_len_t size, void *context)
{
	(void)context;
	return malloc(size);
}

static void *take_zeroed(ber_len_t n, ber_len_t size, void *context)
{
	(void)context;
	return calloc(n, size);
}

static void erase(void *at, void *context)
{
	(void)context;
	if (at != NULL)
		explicit_bzero(at, malloc_usable_size(at));
	free(at);
}

static void *resize(void *at, ber_len_t size, void *context)
{
	void *larger = malloc(size);
	if (larger == NULL || at == NULL)
		return larger;
	size_t had = malloc_usable_size(at);
	memcpy(larger, at, had < size ? had : size);
	erase(at, context);
	return larger;
}

void ldapc_prepare(void)
{
	static BerMemoryFunctions functions = { take, take_zeroed, resize, erase };
	(void)ber_set_option(
	    NULL, LBER_OPT_MEMORY_FNS, &functions); /* a second time it is refused: the first holds */
	LDAPAPIInfo info = { .ldapai_info_version = LDAP_API_INFO_VERSION };
	if (ldap_get_option(NULL, LDAP_OPT_API_INFO, &info) != LDAP_OPT_SUCCESS) /* reads ldap.conf, once */
		return;
	ldap_memfree(info.ldapai_vendor_name);
	ber_memvfree((void **)info.ldapai_extensions);
}
