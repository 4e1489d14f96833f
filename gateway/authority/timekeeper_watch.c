/* timekeeper_watch.c - asks the others for the time, at the start and every five seconds. */
#include <stddef.h>
#include "authority/account/account.h"
#include "authority/audit/audit.h"
#include "authority/authority.h"
#include "authority/every.h"
#include "authority/store/store.h"
#include "authority/timekeeper.h"
#include "base/clock.h"
#include "log/log.h"

#define BUILT_MS (SPOM_BUILT_S * 1000LL)
#define EVERY_MS 5000

static struct every keeper;

/* The directory tells its time by a write, so it is asked only where it is needed. */
static void ask_directory(struct authority *authority, struct timekeeper_facts *facts)
{
	enum err err = account_directory_time(authority, &facts->directory_ms);
	if (err != OK)
		log_line(
		    LOG_LEVEL_WARNING, "clock_of_directory_unknown", 0, LOG_STR("reason", err_text(err)));
	facts->now_ms = clock_now_ms();
}

static const char *look(struct authority *authority)
{
	struct timekeeper_facts facts = { .built_ms = BUILT_MS,
		.recorded_ms = audit_last_ms(authority->audit) };
	if (store_time(authority->store, &facts.store_ms) != OK)
		facts.store_ms = 0;
	facts.now_ms = clock_now_ms();
	if (facts.store_ms != 0 && timekeeper_is_apart(facts.now_ms, facts.store_ms)) {
		log_line(LOG_LEVEL_WARNING, "clock_off_store", 0,
		    LOG_NUMBER("ahead_ms", facts.now_ms - facts.store_ms));
		ask_directory(authority, &facts);
	}
	return timekeeper_judge(&facts);
}

enum err timekeeper_look(struct authority *authority)
{
	const char *why = look(authority);
	bool before = timekeeper_doubt(why != NULL);
	if (why != NULL && !before)
		log_line(LOG_LEVEL_ERROR, "clock_doubted", 0, LOG_STR("why", why));
	else if (why == NULL && before)
		log_line(LOG_LEVEL_INFO, "clock_believed", 0);
	return why == NULL ? OK : ERR_CLOCK;
}

static void keep(void *authority)
{
	timekeeper_look(authority);
}

enum err timekeeper_start(struct authority *authority)
{
	return every_start(&keeper, keep, authority, EVERY_MS);
}

void timekeeper_stop(void)
{
	every_stop(&keeper);
}
