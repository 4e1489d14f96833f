/* Metadata of a feed: what lies on the disk, what becomes a service, and what is asked for again. */
#include "unit.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "authority/authority.h"
#include "authority/keys/keys.h"
#include "authority/sso/feed.h"
#include "authority/sso/feed_cache.h"
#include "authority/sso/feed_seek.h"
#include "base/clock.h"
#include "log/log.h"

#define T(literal) TEXT_LITERAL(literal)
#define HOUR_MS (3600LL * 1000)
#define ENTITY "https://archive.example.org/saml"

static char folder[] = "/tmp/spom-feed-XXXXXX", certificate[64];
static struct authority authority;
static struct call call;
static struct conf_metadata feeds[2];
static struct conf conf;
static const struct msg_saml_place PLACE = { .url = TEXT_LITERAL(ENTITY "/acs"), .index = 1 };
static struct msg_saml_record saml;
static const struct msg_uri_row CATEGORIES[] = { { TEXT_LITERAL("https://refeds.org/category/personalized") },
	{ TEXT_LITERAL("https://example.org/other") } };

static struct msg_metadata_record record_of(const char *entity_id, int64_t refresh, int64_t until)
{
	static struct feed_signer signer;
	assert_int_equal(feed_signer(&authority, &feeds[1], &call.arena, &signer), OK);
	saml = (struct msg_saml_record){ .entity_id = text_of(entity_id), .consumers = { &PLACE, 1 } };
	return (struct msg_metadata_record){
		.saml = &saml,
		.label = T("The Archive"),
		.categories = { CATEGORIES, COUNT(CATEGORIES) },
		.feed = T("second"),
		.signer = signer.hash,
		.fetched = clock_now_ms(),
		.refresh = clock_now_ms() + refresh,
		.until = clock_now_ms() + until,
	};
}

static void put(const char *entity_id, int64_t refresh, int64_t until)
{
	const struct msg_metadata_record record = record_of(entity_id, refresh, until);
	assert_int_equal(feed_cache_put(authority.keys, &record, &call.arena), OK);
}

static enum err look(const char *entity_id, const struct msg_service_record **service_r)
{
	return feed_service(&authority, text_of(entity_id), &call.arena, service_r);
}

static void path_of(const char *entity_id, char path[200])
{
	char name[FEED_NAME_SIZE];
	feed_cache_name(authority.keys, text_of(entity_id), name);
	(void)snprintf(path, 200, "%s/metadata/%s", folder, name);
}

/* What the courier would be asked for next; NULL: nothing. */
static const struct msg_feed_item *next(void)
{
	struct wire_any answer;
	assert_int_equal(feed_on_next(&call, NULL, &answer), OK);
	return answer.msg->tag == TAG_feed_item ? answer.at : NULL;
}

static void tell(const struct msg_feed_item *item, enum feed_outcome outcome)
{
	const struct msg_feed_told told = { .id = item->id, .outcome = outcome };
	struct wire_any answer;
	assert_int_equal(feed_on_told(&call, &told, &answer), OK);
	assert_int_equal(answer.msg->tag, TAG_done);
}

static void a_service_of_its_metadata(void **state)
{
	(void)state;
	const struct msg_service_record *service;
	put(ENTITY, HOUR_MS, HOUR_MS);
	assert_int_equal(look(ENTITY, &service), OK);
	assert_true(text_starts_with(service->name, "md-") && service->name.len == FEED_NAME_SIZE - 1);
	assert_true(text_equal_str(service->label, "The Archive") && feed_has(service));
	assert_true(text_equal_str(service->client_id, ENTITY));
	assert_int_equal(service->categories.n, 1); /* of those that count, the one that it has */
	assert_true(text_equal_str(service->categories.at[0].value, "personalized"));
	assert_int_equal(service->claims.n, 1); /* what nobody knows is told to nobody */
	assert_int_equal(service->level, SESSION_LEVEL_TWO_FACTORS);
	assert_null(next()); /* they are not old */
	assert_int_equal(look("https://other.example.org", &service), ERR_NOT_FOUND);
}

static void what_does_not_hold(void **state)
{
	(void)state;
	const struct msg_service_record *service;
	char path[200], other[200];
	put("urn:over", -HOUR_MS, -1);
	assert_int_equal(look("urn:over", &service), ERR_NOT_FOUND);
	put("urn:one", HOUR_MS, HOUR_MS);
	put("urn:two", HOUR_MS, HOUR_MS);
	path_of("urn:one", path);
	path_of("urn:two", other);
	assert_int_equal(rename(path, other), 0); /* under another's name */
	assert_int_equal(look("urn:two", &service), ERR_NOT_FOUND);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_int_equal(write(fd, "torn", 4), 4);
	assert_int_equal(close(fd), 0);
	assert_int_equal(look("urn:one", &service), ERR_NOT_FOUND);
	put("urn:one", HOUR_MS, HOUR_MS);
	assert_int_equal(look("urn:one", &service), OK);
	feeds[1].name = "renamed";
	assert_int_equal(look("urn:one", &service), ERR_NOT_FOUND);
	feeds[1].name = "second";
	conf.n_feeds = 0;
	assert_int_equal(look("urn:one", &service), ERR_NOT_FOUND);
	conf.n_feeds = 2;
}

static void the_oldest_go(void **state)
{
	(void)state;
	static const char *const NAMES[] = { "urn:first", "urn:second", "urn:third" };
	const struct msg_service_record *service;
	char path[200];
	feed_cache_trim(0);
	for (unsigned i = 0; i < COUNT(NAMES); i++) {
		const struct timespec times[] = { { 1700000000, 0 }, { 1700000000 + i, 0 } };
		put(NAMES[i], HOUR_MS, HOUR_MS);
		path_of(NAMES[i], path);
		assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
	}
	(void)snprintf(path, sizeof path, "%s/metadata/md-x.part", folder);
	assert_int_equal(close(open(path, O_WRONLY | O_CREAT, 0600)), 0);
	feed_cache_trim(2);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(look(NAMES[0], &service), ERR_NOT_FOUND);
	assert_int_equal(look(NAMES[1], &service), OK);
	assert_int_equal(look(NAMES[2], &service), OK);
}

/* A sign-in goes on with what there is, whatever the feeds say. */
static void old_ones_are_asked_for_again(void **state)
{
	(void)state;
	const struct msg_service_record *service;
	put("urn:old", -1, HOUR_MS);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(look("urn:old", &service), OK);
	const struct msg_feed_item *item = next();
	assert_non_null(item);
	assert_true(text_equal_str(item->entity_id, "urn:old") &&
		    text_equal_str(item->base, "https://one.example.org"));
	assert_null(next()); /* once, however often it was looked at */
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(look("urn:old", &service), OK); /* the feed hangs: nobody waits for it */
	assert_null(next());
	tell(item, FEED_NOT_FOUND);
	tell(item, FEED_NOT_FOUND); /* the courier did not hear that it was heard */
	item = next();
	assert_true(text_equal_str(item->base, "https://two.example.org/mdq"));
	tell(item, FEED_FAILED);
	assert_int_equal(look("urn:old", &service), OK);
	assert_int_equal(feed_seek_look(&authority, T("urn:old")), FEED_SOUGHT_AWAY);
	assert_null(next()); /* not again at once */
}

static void one_that_was_withdrawn(void **state)
{
	(void)state;
	const struct msg_service_record *service;
	put("urn:gone", -1, HOUR_MS);
	assert_int_equal(look("urn:gone", &service), OK);
	tell(next(), FEED_FAILED); /* the first feed, of which it is not */
	assert_int_equal(look("urn:gone", &service), OK);
	tell(next(), FEED_NOT_FOUND);
	assert_int_equal(look("urn:gone", &service), ERR_NOT_FOUND);
}

static void what_no_entity_is_called(void **state)
{
	(void)state;
	static const char *const NAMES[] = { "", "name", "with blank:", "urn:\xc3\xbc" };
	for (unsigned i = 0; i < COUNT(NAMES); i++)
		assert_int_equal(feed_seek_look(&authority, text_of(NAMES[i])), FEED_SOUGHT_UNKNOWN);
	assert_int_equal(feed_seek_look(&authority, T("urn:any")), FEED_SOUGHT_NOT_YET);
}

static int begin(void **state)
{
	static const char *const CLAIMS[] = { "email", "no_such_claim" };
	static const char *const COUNTED[] = { "anonymous", "personalized" };
	static const char PEM[] =
	    "text before\n-----BEGIN CERTIFICATE-----\nAAEC\nAwQF\n-----END CERTIFICATE-----\n";
	(void)state;
	log_open("test", LOG_LEVEL_ERROR);
	if (mkdtemp(folder) == NULL || keys_new("", &authority.keys) != OK)
		return -1;
	(void)snprintf(certificate, sizeof certificate, "%s/feed.pem", folder);
	FILE *file = fopen(certificate, "w");
	if (file == NULL)
		return -1;
	int written = fputs(PEM, file);
	if (fclose(file) != 0 || written < 0)
		return -1;
	feeds[0] = (struct conf_metadata){
		.name = "first", .url = "https://one.example.org/", .certificate_file = certificate
	};
	feeds[1] = (struct conf_metadata){ .name = "second",
		.url = "https://two.example.org/mdq",
		.certificate_file = certificate,
		.two_factors = true,
		.claims = { CLAIMS, COUNT(CLAIMS) },
		.categories = { COUNTED, COUNT(COUNTED) } };
	conf.authority.state = folder;
	conf.sso.ca_file = "";
	conf.feeds = feeds;
	conf.n_feeds = 2;
	authority.conf = &conf;
	call.authority = &authority;
	return feed_cache_open(&conf) == OK ? 0 : -1;
}

static int end(void **state)
{
	char path[200];
	(void)state;
	feed_cache_trim(0);
	(void)unlink(certificate);
	(void)snprintf(path, sizeof path, "%s/metadata", folder);
	(void)rmdir(path);
	(void)rmdir(folder);
	arena_done(&call.arena);
	keys_free(&authority.keys);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_service_of_its_metadata),
		cmocka_unit_test(what_does_not_hold),
		cmocka_unit_test(the_oldest_go),
		cmocka_unit_test(old_ones_are_asked_for_again),
		cmocka_unit_test(one_that_was_withdrawn),
		cmocka_unit_test(what_no_entity_is_called),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
