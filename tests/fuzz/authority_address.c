/* authority_address.c - addresses of services of CAS: one that is registered in the first line, one that a client names in the rest. */
#include <stdlib.h>
#include <string.h>
#include "authority/sso/address.h"
#include "authority/sso/service.h"
#include "conf/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static bool may_be_registered(struct text registered)
{
	static const struct conf CONF = { .n_claims = 0 };
	const struct msg_uri_row row = { registered };
	const struct msg_service_record service = {
		.name = TEXT_LITERAL("wiki"),
		.protocol = PROTOCOL_CAS,
		.label = TEXT_LITERAL("Wiki"),
		.addresses = { &row, 1 },
	};
	return registered.len <= ADDRESS_MAX && service_fault(&CONF, &service, false) == NULL;
}

/* Where an address leads is what is registered: the same scheme, and the same host or one label more. */
static void check_match(struct text registered, struct text address)
{
	struct uri of, uri;
	uri_split(registered, &of);
	uri_split(address, &uri);
	must(address_is_plain(address) && text_equal(of.scheme, uri.scheme) && uri.user.at == NULL);
	if (!address_is_any_label(&of)) {
		must(text_equal(of.host, uri.host));
	} else {
		const char *dot = memchr(uri.host.at, '.', uri.host.len);
		must(dot != NULL && uri.host.len - (size_t)(dot - uri.host.at) == of.host.len - 1 &&
		     memcmp(dot, of.host.at + 1, of.host.len - 1) == 0);
	}
	for (size_t i = 0; i < address.len; i++)
		must(
		    address.at[i] > 0x20 && address.at[i] < 0x7f && strchr("\\\"<>#", address.at[i]) == NULL);
}

static bool is_found(struct text registered, struct text address, struct arena *arena)
{
	struct text finds[ADDRESS_FINDS_MAX], wanted = address_find(registered, arena);
	unsigned n = 0;
	if (address_finds(address, arena, finds, &n) != OK)
		return false;
	must(n <= ADDRESS_FINDS_MAX);
	bool found = false;
	for (unsigned i = 0; i < n; i++) {
		must(finds[i].len == strlen(finds[i].at));
		found = found || text_equal(finds[i], wanted);
	}
	return found;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
	size_t len = end != NULL ? (size_t)(end - data) : 0;
	struct text registered, address;
	if (end == NULL || memchr(data, '\0', size) != NULL ||
	    !text_copy(&arena, (struct text){ (const char *)data, len }, &registered) ||
	    !text_copy(&arena, (struct text){ (const char *)data + len + 1, size - len - 1 }, &address))
		return 0;
	bool matches = address_is_of(registered, address);
	(void)is_found(registered, address, &arena);
	if (!may_be_registered(registered))
		return 0;
	must(matches == is_found(registered, address, &arena));
	if (matches)
		check_match(registered, address);
	return 0;
}
