#include "authority/sso/feed_accept.h"
#include <string.h>
#include "authority/authority.h"
#include "authority/sso/feed.h"
#include "authority/sso/feed_cache.h"
#include "authority/sso/judge.h"
#include "authority/sso/refusals.h"
#include "base/clock.h"
#include "log/log.h"

#define HOUR_S 3600u
#define DAY_S 86400u
#define UNTIL_MAX_MS (30LL * 86400 * 1000)
#define LANGUAGE "en" /* of what services are called, as those that operators register are */

struct coming {
	struct call *call;
	const struct conf_metadata *feed;
	struct text entity_id;
	struct feed_signer signer;
	const struct msg_judged_feed *judged;
	int64_t now_ms;
};

/* NULL, or why it is none. */
static const char *judge(struct coming *coming, struct bytes xml)
{
	struct call *call = coming->call;
	const void *judged;
	enum judge_fault fault = JUDGE_NONE;
	enum err err = feed_signer(call->authority, coming->feed, &call->arena, &coming->signer);
	if (err != OK)
		return "the feed's certificate cannot be read";
	const struct msg_judge_feed question = { xml, coming->signer.der, TEXT_LITERAL(LANGUAGE) };
	err = judge_ask(call, WIRE(judge_feed, &question), wire_msg_judged_feed(), &judged, &fault);
	if (err != OK)
		return err == ERR_MALFORMED ? WIRE_ENUM_TEXT(judge_fault, fault) : err_text(err);
	coming->judged = judged;
	return NULL;
}

static const char *compare(const struct coming *coming)
{
	const struct msg_judged_feed *judged = coming->judged;
	if (!text_equal(judged->saml->entity_id, coming->entity_id))
		return "it is another entity";
	if (judged->until <= coming->now_ms)
		return "validUntil is over";
	return judged->until - coming->now_ms > UNTIL_MAX_MS ? "validUntil is more than 30 days ahead" : NULL;
}

static struct msg_metadata_record record_of(const struct coming *coming)
{
	const struct msg_judged_feed *judged = coming->judged;
	uint64_t cache_s = judged->cache_s;
	cache_s = cache_s < HOUR_S ? HOUR_S : cache_s > DAY_S ? DAY_S : cache_s;
	struct msg_metadata_record record = {
		.saml = judged->saml,
		.label = judged->label,
		.feed = text_of(coming->feed->name),
		.signer = coming->signer.hash,
		.fetched = coming->now_ms,
		.refresh = coming->now_ms + (int64_t)cache_s * 1000,
		.until = judged->until,
	};
	record.categories.at = judged->categories.at;
	record.categories.n = judged->categories.n;
	return record;
}

/* Whether the same feed has said something that holds for longer: who keeps the feed's server, and not its key, shows an old one. */
static bool is_older(const struct coming *coming)
{
	const struct msg_metadata_record *kept;
	struct arena *arena = &coming->call->arena;
	if (feed_cache_load(coming->call->authority->keys, coming->entity_id, arena, &kept) != OK)
		return false;
	bool same = text_equal_str(kept->feed, coming->feed->name) &&
		    kept->signer.len == coming->signer.hash.len &&
		    memcmp(kept->signer.at, coming->signer.hash.at, kept->signer.len) == 0;
	return same && kept->until > coming->judged->until;
}

/* What breaks a rule for services is none, whoever has signed it. */
static const char *keep(struct coming *coming)
{
	struct authority *authority = coming->call->authority;
	struct arena *arena = &coming->call->arena;
	const struct msg_metadata_record record = record_of(coming);
	const struct feed_known known = { .record = &record, .feed = coming->feed };
	const struct msg_service_record *service;
	const char *fault = NULL;
	enum err err = feed_make_service(authority, &known, arena, &service, &fault);
	if (err == OK && is_older(coming))
		return "it is older than what is kept";
	if (err == OK)
		err = feed_cache_put(authority->keys, &record, arena);
	return err == OK ? NULL : fault != NULL ? fault : err_text(err);
}

/* The entity is the log's alone: strangers say which one is asked for. */
static void refuse(const struct coming *coming, const char *wrong)
{
	struct call *call = coming->call;
	const struct audit_entry entry = {
		.event = AUDIT_METADATA_REFUSED,
		.trace = call->frame.trace,
		.door = TEXT_LITERAL("saml"),
		.object = text_of(coming->feed->name),
		.reason = text_of(wrong),
	};
	log_line(LOG_LEVEL_WARNING, audit_event_text(entry.event), call->frame.trace,
	    LOG_STR("feed", coming->feed->name), LOG_TEXT("entity", coming->entity_id),
	    LOG_STR("reason", wrong));
	if (refusals_may_tell_again(call->authority, &entry))
		audit_note(call->authority, &entry);
}

bool feed_accept(struct call *call, const struct conf_metadata *feed, struct text entity_id, struct bytes xml)
{
	struct coming coming = {
		.call = call, .feed = feed, .entity_id = entity_id, .now_ms = clock_now_ms()
	};
	const char *wrong = judge(&coming, xml);
	if (wrong == NULL)
		wrong = compare(&coming);
	if (wrong == NULL)
		wrong = keep(&coming);
	if (wrong == NULL)
		log_line(LOG_LEVEL_INFO, "metadata_taken", call->frame.trace, LOG_STR("feed", feed->name),
		    LOG_TEXT("entity", entity_id));
	else
		refuse(&coming, wrong);
	return wrong == NULL;
}

void feed_drop(struct call *call, const struct conf_metadata *feed, struct text entity_id)
{
	log_line(LOG_LEVEL_WARNING, "metadata_withdrawn", call->frame.trace, LOG_STR("feed", feed->name),
	    LOG_TEXT("entity", entity_id));
	feed_cache_remove(call->authority->keys, entity_id);
}
