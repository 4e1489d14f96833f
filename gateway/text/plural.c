#include "text/plural.h"
#include <stddef.h>
#include <string.h>
#include "base/attr.h"

enum plural plural_one(uint64_t n)
{
	return n == 1 ? PLURAL_ONE : PLURAL_OTHER;
}

enum plural plural_zero_one(uint64_t n)
{
	return n <= 1 ? PLURAL_ONE : PLURAL_OTHER;
}

/* 2-4, 22-24, ... but not 12-14. */
static bool is_few(uint64_t n)
{
	return n % 10 >= 2 && n % 10 <= 4 && (n % 100 < 12 || n % 100 > 14);
}

enum plural plural_east(uint64_t n)
{
	if (n % 10 == 1 && n % 100 != 11)
		return PLURAL_ONE;
	return is_few(n) ? PLURAL_FEW : PLURAL_MANY;
}

enum plural plural_polish(uint64_t n)
{
	if (n == 1)
		return PLURAL_ONE;
	return is_few(n) ? PLURAL_FEW : PLURAL_MANY;
}

enum plural plural_czech(uint64_t n)
{
	if (n == 1)
		return PLURAL_ONE;
	return n >= 2 && n <= 4 ? PLURAL_FEW : PLURAL_OTHER;
}

#define F(form) (1u << PLURAL_##form)

static const struct plural_rule RULES[] = {
	{ " en de nl sv da nb fi it es el hu tr ", "plural_one", F(ONE) | F(OTHER), plural_one },
	{ " fr pt ", "plural_zero_one", F(ONE) | F(OTHER), plural_zero_one },
	{ " ru uk ", "plural_east", F(ONE) | F(FEW) | F(MANY) | F(OTHER), plural_east },
	{ " pl ", "plural_polish", F(ONE) | F(FEW) | F(MANY) | F(OTHER), plural_polish },
	{ " cs sk ", "plural_czech", F(ONE) | F(FEW) | F(OTHER), plural_czech },
};

static bool lists(const char *words, struct text word)
{
	for (const char *at = words; *at != '\0'; at += strcspn(at, " ")) {
		at += strspn(at, " ");
		if (word.len > 0 && strcspn(at, " ") == word.len && memcmp(at, word.at, word.len) == 0)
			return true;
	}
	return false;
}

const struct plural_rule *plural_find(struct text language)
{
	for (size_t i = 0; i < COUNT(RULES); i++)
		if (lists(RULES[i].languages, language))
			return &RULES[i];
	return NULL;
}

static const char *const WORDS[PLURAL_COUNT_] = { "other", "one", "few", "many" };

bool plural_from_text(struct text word, enum plural *plural_r)
{
	for (unsigned i = 0; i < PLURAL_COUNT_; i++)
		if (text_equal_str(word, WORDS[i])) {
			*plural_r = (enum plural)i;
			return true;
		}
	return false;
}

const char *plural_text(enum plural plural)
{
	return plural < PLURAL_COUNT_ ? WORDS[plural] : "other";
}
