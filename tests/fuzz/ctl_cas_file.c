/* ctl_cas_file.c - a service file of Apereo CAS. Whatever it says, a service that is taken has a name and addresses, and no address of it stands for
 * one that its serviceId does not (regex(3) judges, where it knows the same words as Java). */
#include <regex.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "ctl/cas_file.h"
#include "ctl/cas_pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* One that the address stands for: x in the place of each *. */
static void must_match(const regex_t *regex, const char *begin, size_t len, struct arena *arena)
{
	char *one = arena_copy(arena, begin, len);
	must(one != NULL && strncmp(one, "https://", 8) == 0);
	for (char *at = one; *at != '\0'; at++) {
		bool label = at == one + 8 && at[1] == '.', below = at[1] == '\0' && at[-1] == '/';
		must(*at != '*' || label || below);
		*at = *at == '*' ? 'x' : *at;
	}
	must(regex == NULL || regexec(regex, one, 0, NULL, 0) == 0);
}

/* What Java writes in another way, and repetitions that take regex(3) too long. */
static bool is_foreign(const char *pattern)
{
	static const char *const FOREIGN[] = { "(?", "[^\\", "[\\", "{", "[[", "[a-zA-Z", "\\w", "\\'" };
	bool foreign = strlen(pattern) > 200;
	for (size_t i = 0; i < COUNT(FOREIGN); i++)
		foreign |= strstr(pattern, FOREIGN[i]) != NULL;
	return foreign;
}

static void try_pattern(const char *pattern, struct arena *arena)
{
	struct cas_pattern found = cas_pattern_read(pattern, arena);
	must((found.addresses == NULL) == (found.why != NULL));
	if (found.addresses == NULL)
		return;
	regex_t regex;
	const char *whole = arena_printf(arena, "^(%s)$", pattern);
	bool judged =
	    whole != NULL && !is_foreign(pattern) && regcomp(&regex, whole, REG_EXTENDED | REG_NOSUB) == 0;
	for (const char *at = found.addresses; at != NULL; at = strchr(at, ' ')) {
		at += *at == ' ';
		must_match(judged ? &regex : NULL, at, strcspn(at, " "), arena);
	}
	if (judged)
		regfree(&regex);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct cas_service service;
	const char *text = arena_copy(&arena, data, size);
	if (text == NULL || strlen(text) != size)
		return 0;
	if (cas_file_read(text, &arena, &service) == NULL) {
		must(service.name != NULL && service.options.addresses != NULL);
		must(service.options.label != NULL && service.n_notes <= CAS_NOTES_MAX);
	}
	try_pattern(text, &arena);
	return 0;
}
