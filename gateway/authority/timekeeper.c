#include "authority/timekeeper.h"
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>

#define APART_MS 5000
#define STEP_MS 1000 /* by which a clock may be set back without a word */

static atomic_bool doubted;

bool timekeeper_is_apart(int64_t one_ms, int64_t other_ms)
{
	return llabs(one_ms - other_ms) > APART_MS;
}

const char *timekeeper_judge(const struct timekeeper_facts *facts)
{
	if (facts->now_ms < facts->built_ms)
		return "before_build";
	if (facts->now_ms < facts->recorded_ms - STEP_MS)
		return "before_last_record";
	bool off_store = facts->store_ms != 0 && timekeeper_is_apart(facts->now_ms, facts->store_ms);
	return off_store && timekeeper_is_apart(facts->now_ms, facts->directory_ms)
		   ? "off_store_and_directory"
		   : NULL;
}

bool timekeeper_doubt(bool doubt)
{
	return atomic_exchange(&doubted, doubt);
}

bool timekeeper_trusts(void)
{
	return !atomic_load(&doubted);
}
