#include "conf/near.h"
#include <string.h>

#define LONGEST 64

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Levenshtein's distance, one row at a time. */
static unsigned distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned row[LONGEST + 1];
	for (unsigned j = 0; j <= b_len; j++)
		row[j] = j;
	for (unsigned i = 1; i <= a_len; i++) {
		unsigned corner = row[0];
		row[0] = i;
		for (unsigned j = 1; j <= b_len; j++) {
			unsigned change = corner + (a[i - 1] != b[j - 1]);
			corner = row[j];
			row[j] = least(change, least(row[j], row[j - 1]) + 1);
		}
	}
	return row[b_len];
}

void near_show(struct near *near, const char *candidate)
{
	size_t a = strlen(near->typed), b = strlen(candidate);
	if (a > LONGEST || b > LONGEST)
		return;
	unsigned allowed = (unsigned)(a < b ? a : b) / 3;
	unsigned found = distance(near->typed, a, candidate, b);
	if (found <= (allowed < 1 ? 1 : allowed) && found < near->distance) {
		near->best = candidate;
		near->distance = found;
	}
}
