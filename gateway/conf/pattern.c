#include "conf/pattern.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Characters at most, each repetition written out: (a{20}){3} has 60. What the C library needs grows with their square. */
#define PLACES 512u
/* Parentheses within parentheses. */
#define DEPTH 32u
/* Above every number that a repetition may have, and no sum of products of it overflows. */
#define MANY 100000ull

/* What loses its meaning behind a backslash. Before anything else its effect is undefined (XBD 9.4.2); the C library has operators there. */
#define ESCAPED ".[]\\()*+?{}|^$/-"

/* What one pair of parentheses has up to now. */
struct level {
	unsigned long long before; /* places of all but the last element */
	unsigned long long last;   /* places of the last one, which a repetition behind it multiplies */
};

struct reading {
	const char *at;
	struct level levels[DEPTH];
	unsigned depth;
};

static unsigned long long least(unsigned long long a, unsigned long long b)
{
	return a < b ? a : b;
}

static void begins_element(struct level *level, unsigned long long places)
{
	level->before = least(level->before + level->last, MANY);
	level->last = places;
}

/* Behind [...], whose first ']' is a letter and whose classes have brackets of their own (XBD 9.3.5). */
static const char *behind_bracket(const char *at)
{
	at += 1 + (at[1] == '^');
	at += *at == ']';
	while (*at != '\0' && *at != ']') {
		char kind = at[0] == '[' ? at[1] : '\0';
		const char *end = kind != '\0' && strchr(".:=", kind) != NULL ? strchr(at + 2, kind) : NULL;
		while (end != NULL && end[1] != ']')
			end = strchr(end + 1, kind);
		at = end != NULL ? end + 2 : at + 1;
	}
	return *at == ']' ? at + 1 : at;
}

static unsigned long long number(const char **at)
{
	unsigned long long n = 0;
	for (; isdigit((unsigned char)**at); (*at)++)
		n = least(n * 10 + (unsigned)(**at - '0'), MANY);
	return n;
}

/* Of *, +, ?, {m}, {m,}, {m,n} and {,n}: how often it is written out, which is twice when it may be left out or go on and on, since
   the C library has a node for that as well. 0 when it is no repetition. at_r is set behind it. */
static unsigned long long written_out(const char **at_r)
{
	const char *at = *at_r + 1;
	if (**at_r != '{') {
		*at_r = at;
		return 2;
	}
	unsigned long long from = number(&at), to = from;
	if (*at == ',') {
		at++;
		to = *at == '}' ? from + 1 : number(&at);
		to = to < 2 ? 2 : to;
	}
	if (*at != '}')
		return 0;
	*at_r = at + 1;
	return from > to ? from : to > 0 ? to : 1;
}

static const char *repeats(struct reading *reading)
{
	struct level *level = &reading->levels[reading->depth];
	unsigned long long n = written_out(&reading->at);
	if (n == 0)
		return "has a { without a number and }; a brace itself is \\{";
	level->last = least(level->last * n, MANY);
	return *reading->at != '\0' && strchr("*+?{", *reading->at) != NULL
		   ? "has a repetition of a repetition; the inner one needs parentheses"
		   : NULL;
}

static void closes(struct reading *reading)
{
	if (reading->depth == 0) {
		begins_element(&reading->levels[0], 1);
		return;
	}
	struct level *inner = &reading->levels[reading->depth--];
	begins_element(&reading->levels[reading->depth], least(inner->before + inner->last + 1, MANY));
}

static bool opens(struct reading *reading)
{
	if (reading->depth + 1 == DEPTH)
		return false;
	reading->levels[++reading->depth] = (struct level){ 0, 0 };
	return true;
}

/* One element, or what stands behind one. */
static const char *reads(struct reading *reading)
{
	struct level *level = &reading->levels[reading->depth];
	switch (*reading->at) {
	case '\\':
		if (reading->at[1] == '\0' || strchr(ESCAPED, reading->at[1]) == NULL)
			return "has a \\ before something else than one of " ESCAPED;
		begins_element(level, 1);
		reading->at += 2;
		return NULL;
	case '[':
		begins_element(level, 1);
		reading->at = behind_bracket(reading->at);
		return NULL;
	case '*':
	case '+':
	case '?':
	case '{':
		return repeats(reading);
	case '^':
	case '$':
		return "has a ^ or $ within, where it can only fail: the value is compared as a whole";
	case '(':
		if (!opens(reading))
			return "has too many parentheses within parentheses";
		break;
	case ')':
		closes(reading);
		break;
	default:
		begins_element(level, 1);
	}
	reading->at++;
	return NULL;
}

static const char *objection(const char *pattern)
{
	struct reading reading = { .at = pattern };
	while (*reading.at != '\0') {
		const char *objection = reads(&reading);
		const struct level *level = &reading.levels[reading.depth];
		if (objection != NULL)
			return objection;
		if (level->before + level->last > PLACES)
			return "repeats too much: written out without { } and +, it must have at most 512 "
			       "characters";
	}
	return NULL;
}

/* The pattern without the anchors at its ends. A whole value is compared anyway, and behind a '^' the C library takes time that
   grows exponentially with nested repetitions. */
static bool bare(const char *pattern, char room[PATTERN_MAX + 1])
{
	pattern += *pattern == '^';
	size_t len = strlen(pattern), slashes = 0;
	if (len > PATTERN_MAX)
		return false;
	memcpy(room, pattern, len + 1);
	while (slashes + 1 < len && room[len - 2 - slashes] == '\\')
		slashes++;
	if (len > 0 && room[len - 1] == '$' && slashes % 2 == 0)
		room[len - 1] = '\0';
	return true;
}

bool pattern_compile(const char *pattern, regex_t *compiled_r, char why[PATTERN_WHY_SIZE])
{
	char room[PATTERN_MAX + 1];
	const char *against = bare(pattern, room) ? objection(room) : "is too long";
	if (against != NULL) {
		(void)snprintf(why, PATTERN_WHY_SIZE, "%s", against);
		return false;
	}
	int error = regcomp(compiled_r, room, REG_EXTENDED);
	if (error == 0)
		return true;
	int len = snprintf(why, PATTERN_WHY_SIZE, "is no extended regular expression: ");
	(void)regerror(error, compiled_r, why + len, PATTERN_WHY_SIZE - (size_t)len);
	return false;
}

bool pattern_matches(const regex_t *compiled, struct text value)
{
	regmatch_t match;
	return regexec(compiled, text_str(value), 1, &match, 0) == 0 && match.rm_so == 0 &&
	       (size_t)match.rm_eo == value.len;
}
