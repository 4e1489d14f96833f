#include "conf/pattern.h"
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* Parentheses within parentheses. */
#define DEPTH 32u
/* Above every number that a repetition may have, and no sum of products of it overflows. */
#define MANY 100000ull

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

/* Of {m}, {m,}, {m,n} and {,n}: how often it is written out. 1 when it is no repetition. */
static unsigned long long written_out(const char **at_r)
{
	const char *at = *at_r + 1;
	unsigned long long from = number(&at), to = from;
	if (*at == ',') {
		at++;
		to = *at == '}' ? from + 1 : number(&at);
	}
	if (*at != '}') {
		(*at_r)++;
		return 1;
	}
	*at_r = at + 1;
	return from > to ? from : to;
}

static void repeats(struct level *level, unsigned long long n)
{
	level->last = least(level->last * (n > 0 ? n : 1), MANY);
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
		if (isdigit((unsigned char)reading->at[1]))
			return "refers back to a part of itself, which takes too long to compare";
		begins_element(level, 1);
		reading->at += 1 + (reading->at[1] != '\0');
		return NULL;
	case '[':
		begins_element(level, 1);
		reading->at = behind_bracket(reading->at);
		return NULL;
	case '{':
		repeats(level, written_out(&reading->at));
		return NULL;
	case '+': /* an element, and the same any number of times */
		repeats(level, 2);
		break;
	case '*':
	case '?':
		break;
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

const char *pattern_objection(const char *pattern)
{
	struct reading reading = { .at = pattern };
	while (*reading.at != '\0') {
		const char *objection = reads(&reading);
		const struct level *level = &reading.levels[reading.depth];
		if (objection != NULL)
			return objection;
		if (level->before + level->last > PATTERN_PLACES)
			return "repeats too much: written out without { } and + it must have at most 512 "
			       "characters";
	}
	return NULL;
}
