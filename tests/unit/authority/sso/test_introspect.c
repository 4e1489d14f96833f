/* Questions about tokens, each asked alone and together with all others: the answers are the same, and what would have to wait is left alone. */
#include "unit.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "../fake_audit.h"
#include "../fake_shelf.h"
#include "../house.h"
#include "authority/call/loop.h"
#include "authority/session/guard.h"
#include "authority/session/session.h"
#include "authority/sso/consent.h"
#include "authority/sso/grant.h"
#include "authority/sso/oidc.h"
#include "authority/sso/registry.h"
#include "base/clock.h"

#define T(literal) TEXT_LITERAL(literal)
#define MS 3000
#define SLOW_MS 50 /* what takes longer is left */
#define SURELY_SLOW_MS 60
#define HOUR_MS 3600000
#define DAY_MS 86400000
#define PERSON T("id-ada")
#define AGREED 77

/* Whose token it is, who asks, for whom it is, and what became of it. */
enum fate { LIVES, NEVER_WAS, GRANT_ENDED, SESSION_ENDED, WITHDRAWN, OVER, FATES };
enum way { BY_SECRET, WRONG_SECRET, NO_SECRET, BY_JWT, BOTH_WAYS };

struct row {
	const char *name;
	const char *asker;
	enum way way;
	const char *owner;
	const char *audience;
	bool own; /* the client's, of nobody */
	bool agreed;
	enum fate fate;
	const char *answer; /* what is in it, or the error */
	bool left;          /* it is not for the batch */
};

static const struct row ROWS[] = {
	{ .name = "a person's", .asker = "wiki", .owner = "wiki", .answer = "\"active\":true" },
	{ .name = "its own", .asker = "wiki", .owner = "wiki", .own = true, .answer = "\"active\":true" },
	{ .name = "a stranger's", .asker = "moodle", .owner = "wiki", .answer = "\"active\":false" },
	{ .name = "none", .asker = "wiki", .owner = "wiki", .fate = NEVER_WAS, .answer = "\"active\":false" },
	{ .name = "ended",
	    .asker = "wiki",
	    .owner = "wiki",
	    .fate = GRANT_ENDED,
	    .answer = "\"active\":false" },
	{ .name = "its own, ended",
	    .asker = "wiki",
	    .owner = "wiki",
	    .own = true,
	    .fate = GRANT_ENDED,
	    .answer = "\"active\":false" },
	{ .name = "signed out",
	    .asker = "wiki",
	    .owner = "wiki",
	    .fate = SESSION_ENDED,
	    .answer = "\"active\":false" },
	{ .name = "old", .asker = "wiki", .owner = "wiki", .fate = OVER, .answer = "\"active\":false" },
	{ .name = "for a reader",
	    .asker = "reader",
	    .owner = "wiki",
	    .audience = "reader",
	    .answer = "\"client_id\":\"wiki\"" },
	{ .name = "of nobody, for a reader",
	    .asker = "reader",
	    .owner = "wiki",
	    .audience = "reader",
	    .own = true,
	    .answer = "\"sub\":\"wiki\"" },
	{ .name = "for another reader",
	    .asker = "reader",
	    .owner = "wiki",
	    .audience = "wiki",
	    .answer = "\"active\":false" },
	{ .name = "for a reader of a group",
	    .asker = "staff",
	    .owner = "wiki",
	    .audience = "staff",
	    .answer = "\"active\":false" },
	{ .name = "with a consent",
	    .asker = "wiki",
	    .owner = "wiki",
	    .agreed = true,
	    .answer = "\"active\":true" },
	{ .name = "with one that was taken back",
	    .asker = "wiki",
	    .owner = "wiki",
	    .agreed = true,
	    .fate = WITHDRAWN,
	    .answer = "\"active\":false" },
	{ .name = "a wrong secret",
	    .asker = "wiki",
	    .way = WRONG_SECRET,
	    .owner = "wiki",
	    .answer = "invalid_client" },
	{ .name = "no secret",
	    .asker = "public",
	    .way = NO_SECRET,
	    .owner = "public",
	    .answer = "invalid_client" },
	{ .name = "two ways at once",
	    .asker = "wiki",
	    .way = BOTH_WAYS,
	    .owner = "wiki",
	    .answer = "invalid_client" },
	{ .name = "an assertion",
	    .asker = "wiki",
	    .way = BY_JWT,
	    .owner = "wiki",
	    .answer = "invalid_client",
	    .left = true },
	{ .name = "a reader that wants consent",
	    .asker = "asks",
	    .owner = "wiki",
	    .audience = "asks",
	    .answer = "\"active\":false",
	    .left = true },
};

static const struct {
	const char *name;
	bool is_public, reader, consent;
	const char *group;
} SERVICES[] = { { "wiki", false, false, false, NULL }, { "moodle", false, false, false, NULL },
	{ "public", true, false, false, NULL }, { "reader", false, true, false, NULL },
	{ "staff", false, true, false, "staff" }, { "asks", false, true, true, NULL } };

static struct arena arena;
static struct call maker; /* tokens are made in its name */
static struct call *made; /* by their next */
static struct secret secrets[COUNT(SERVICES)];
static const struct msg_service_record *services[COUNT(SERVICES)];

static size_t service_at(const char *name)
{
	for (size_t i = 0; i < COUNT(SERVICES); i++)
		if (strcmp(SERVICES[i].name, name) == 0)
			return i;
	fail_msg("%s", name);
	return 0;
}

static void add_services(void)
{
	static const struct msg_uri_row URI = { T("https://wiki.example.edu/in") };
	static const struct msg_value_row GROUP = { T("staff") };
	for (size_t i = 0; i < COUNT(SERVICES); i++) {
		struct msg_service_record *service = arena_alloc(&arena, sizeof *service);
		*service = (struct msg_service_record){
			.name = text_of(SERVICES[i].name),
			.protocol = PROTOCOL_OIDC,
			.label = T("Wiki"),
			.client_id = text_of(SERVICES[i].name),
			.redirect_uris = { &URI, 1 },
			.resource_server = SERVICES[i].reader,
			.consent = SERVICES[i].consent,
			.groups = { &GROUP, SERVICES[i].group != NULL },
		};
		assert_int_equal(registry_add(house_authority(), service, SERVICES[i].is_public,
				     (struct secret){ NULL, 0 }, &arena, &secrets[i]),
		    OK);
		services[i] = service;
	}
}

/* Each is known from then on, for ten seconds. */
static void know_services(void)
{
	const struct msg_service_record *service;
	for (size_t i = 0; i < COUNT(SERVICES); i++)
		assert_int_equal(
		    registry_client(house_authority(), services[i]->client_id, &arena, &service), OK);
}

static int begin(void **state)
{
	int failed = house_start(state);
	maker = (struct call){ .authority = house_authority() };
	add_services();
	return failed;
}

static int end(void **state)
{
	arena_done(&maker.arena);
	arena_done(&arena);
	return house_stop(state);
}

static int fresh(void **state)
{
	(void)state;
	clock_offset(0);
	fake_audit_reset();
	know_services();
	return 0;
}

static struct secret session_new(struct store_key *key_r)
{
	const struct msg_session_record record = {
		.person = PERSON,
		.user = T("ada"),
		.name = T("Ada Lovelace"),
		.mail = T("ada@example.edu"),
		.groups = T("pupils"),
		.level = SESSION_LEVEL_PASSWORD,
		.amr = T("pwd"),
	};
	struct secret token = { NULL, 0 };
	assert_int_equal(session_create(house_authority(), &record, &arena, NULL, &token, key_r), OK);
	return token;
}

/* What became of it: the session's token and the name of the grant say where. */
static void meet(const struct row *row, struct secret session, struct bytes grant)
{
	struct authority *authority = house_authority();
	struct store_key key = { .kind = STORE_GRANT };
	struct store_key kept[CONSENT_KEYS];
	memcpy(key.bytes, grant.at, sizeof key.bytes);
	if (row->fate == GRANT_ENDED)
		assert_int_equal(store_end(authority->store, &key), OK);
	if (row->fate == SESSION_ENDED)
		assert_int_equal(session_end(authority, session), OK);
	if (row->fate == OVER)
		(void)usleep(5000);
	if (row->fate != WITHDRAWN)
		return;
	assert_int_equal(consent_keys(&maker, PERSON, text_of(row->owner), AGREED, kept), OK);
	assert_int_equal(store_remove(authority->store, &kept[0]), OK);
}

static struct secret token_of(const struct row *row)
{
	const struct msg_service_record *owner = services[service_at(row->owner)];
	struct msg_refresh_record of = { .service = owner->name,
		.client_id = owner->client_id,
		.registered = owner->added,
		.expires = clock_now_ms() + HOUR_MS,
		.audience = text_of(row->audience),
		.agreed = row->agreed ? AGREED : 0 };
	struct store_key *session = arena_alloc(&arena, sizeof *session);
	struct secret of_session = { NULL, 0 }, token;
	struct grant_giving giving;
	int64_t expires_ms;
	grant_begin(&maker, &giving);
	assert_int_equal(grant_put_own(&maker, &giving, &of), OK);
	if (row->fate == OVER)
		of.expires = clock_now_ms() + 1;
	if (!row->own) {
		struct msg_session_record who = { .person = PERSON, .expires = clock_now_ms() + HOUR_MS };
		of_session = session_new(session);
		of.session = (struct bytes){ session->bytes, sizeof session->bytes };
		consent_keep(&maker, &giving.batch, &who, owner->name, of.agreed);
	}
	assert_int_equal(
	    grant_put_token(&maker, &giving, &of, T("openid profile"), false, &token, &expires_ms), OK);
	if (row->fate != NEVER_WAS)
		assert_int_equal(grant_give(&maker, &giving), OK);
	if (row->fate != NEVER_WAS)
		meet(row, of_session, of.grant);
	return token;
}

/* --- asking ------------------------------------------------------------------------------------------------------- */

static struct wire_any ask_of(const struct row *row, struct secret token)
{
	static const enum client_auth AUTH[] = { CLIENT_AUTH_BASIC, CLIENT_AUTH_POST, CLIENT_AUTH_NONE,
		CLIENT_AUTH_ASSERTION, CLIENT_AUTH_BOTH };
	size_t asker = service_at(row->asker);
	struct msg_oidc_client *client = arena_alloc(&arena, sizeof *client);
	struct msg_oidc_introspect *ask = arena_alloc(&arena, sizeof *ask);
	*client = (struct msg_oidc_client){ .auth = AUTH[row->way],
		.client_id = services[asker]->client_id,
		.client_secret = secrets[row->way == WRONG_SECRET ? asker + 1 : asker] };
	*ask = (struct msg_oidc_introspect){ client, token };
	return WIRE(oidc_introspect, ask);
}

static struct call *call_new(struct wire_any ask)
{
	struct call *call = arena_alloc(&arena, sizeof *call);
	*call = (struct call){ .authority = house_authority(), .role = ROLE_BACK, .ask = ask, .next = made };
	made = call;
	return call;
}

/* What the answer's frame says. */
static const char *said_by(struct call *call)
{
	struct frame frame;
	const void *at;
	assert_non_null(call->out);
	assert_int_equal(frame_read(call->out, &frame), OK);
	assert_int_equal(
	    wire_decode(frame.msg, call->out + FRAME_HEAD, frame.body_len, &call->arena, &at), OK);
	if (frame.msg->tag == TAG_oidc_json)
		return text_str(((const struct msg_oidc_json *)at)->json);
	if (frame.msg->tag == TAG_oidc_error)
		return WIRE_ENUM_TEXT(oauth_error, ((const struct msg_oidc_error *)at)->error);
	assert_int_equal(frame.msg->tag, TAG_refused);
	return WIRE_ENUM_TEXT(refusal, ((const struct msg_refused *)at)->reason);
}

static const char *alone(struct wire_any ask)
{
	struct call *call = call_new(ask);
	struct wire_any answer = { NULL, NULL };
	call_conclude(call, oidc_on_introspect(call, ask.at, &answer), answer);
	return said_by(call);
}

/* --- the store, watched ------------------------------------------------------------------------------------------- */

static const struct store_ops *real;
static struct store_ops watched;
static _Atomic unsigned n_many, n_failing, slow_ms; /* of the tests and of the loop */

static enum err count_many(
    struct store *store, const struct store_key *keys, unsigned n, struct arena *to, struct bytes *values)
{
	n_many++;
	(void)usleep(slow_ms * 1000);
	if (n_failing > 0 && n_many >= n_failing)
		return ERR_STORE;
	return real->load_many(store, keys, n, to, values);
}

static int watch(void **state)
{
	real = house_authority()->store->ops;
	watched = *real;
	watched.load_many = count_many;
	house_authority()->store->ops = &watched;
	n_many = n_failing = slow_ms = 0;
	return fresh(state);
}

static int unwatch(void **state)
{
	(void)state;
	house_authority()->store->ops = real;
	clock_offset(0);
	for (; made != NULL; made = made->next)
		arena_done(&made->arena);
	return 0;
}

/* --- tests -------------------------------------------------------------------------------------------------------- */

static const struct row *row_of(const char *name)
{
	const struct row *found = &ROWS[0];
	for (size_t i = 0; i < COUNT(ROWS); i++)
		if (strcmp(ROWS[i].name, name) == 0)
			found = &ROWS[i];
	assert_string_equal(found->name, name);
	return found;
}

static struct wire_any good_ask(void)
{
	return ask_of(&ROWS[0], token_of(&ROWS[0]));
}

struct round {
	struct call *calls[LOOP_BATCH_MAX];
	bool done[LOOP_BATCH_MAX];
	unsigned n;
};

static void add(struct round *round, struct wire_any ask)
{
	round->calls[round->n++] = call_new(ask);
}

/* A machine that is busy with other things is no slow store. */
static void together(struct round *round)
{
	int64_t began_ms;
	do {
		began_ms = clock_steady_ms();
		oidc_introspect_many(round->calls, round->n, round->done);
	} while (slow_ms == 0 && clock_steady_ms() - began_ms >= SLOW_MS);
}

static void alone_and_together(void **state)
{
	struct round round = { .n = 0 };
	(void)state;
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct wire_any ask = ask_of(&ROWS[i], token_of(&ROWS[i]));
		ROW(ROWS[i].name, strstr(alone(ask), ROWS[i].answer) != NULL);
		add(&round, ask);
	}
	n_many = 0;
	together(&round);
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		ROW(ROWS[i].name, round.done[i] != ROWS[i].left);
		if (round.done[i])
			ROW(ROWS[i].name, strcmp(said_by(round.calls[i]), alone(round.calls[i]->ask)) == 0);
	}
	assert_true(n_many % 3 == 0); /* token, what it hangs on, consent: for all of them */
}

/* The first of all tests, since only some of a second are recorded. */
static void refusals_are_recorded_once(void **state)
{
	const struct row *row = row_of("a wrong secret");
	struct round round = { .n = 0 };
	(void)state;
	add(&round, ask_of(row, token_of(row)));
	oidc_introspect_many(round.calls, round.n, round.done);
	assert_true(round.done[0]);
	assert_int_equal(fake_audit_count(AUDIT_CLIENT_REFUSED), 1);
}

static void no_token_and_one_that_is_signed(void **state)
{
	struct round round = { .n = 0 };
	(void)state;
	add(&round, ask_of(&ROWS[0], (struct secret){ NULL, 0 }));
	add(&round, ask_of(&ROWS[0], secret_copy(&arena, "a.b.c", 5)));
	together(&round);
	assert_true(round.done[0]);
	assert_string_equal(said_by(round.calls[0]), "invalid_request");
	assert_false(round.done[1]);
	assert_string_equal(alone(round.calls[1]->ask), "{\"active\":false}");
}

/* Whether the only one of a round is answered. */
static bool is_done(struct wire_any ask)
{
	struct round round = { .n = 0 };
	add(&round, ask);
	together(&round);
	return round.done[0];
}

static void what_only_the_directory_can_tell(void **state)
{
	struct wire_any ask = good_ask();
	struct msg_service_record late = *services[0];
	struct secret secret;
	(void)state;
	assert_true(is_done(ask));
	guard_forget(house_authority(), PERSON);
	assert_false(is_done(ask));
	assert_non_null(strstr(alone(ask), "\"active\":true"));
	assert_true(is_done(ask));
	late.name = T("late"); /* a change: what was read is read anew */
	late.client_id = T("late");
	assert_int_equal(
	    registry_add(house_authority(), &late, false, (struct secret){ NULL, 0 }, &arena, &secret), OK);
	assert_false(is_done(ask));
	know_services();
	assert_true(is_done(ask));
}

static void what_is_to_be_noted_first(void **state)
{
	const struct row *row = row_of("for a reader");
	(void)state;
	clock_offset(DAY_MS);
	struct wire_any ask = ask_of(row, token_of(row));
	assert_false(is_done(ask));
	assert_non_null(strstr(alone(ask), "\"active\":true"));
	assert_true(is_done(ask));
}

/* The whole way, more at once than a round takes; whatever else is asked has its answer as well. */
static void a_crowd_on_one_connection(void **state)
{
	enum { N = 60 };
	struct link links[2] = { house_link(ROLE_BACK), house_link(ROLE_BACK) };
	struct msg_oidc_keys keys = { .release = T("test") };
	(void)state;
	for (uint32_t i = 0; i < 2 * N; i++) {
		const struct row *row = &ROWS[i / 2 % 8];
		struct wire_any ask = i % 5 == 4 ? WIRE(oidc_keys, &keys) : ask_of(row, token_of(row));
		assert_int_equal(link_send(&links[i % 2], ask, i, 1, clock_steady_ms() + MS), OK);
	}
	for (uint32_t i = 0; i < 2 * N; i++) {
		struct frame frame;
		struct wire_any any;
		assert_int_equal(
		    link_receive(&links[i % 2], &arena, clock_steady_ms() + MS, &frame, &any), OK);
		assert_true(frame.request < 2 * N && frame.request % 2 == i % 2);
		const char *json = text_str(HOUSE_IS(oidc_json, any)->json);
		assert_non_null(
		    strstr(json, frame.request % 5 == 4 ? "\"keys\"" : ROWS[frame.request / 2 % 8].answer));
	}
	link_close(&links[0]);
	link_close(&links[1]);
}

/* All are read while the first one waits for the store: several of each connection at once, and more than a round takes; not more than may be under
 * way on the socket, where the store is slow and threads take them over. */
static void more_than_a_round_takes(void **state)
{
	enum { LINKS = 20, EACH = 4 };
	_Static_assert(LINKS * EACH > LOOP_BATCH_MAX, "a round takes less");
	struct link links[LINKS];
	struct wire_any good = good_ask();
	struct wire_any bad = ask_of(row_of("none"), token_of(row_of("none")));
	(void)state;
	for (unsigned i = 0; i < LINKS; i++)
		links[i] = house_link(ROLE_BACK);
	slow_ms = SLOW_MS / 2;
	for (uint32_t j = 0; j < EACH; j++)
		for (unsigned i = 0; i < LINKS; i++)
			assert_int_equal(
			    link_send(&links[i], j % 2 == 0 ? good : bad, j, 1, clock_steady_ms() + MS), OK);
	link_close(&links[0]); /* without its answers */
	for (uint32_t j = 0; j < EACH; j++)
		for (unsigned i = 1; i < LINKS; i++) {
			struct frame frame;
			struct wire_any any;
			assert_int_equal(
			    link_receive(&links[i], &arena, clock_steady_ms() + MS, &frame, &any), OK);
			assert_non_null(strstr(text_str(HOUSE_IS(oidc_json, any)->json),
			    frame.request % 2 == 0 ? "\"active\":true" : "\"active\":false"));
		}
	(void)HOUSE_IS(oidc_json, house_ask(&links[1], good)); /* behind all others */
	for (unsigned i = 1; i < LINKS; i++)
		link_close(&links[i]);
}

/* Nobody waits twice for a store that is slow, and one that fails is spared. */
static void a_store_that_is_slow_or_fails(void **state)
{
	struct wire_any ask = good_ask();
	struct wire_any none = ask_of(row_of("none"), token_of(row_of("none")));
	(void)state;
	usleep(600 * 1000); /* a busy machine makes it slow as well: then it is spared from the test before */
	slow_ms = SURELY_SLOW_MS;
	n_many = 0;
	assert_true(is_done(none)); /* one round trip tells */
	assert_false(is_done(ask));
	assert_int_equal(n_many, 2);
	assert_false(is_done(none)); /* it is spared for a while */
	assert_int_equal(n_many, 2);
	usleep(600 * 1000);
	slow_ms = n_many = 0;
	n_failing = 2;
	assert_false(is_done(ask));
	assert_int_equal(n_many, 2);
	n_failing = 0;
	assert_false(is_done(ask));
	assert_int_equal(n_many, 2);
	assert_non_null(strstr(alone(ask), "\"active\":true"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, watch, unwatch)
	const struct CMUnitTest tests[] = {
		TEST(refusals_are_recorded_once),
		TEST(alone_and_together),
		TEST(no_token_and_one_that_is_signed),
		TEST(what_only_the_directory_can_tell),
		TEST(what_is_to_be_noted_first),
		TEST(a_crowd_on_one_connection),
		TEST(more_than_a_round_takes),
		TEST(a_store_that_is_slow_or_fails),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
