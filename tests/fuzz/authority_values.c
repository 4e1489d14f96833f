/* authority_values.c - what people type and what a directory answers, before it means anything. The first byte says what the rest is taken for. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "authority/directory/filter.h"
#include "authority/directory/instant.h"
#include "authority/directory/name.h"
#include "authority/directory/ppolicy.h"
#include "authority/self/postal.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* What is looked up is one clean word, and is the same when it is looked at again. */
static void try_name(struct text typed, struct arena *arena)
{
	struct text name, again;
	(void)arena;
	if (name_normalise(typed, &name) != OK)
		return;
	must(name.len > 0 && text_is_utf8(name.at, name.len) && !text_has_control(name.at, name.len, false));
	must(name.at >= typed.at && name.at + name.len <= typed.at + typed.len);
	must(name_normalise(name, &again) == OK && text_equal(name, again));
}

static int digit_of(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

/* No byte of the value is syntax (RFC 4515), and all of them are there. */
static void try_filter(struct text value, struct arena *arena)
{
	struct filter filter;
	filter_init(&filter, arena);
	filter_equal(&filter, "uid", value.at, value.len);
	const char *at = filter_str(&filter);
	if (at == NULL)
		return;
	must(strncmp(at, "(uid=", 5) == 0);
	at += 5;
	for (size_t i = 0; i < value.len; i++) {
		unsigned char byte = (unsigned char)*at++;
		must(strchr("(*)", byte) == NULL);
		if (byte == '\\') {
			must(digit_of(at[0]) >= 0 && digit_of(at[1]) >= 0);
			byte = (unsigned char)(digit_of(at[0]) * 16 + digit_of(at[1]));
			at += 2;
		}
		must(byte == (unsigned char)value.at[i]);
	}
	must(strcmp(at, ")") == 0);
}

static void try_instant(struct text text, struct arena *arena)
{
	char written[INSTANT_SIZE];
	int64_t ms, again_ms;
	(void)arena;
	if (!instant_read(text, &ms))
		return;
	must(ms >= 0);
	if (ms > 253402300799000) /* the last second of four digits */
		return;
	instant_write(ms, written);
	must(instant_read(text_of(written), &again_ms) && again_ms / 1000 == ms / 1000);
}

/* What a form shows and sends back unchanged is the same address. */
static void try_postal(struct text value, struct arena *arena)
{
	struct text lines, written, again;
	if (postal_read(value, arena, &lines) != OK || postal_write(lines, arena, &written) != OK)
		return;
	must(postal_read(written, arena, &again) == OK && postal_write(again, arena, &lines) == OK);
	must(text_equal(lines, written));
}

/* Only a bind that succeeded proves a password. */
static void try_policy(struct text text, struct arena *arena)
{
	struct ldapc_bound bound = { 0 };
	struct bind_result result = { .outcome = BIND_REFUSED };
	const char *words = arena_copy(arena, text.at, text.len);
	if (text.len < 4 || words == NULL)
		return;
	bound.code = (signed char)text.at[0];
	bound.has_policy = text.at[1] & 1;
	bound.error = (unsigned char)text.at[2] % 12;
	(void)snprintf(bound.diagnostic, sizeof bound.diagnostic, "%s", words + 3);
	if (ppolicy_outcome(&bound, &result) == OK && result.outcome >= BIND_MUST_CHANGE)
		must(bound.code == LDAP_SUCCESS &&
		     (result.outcome != BIND_OK || !bound.has_policy || bound.error == PP_noError));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const TRIES[])(
	    struct text, struct arena *) = { try_name, try_filter, try_instant, try_postal, try_policy };
	struct arena arena = { 0 };
	if (size == 0)
		return 0;
	const char *bytes = arena_copy(&arena, data + 1, size - 1);
	if (bytes != NULL)
		TRIES[data[0] % COUNT(TRIES)]((struct text){ bytes, size - 1 }, &arena);
	arena_done(&arena);
	return 0;
}
