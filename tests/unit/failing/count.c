#include "failing.h"
#include "private.h"

static unsigned chosen, seen;

void failing_at(unsigned n)
{
	chosen = n;
	seen = 0;
}

unsigned failing_seen(void)
{
	return seen;
}

bool failing_now(void)
{
	return ++seen == chosen;
}
