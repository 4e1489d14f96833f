#include "authority/sso/refusals.h"
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include "authority/authority.h"
#include "authority/call/rates.h"
#include "authority/every.h"
#include "authority/report/metrics.h"
#include "base/clock.h"
#include "base/fnv.h"
#include "log/log.h"

#define MINUTE_MS 60000
#define SERVICE_A_SECOND 20u
#define NOBODY_A_SECOND 5u /* of those that name no service */
#define ALL_A_SECOND 30u
#define FIRST_A_SECOND 1u
#define NUMBER_MAX 24

static struct every teller;
static _Atomic uint64_t untold;

static bool take(struct authority *authority, enum rates_kind kind, uint64_t number, unsigned a_second)
{
	uint8_t name[8];
	memcpy(name, &number, sizeof name);
	return rates_take(authority->rates, name, kind, a_second, clock_steady_ms());
}

/* One of each service finds room also where others take up all that there is. */
static bool finds_room(struct authority *authority, uint64_t service, bool named)
{
	return take(authority, RATES_REFUSALS_OF_ALL, 0, ALL_A_SECOND) ||
	       (named && take(authority, RATES_FIRST_REFUSALS, service, FIRST_A_SECOND) &&
		   take(authority, RATES_FIRSTS_OF_ALL, 0, ALL_A_SECOND));
}

static bool counted(bool may)
{
	if (!may) {
		metric_add(METRIC_REFUSALS_UNTOLD);
		(void)atomic_fetch_add(&untold, 1);
	}
	return may;
}

static bool may_tell(struct authority *authority, const struct audit_entry *refusal)
{
	bool named = refusal->object.len > 0;
	/* who asks chooses none of what is hashed: it is registered, or stands in our sources */
	uint64_t service = fnv_64(FNV_64, refusal->object.at, refusal->object.len);
	uint64_t events = fnv_64(service, &refusal->event, sizeof refusal->event);
	return counted(take(authority, RATES_REFUSALS, events, named ? SERVICE_A_SECOND : NOBODY_A_SECOND) &&
		       finds_room(authority, service, named));
}

void refusals_note(struct authority *authority, struct audit_entry *refusal,
    const struct msg_session_record *session, const char *what)
{
	bool once = refusal->event == AUDIT_GRANT_REPLAYED; /* it ends something, and can be had once */
	if (session == NULL && !once && !may_tell(authority, refusal))
		return;
	if (session != NULL) {
		refusal->person = session->person;
		refusal->user = session->user;
	}
	log_line(LOG_LEVEL_INFO, audit_event_text(refusal->event), refusal->trace,
	    LOG_TEXT(what, refusal->object), LOG_TEXT("reason", refusal->reason));
	audit_note(authority, refusal);
}

bool refusals_may_tell_again(struct authority *authority, const struct audit_entry *refusal)
{
	uint8_t name[8];
	uint64_t number = fnv_64(FNV_64, &refusal->event, sizeof refusal->event);
	number = fnv_64(number, refusal->object.at, refusal->object.len);
	number = fnv_64(number, refusal->reason.at, refusal->reason.len);
	memcpy(name, &number, sizeof name);
	return counted(rates_take_one(authority->rates, name, RATES_FAULTS, MINUTE_MS, clock_steady_ms()));
}

static void tell(void *context)
{
	char number[NUMBER_MAX];
	uint64_t count = atomic_exchange(&untold, 0);
	if (count == 0)
		return;
	(void)snprintf(number, sizeof number, "%llu", (unsigned long long)count);
	log_line(LOG_LEVEL_WARNING, audit_event_text(AUDIT_REFUSALS_UNTOLD), 0,
	    LOG_NUMBER("count", (long long)count));
	const struct audit_entry entry = { .event = AUDIT_REFUSALS_UNTOLD, .reason = text_of(number) };
	audit_note(context, &entry);
}

enum err refusals_start(struct authority *authority)
{
	return every_start(&teller, tell, authority, MINUTE_MS);
}

void refusals_stop(void)
{
	if (!teller.running)
		return;
	every_stop(&teller);
	tell(teller.context);
}
