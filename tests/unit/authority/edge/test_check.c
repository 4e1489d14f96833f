/* Forward-auth as the authority decides it: cookies, tickets, rules, and many checks at once. */
#include "unit.h"
#include <pthread.h>
#include <string.h>
#include "../fake_audit.h"
#include "../fake_shelf.h"
#include "../house.h"
#include "authority/edge/application.h"
#include "authority/report/metrics.h"
#include "authority/session/session.h"
#include "authority/sso/signing.h"
#include "authority/store/memory.h"
#include "base/clock.h"
#include "base/enc.h"
#include "conf/conf.h"

#define PORTAL "http://localhost:8080"
#define WIKI "http://wiki.localhost:8080"
#define VAULT "https://vault.localhost"
#define STAFF "http://staff.localhost:8080"
#define BANK "http://bank.localhost:8080"
#define SIGNED "http://signed.localhost:8080"
#define MS 3000

static struct arena arena;
static struct store_key last_key;

static int forget(void **state)
{
	(void)state;
	house_forget();
	arena_done(&arena);
	clock_offset(0);
	fake_audit_reset();
	return 0;
}

/* A session, as a sign-in makes one. */
static struct secret session_of(const char *groups, enum session_level level)
{
	struct msg_session_record record = {
		.person = TEXT_LITERAL("00000000-0000-0000-0000-000000000001"),
		.user = TEXT_LITERAL("ada"),
		.name = TEXT_LITERAL("Ada Lovelace"),
		.mail = TEXT_LITERAL("ada@example.edu"),
		.groups = text_of(groups),
		.level = level,
		.amr = TEXT_LITERAL("pwd"),
	};
	struct secret token;
	assert_int_equal(session_create(house_authority(), &record, &arena, NULL, &token, &last_key), OK);
	return token;
}

static const struct msg_check_verdict *ask(const struct msg_check *check)
{
	struct link link = house_link(ROLE_CHECK);
	struct msg_check asked = *check;
	if (asked.portal.at == NULL)
		asked.portal = TEXT_LITERAL(PORTAL);
	const struct msg_check_verdict *verdict =
	    HOUSE_IS(check_verdict, house_ask(&link, WIRE(check, &asked)));
	link_close(&link);
	return verdict;
}

static const struct msg_check_verdict *ask_with(const char *origin, struct secret application)
{
	struct msg_check check = { .origin = text_of(origin), .application = application };
	return ask(&check);
}

static struct secret cookie_of(const char *origin, const struct store_key *session)
{
	return application_cookie(house_authority(), text_of(origin), session, &arena);
}

static struct wire_any hand_over(struct secret session, const char *to, struct text nonce, const char *next)
{
	struct link link = house_link(ROLE_DOOR);
	struct msg_hand_over wanted = { session, text_of(to), nonce, text_of(next), { NULL, 0 },
		{ NULL, 0 } };
	struct wire_any answer = house_ask(&link, WIRE(hand_over, &wanted));
	link_close(&link);
	return answer;
}

static const struct msg_check_verdict *redeem(const char *origin, struct secret nonce, struct secret ticket)
{
	struct msg_check check = { .origin = text_of(origin), .nonce = nonce, .ticket = ticket };
	return ask(&check);
}

static enum refusal refused(struct wire_any answer)
{
	return HOUSE_IS(refused, answer)->reason;
}

static void the_portals_own_origins(void **state)
{
	(void)state;
	struct msg_check check = { .origin = TEXT_LITERAL(PORTAL),
		.session = session_of("staff,a%2Cb", SESSION_LEVEL_PASSWORD) };
	const struct msg_check_verdict *verdict = ask(&check);
	assert_int_equal(verdict->outcome, CHECK_ALLOWED);
	assert_string_equal(text_str(verdict->user), "ada");
	assert_string_equal(text_str(verdict->name), "Ada Lovelace");
	assert_string_equal(text_str(verdict->email), "ada@example.edu");
	assert_string_equal(text_str(verdict->groups), "staff,a%2Cb");
	assert_string_equal(text_str(verdict->amr), "pwd");
	check.origin = TEXT_LITERAL("https://localhost:8443");
	assert_int_equal(ask(&check)->outcome, CHECK_ALLOWED);
	check.session = (struct secret){ NULL, 0 };
	verdict = ask(&check);
	assert_int_equal(verdict->outcome, CHECK_SIGN_IN);
	assert_string_equal(text_str(verdict->portal), PORTAL);
	assert_null(verdict->nonce.at);
	assert_null(verdict->challenge.at);
	check.origin = TEXT_LITERAL(PORTAL);
	check.application = cookie_of(PORTAL, &last_key); /* even one for this very origin */
	assert_int_equal(ask(&check)->outcome, CHECK_SIGN_IN);
}

static void unknown_addresses(void **state)
{
	static const struct {
		const char *origin, *portal;
	} ROWS[] = {
		{ "http://evil.example", PORTAL },
		{ "http://localhost:80800", PORTAL },
		{ "http://wiki.localhost", PORTAL },
		{ "https://wiki.localhost:8080", PORTAL },
		{ WIKI, "http://evil.example" },
		{ WIKI, WIKI },
		{ PORTAL, WIKI },
	};
	(void)state;
	struct secret session = session_of("", SESSION_LEVEL_TWO_FACTORS);
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct msg_check check = { .origin = text_of(ROWS[i].origin),
			.portal = text_of(ROWS[i].portal),
			.session = session,
			.application = cookie_of(ROWS[i].origin, &last_key) };
		const struct msg_check_verdict *verdict = ask(&check);
		ROW(ROWS[i].origin, verdict->outcome == CHECK_FORBIDDEN && verdict->user.at == NULL);
		ROW(ROWS[i].origin, verdict->nonce.at == NULL && verdict->challenge.at == NULL);
	}
}

static void cookies(void **state)
{
	(void)state;
	struct secret session = session_of("", SESSION_LEVEL_PASSWORD);
	struct secret good = cookie_of(WIKI, &last_key);
	assert_int_equal(good.len, 86);
	assert_int_equal(ask_with(WIKI, good)->outcome, CHECK_ALLOWED);
	assert_int_equal(ask_with(STAFF, good)->outcome, CHECK_SIGN_IN);
	assert_int_equal(ask_with(VAULT, good)->outcome, CHECK_SIGN_IN);
	assert_int_equal(ask_with(WIKI, cookie_of(STAFF, &last_key))->outcome, CHECK_SIGN_IN);
	assert_int_equal(ask_with(WIKI, session)->outcome, CHECK_SIGN_IN);
	struct msg_check portal = { .origin = TEXT_LITERAL(WIKI), .session = session };
	assert_int_equal(ask(&portal)->outcome, CHECK_SIGN_IN);
	for (size_t at = 0; at < good.len; at += 7) {
		struct secret bad = secret_copy(&arena, good.at, good.len);
		bad.at[at] = bad.at[at] == 'A' ? 'B' : 'A';
		assert_int_equal(ask_with(WIKI, bad)->outcome, CHECK_SIGN_IN);
		assert_int_equal(ask_with(WIKI, (struct secret){ good.at, at })->outcome, CHECK_SIGN_IN);
	}
	assert_int_equal(session_end(house_authority(), session), OK);
	assert_int_equal(ask_with(WIKI, good)->outcome, CHECK_SIGN_IN);
}

static void sessions_end_by_themselves(void **state)
{
	(void)state;
	(void)session_of("", SESSION_LEVEL_PASSWORD);
	struct secret cookie = cookie_of(WIKI, &last_key);
	clock_offset(1700 * 1000);
	assert_int_equal(ask_with(WIKI, cookie)->outcome, CHECK_ALLOWED);
	clock_offset(3400 * 1000); /* was seen meanwhile, at an application alone */
	assert_int_equal(ask_with(WIKI, cookie)->outcome, CHECK_ALLOWED);
	clock_offset(5300 * 1000);
	assert_int_equal(ask_with(WIKI, cookie)->outcome, CHECK_SIGN_IN);
}

static void rules(void **state)
{
	static const struct {
		const char *name, *groups;
		enum session_level level;
		const char *origin;
		enum check_outcome outcome;
		const char *rule;
	} ROWS[] = {
		{ "no rule", "", SESSION_LEVEL_PASSWORD, WIKI, CHECK_ALLOWED, "" },
		{ "no group", "", SESSION_LEVEL_TWO_FACTORS, STAFF, CHECK_FORBIDDEN, "staff.groups" },
		{ "the group", "staff", SESSION_LEVEL_PASSWORD, STAFF, CHECK_ALLOWED, "" },
		{ "among others", "a,staff,b", SESSION_LEVEL_PASSWORD, STAFF, CHECK_ALLOWED, "" },
		{ "the last", "a,b,staff", SESSION_LEVEL_PASSWORD, STAFF, CHECK_ALLOWED, "" },
		{ "longer", "staffs", SESSION_LEVEL_PASSWORD, STAFF, CHECK_FORBIDDEN, "staff.groups" },
		{ "shorter", "staf", SESSION_LEVEL_PASSWORD, STAFF, CHECK_FORBIDDEN, "staff.groups" },
		{ "within", "a staff,astaff", SESSION_LEVEL_PASSWORD, STAFF, CHECK_FORBIDDEN,
		    "staff.groups" },
		{ "with a comma within", "a%2Cstaff", SESSION_LEVEL_PASSWORD, STAFF, CHECK_FORBIDDEN,
		    "staff.groups" },
		{ "the other group", "of", SESSION_LEVEL_PASSWORD, STAFF, CHECK_ALLOWED, "" },
		{ "password alone", "", SESSION_LEVEL_PASSWORD, VAULT, CHECK_LEVEL, "vault.two_factors" },
		{ "two factors", "", SESSION_LEVEL_TWO_FACTORS, VAULT, CHECK_ALLOWED, "" },
		{ "more", "", SESSION_LEVEL_PHISHING_RESISTANT, VAULT, CHECK_ALLOWED, "" },
	};
	(void)state;
	struct secret nonce = keys_token(&arena);
	struct msg_check first = { .origin = TEXT_LITERAL(WIKI), .nonce = nonce };
	struct text challenge = ask(&first)->challenge;
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct secret session = session_of(ROWS[i].groups, ROWS[i].level);
		const struct msg_check_verdict *verdict =
		    ask_with(ROWS[i].origin, cookie_of(ROWS[i].origin, &last_key));
		ROW(ROWS[i].name, verdict->outcome == ROWS[i].outcome);
		ROW(ROWS[i].name, strcmp(text_str(verdict->rule), ROWS[i].rule) == 0);
		ROW(ROWS[i].name, (verdict->user.at != NULL) == (ROWS[i].outcome == CHECK_ALLOWED));
		struct wire_any answer = hand_over(session, ROWS[i].origin, challenge, "/");
		if (ROWS[i].outcome == CHECK_ALLOWED)
			(void)HOUSE_IS(handed_over, answer);
		else /* nobody here has a factor by which to rise */
			ROW(ROWS[i].name,
			    HOUSE_IS(check_verdict, answer)->outcome ==
				(ROWS[i].outcome == CHECK_LEVEL ? CHECK_NO_FACTOR : CHECK_FORBIDDEN));
		bool led = ROWS[i].outcome == CHECK_LEVEL;
		ROW(ROWS[i].name, (verdict->challenge.at != NULL) == led);
		ROW(ROWS[i].name, (verdict->portal.at != NULL) == led);
	}
}

/* Proved longer ago than the application wants: at both doors, and until somebody signs in anew. */
static void a_proof_grows_old(void **state)
{
	(void)state;
	struct msg_check first = { .origin = TEXT_LITERAL(BANK), .nonce = keys_token(&arena) };
	struct text challenge = ask(&first)->challenge;
	struct secret session = session_of("", SESSION_LEVEL_PASSWORD), cookie = cookie_of(BANK, &last_key);
	clock_offset(59000);
	assert_int_equal(ask_with(BANK, cookie)->outcome, CHECK_ALLOWED);
	(void)HOUSE_IS(handed_over, hand_over(session, BANK, challenge, "/"));
	clock_offset(61000);
	const struct msg_check_verdict *verdict = ask_with(BANK, cookie);
	assert_int_equal(verdict->outcome, CHECK_ANEW);
	assert_string_equal(text_str(verdict->rule), "bank.fresh_s");
	assert_non_null(verdict->challenge.at);
	const struct msg_oidc_sign_in *sign_in =
	    HOUSE_IS(oidc_sign_in, hand_over(session, BANK, challenge, "/"));
	assert_true(wire_id_is_zero(&sign_in->act));
	assert_int_equal(ask_with(WIKI, cookie_of(WIKI, &last_key))->outcome, CHECK_ALLOWED);
	(void)session_of("", SESSION_LEVEL_PASSWORD);
	assert_int_equal(ask_with(BANK, cookie_of(BANK, &last_key))->outcome, CHECK_ALLOWED);
}

static struct text claims_of(struct secret token, const char *typ)
{
	struct text claims = { NULL, 0 }, text = { (const char *)token.at, token.len };
	bool good = signing_open(house_authority(), typ, text, &arena, &claims) == OK;
	return good ? claims : (struct text){ NULL, 0 };
}

/* What the application is told once more, signed: for it alone, of a kind of its own, and for half a minute the same. */
static void the_signed_answer(void **state)
{
	(void)state;
	(void)session_of("staff,a%2Cb", SESSION_LEVEL_TWO_FACTORS);
	assert_null(ask_with(WIKI, cookie_of(WIKI, &last_key))->token.at);
	struct secret cookie = cookie_of(SIGNED, &last_key);
	struct secret token = ask_with(SIGNED, cookie)->token;
	const char *claims = text_str(claims_of(token, "spom-forward+jwt"));
	static const char *const SAID[] = { "\"aud\":\"" SIGNED "\"", "\"iss\":\"" PORTAL "\"",
		"\"preferred_username\":\"ada\"", "\"email\":\"ada@example.edu\"",
		"\"groups\":[\"staff\",\"a,b\"]", "\"amr\":[\"pwd\",\"mfa\"]",
		"\"acr\":\"https://refeds.org/profile/mfa\"" };
	for (size_t i = 0; i < COUNT(SAID); i++)
		ROW(SAID[i], strstr(claims, SAID[i]) != NULL);
	assert_null(claims_of(token, "JWT").at);
	assert_null(claims_of(token, "at+jwt").at);
	assert_true(secret_equal(ask_with(SIGNED, cookie)->token, token));
	clock_offset(20000); /* less than half a minute, however long the keys took to make */
	assert_true(secret_equal(ask_with(SIGNED, cookie)->token, token));
	clock_offset(31000);
	assert_false(secret_equal(ask_with(SIGNED, cookie)->token, token));
}

/* Nobody is let in without it. */
static void no_signed_answer_is_no_yes(void **state)
{
	(void)state;
	struct link link = house_link(ROLE_CHECK);
	(void)session_of("", SESSION_LEVEL_PASSWORD);
	struct msg_check check = { .origin = TEXT_LITERAL(SIGNED),
		.portal = TEXT_LITERAL(PORTAL),
		.application = cookie_of(SIGNED, &last_key) };
	signing_free(&house_authority()->signing);
	assert_int_equal(signing_new(&house_authority()->signing), OK);
	fake_shelf_fails(ERR_UNREACHABLE);
	assert_int_equal(refused(house_ask(&link, WIRE(check, &check))), REFUSAL_DIRECTORY);
	fake_shelf_reset();
	link_close(&link);
}

/* A browser that has begun: its nonce and what the portal is told. */
struct begun {
	struct secret nonce;
	struct text challenge;
};

static struct begun begin(const char *origin)
{
	struct msg_check check = { .origin = text_of(origin) };
	const struct msg_check_verdict *verdict = ask(&check);
	assert_int_equal(verdict->outcome, CHECK_SIGN_IN);
	assert_int_equal(verdict->nonce.len, 43);
	return (struct begun){ verdict->nonce, verdict->challenge };
}

static struct secret ticket_of(struct secret session, const struct begun *begun, const char *next)
{
	return HOUSE_IS(handed_over, hand_over(session, WIKI, begun->challenge, next))->ticket;
}

static void the_whole_way(void **state)
{
	(void)state;
	struct secret session = session_of("", SESSION_LEVEL_PASSWORD);
	struct begun begun = begin(WIKI);
	struct secret ticket = ticket_of(session, &begun, "/a?b");
	const struct msg_check_verdict *verdict = redeem(WIKI, begun.nonce, ticket);
	assert_int_equal(verdict->outcome, CHECK_OPENED);
	assert_string_equal(text_str(verdict->next), "/a?b");
	assert_int_equal(ask_with(WIKI, verdict->application)->outcome, CHECK_ALLOWED);
	assert_string_equal(text_str(fake_audit_find(AUDIT_APPLICATION_OPENED)->object), "wiki");
	assert_int_equal(redeem(WIKI, begun.nonce, ticket)->outcome, CHECK_STALE);
	assert_int_equal(fake_audit_count(AUDIT_APPLICATION_OPENED), 1);
}

static void a_browser_keeps_its_nonce(void **state)
{
	(void)state;
	struct begun begun = begin(WIKI), others = begin(WIKI);
	assert_false(secret_equal(begun.nonce, others.nonce));
	struct msg_check again = { .origin = TEXT_LITERAL(WIKI), .nonce = begun.nonce };
	const struct msg_check_verdict *verdict = ask(&again);
	assert_true(secret_equal(verdict->nonce, begun.nonce));
	assert_true(text_equal(verdict->challenge, begun.challenge));
	again.nonce = (struct secret){ (unsigned char *)(uintptr_t) "short", 5 };
	assert_int_equal(ask(&again)->nonce.len, 43);
}

static void tickets_that_are_not_good(void **state)
{
	(void)state;
	struct secret session = session_of("", SESSION_LEVEL_TWO_FACTORS);
	struct begun begun = begin(WIKI), others = begin(WIKI);
	struct secret ticket = ticket_of(session, &begun, "/");
	assert_int_equal(redeem(WIKI, others.nonce, ticket)->outcome, CHECK_STALE);
	assert_int_equal(
	    redeem(WIKI, begun.nonce, ticket)->outcome, CHECK_STALE); /* the first look used it up */
	ticket = ticket_of(session, &begun, "/");
	assert_int_equal(redeem(WIKI, (struct secret){ NULL, 0 }, ticket)->outcome, CHECK_STALE);
	ticket = ticket_of(session, &begun, "/");
	assert_int_equal(redeem(VAULT, begun.nonce, ticket)->outcome, CHECK_STALE);
	ticket = ticket_of(session, &begun, "/");
	clock_offset(10001);
	assert_int_equal(redeem(WIKI, begun.nonce, ticket)->outcome, CHECK_STALE);
	ticket = ticket_of(session, &begun, "/");
	assert_int_equal(session_end(house_authority(), session), OK);
	const struct msg_check_verdict *verdict = redeem(WIKI, begun.nonce, ticket);
	assert_int_equal(verdict->outcome, CHECK_STALE);
	assert_null(verdict->application.at);
	assert_int_equal(redeem(WIKI, begun.nonce, begun.nonce)->outcome, CHECK_STALE);
	assert_int_equal(fake_audit_count(AUDIT_APPLICATION_OPENED), 0);
}

/* As if the store had been emptied, or an older state of it had come back. */
static void begin_epoch(void)
{
	struct memory *memory = memory_enter(house_authority()->store);
	*memory->epoch.id = '\0';
	(void)memory_leave(memory, OK);
}

static void a_ticket_counts_in_the_epoch_that_it_was_made_in(void **state)
{
	(void)state;
	struct secret session = session_of("", SESSION_LEVEL_TWO_FACTORS);
	struct begun begun = begin(WIKI);
	struct secret ticket = ticket_of(session, &begun, "/");
	begin_epoch();
	assert_int_equal(redeem(WIKI, begun.nonce, ticket)->outcome, CHECK_STALE);
	begin_epoch();
	ticket = ticket_of(session, &begun, "/"); /* the first thing that the emptied store is asked */
	assert_int_equal(redeem(WIKI, begun.nonce, ticket)->outcome, CHECK_OPENED);
}

static void what_is_not_recorded_is_not_opened(void **state)
{
	(void)state;
	struct secret session = session_of("", SESSION_LEVEL_PASSWORD);
	struct begun begun = begin(WIKI);
	struct secret ticket = ticket_of(session, &begun, "/");
	struct link link = house_link(ROLE_CHECK);
	struct msg_check check = { .origin = TEXT_LITERAL(WIKI),
		.portal = TEXT_LITERAL(PORTAL),
		.nonce = begun.nonce,
		.ticket = ticket };
	fake_audit_fails(ERR_BUSY);
	assert_int_equal(refused(house_ask(&link, WIRE(check, &check))), REFUSAL_AUDIT);
	link_close(&link);
}

static void hand_overs_that_are_none(void **state)
{
	(void)state;
	struct secret session = session_of("", SESSION_LEVEL_PASSWORD);
	struct begun begun = begin(WIKI);
	assert_int_equal(
	    refused(hand_over(session, "http://evil.example", begun.challenge, "/")), REFUSAL_FORBIDDEN);
	assert_int_equal(refused(hand_over(session, PORTAL, begun.challenge, "/")), REFUSAL_FORBIDDEN);
	assert_int_equal(refused(hand_over(session, WIKI, TEXT_LITERAL("short"), "/")), REFUSAL_MALFORMED);
	assert_int_equal(
	    refused(hand_over(session, WIKI, begun.challenge, "//evil.example")), REFUSAL_MALFORMED);
	assert_int_equal(
	    refused(hand_over(session, WIKI, begun.challenge, "https://evil.example")), REFUSAL_MALFORMED);
	struct secret application = cookie_of(WIKI, &last_key);
	application.len = 64; /* as much as fits: an application's cookie is none of the portal's */
	assert_int_equal(refused(hand_over(application, WIKI, begun.challenge, "/")), REFUSAL_SIGN_IN);
	assert_int_equal(fake_audit_count(AUDIT_APPLICATION_REFUSED), 5);
}

/* Of several who show one ticket at once, one is let in. */
static struct secret shared_nonce, shared_ticket;
static _Atomic unsigned opened;

static void *show(void *context)
{
	struct arena own = { 0 };
	struct link link;
	struct wire_any answer;
	struct msg_check check = { .origin = TEXT_LITERAL(WIKI),
		.portal = TEXT_LITERAL(PORTAL),
		.nonce = shared_nonce,
		.ticket = shared_ticket };
	(void)context;
	if (link_open(&link, house_path(ROLE_CHECK), clock_steady_ms() + MS) == OK) {
		if (link_ask(&link, WIRE(check, &check), 1, &own, clock_steady_ms() + MS, &answer) == OK &&
		    answer.msg->tag == TAG_check_verdict)
			opened += ((const struct msg_check_verdict *)answer.at)->outcome == CHECK_OPENED;
		link_close(&link);
	}
	arena_done(&own);
	return NULL;
}

static void a_ticket_shown_many_times_at_once(void **state)
{
	(void)state;
	pthread_t threads[8];
	struct secret session = session_of("", SESSION_LEVEL_PASSWORD);
	struct begun begun = begin(WIKI);
	shared_nonce = begun.nonce;
	shared_ticket = ticket_of(session, &begun, "/");
	opened = 0;
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, show, NULL), 0);
	for (size_t i = 0; i < COUNT(threads); i++)
		(void)pthread_join(threads[i], NULL);
	assert_int_equal(opened, 1);
}

/* All on one connection, sent before the first answer is read: good, bad, ended, forbidden and nobody's. */
static void many_at_once(void **state)
{
	enum { N = 60 };
	(void)state;
	struct secret cookies[3];
	(void)session_of("staff", SESSION_LEVEL_PASSWORD);
	cookies[0] = cookie_of(STAFF, &last_key);
	(void)session_of("others", SESSION_LEVEL_PASSWORD);
	cookies[1] = cookie_of(STAFF, &last_key);
	struct secret ended = session_of("staff", SESSION_LEVEL_PASSWORD);
	cookies[2] = cookie_of(STAFF, &last_key);
	assert_int_equal(session_end(house_authority(), ended), OK);
	static const enum check_outcome WANTED[] = { CHECK_ALLOWED, CHECK_FORBIDDEN, CHECK_SIGN_IN,
		CHECK_SIGN_IN };
	struct link link = house_link(ROLE_CHECK);
	for (uint32_t i = 0; i < N; i++) {
		struct msg_check check = { .origin = TEXT_LITERAL(STAFF), .portal = TEXT_LITERAL(PORTAL) };
		if (i % 4 < 3)
			check.application = cookies[i % 4];
		assert_int_equal(link_send(&link, WIRE(check, &check), i, 1, clock_steady_ms() + MS), OK);
	}
	uint64_t allowed = metric_value(METRIC_CHECKS_ALLOWED);
	for (uint32_t i = 0; i < N; i++) {
		struct frame frame;
		struct wire_any any;
		assert_int_equal(link_receive(&link, &arena, clock_steady_ms() + MS, &frame, &any), OK);
		assert_true(frame.request < N);
		assert_int_equal(HOUSE_IS(check_verdict, any)->outcome, WANTED[frame.request % 4]);
	}
	assert_true(metric_value(METRIC_CHECKS_ALLOWED) >= allowed);
	link_close(&link);
}

/* More in one moment than a batch takes, from many connections, some of which go without their answers. */
static void *hammer(void *context)
{
	struct secret *cookie = context;
	struct msg_check check = {
		.origin = TEXT_LITERAL(WIKI), .portal = TEXT_LITERAL(PORTAL), .application = *cookie
	};
	for (unsigned i = 0; i < 50; i++) {
		struct link link;
		struct arena own = { 0 };
		struct wire_any answer;
		if (link_open(&link, house_path(ROLE_CHECK), clock_steady_ms() + MS) != OK)
			continue;
		for (uint32_t j = 0; j < 20; j++)
			(void)!link_send(&link, WIRE(check, &check), j, 1, clock_steady_ms() + MS);
		if (i % 3 != 0)
			(void)!link_ask(
			    &link, WIRE(check, &check), 99, &own, clock_steady_ms() + MS, &answer);
		link_close(&link);
		arena_done(&own);
	}
	return NULL;
}

static void crowds(void **state)
{
	(void)state;
	pthread_t threads[8];
	(void)session_of("", SESSION_LEVEL_PASSWORD);
	struct secret cookie = cookie_of(WIKI, &last_key);
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, hammer, &cookie), 0);
	for (size_t i = 0; i < COUNT(threads); i++)
		(void)pthread_join(threads[i], NULL);
	(void)session_of("", SESSION_LEVEL_PASSWORD); /* the crowd's is too fast for a while */
	assert_int_equal(ask_with(WIKI, cookie_of(WIKI, &last_key))->outcome, CHECK_ALLOWED);
}

static void figures(void **state)
{
	static const struct {
		const char *address;
		bool may;
	} ROWS[] = { { "127.0.0.1", true }, { "127.0.0.2", false }, { "::1", false }, { "", false },
		{ "x", false } };
	(void)state;
	struct link link = house_link(ROLE_BACK);
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct msg_metrics metrics = { .address = text_of(ROWS[i].address) };
		struct wire_any answer = house_ask(&link, WIRE(metrics, &metrics));
		if (!ROWS[i].may) {
			ROW(ROWS[i].address, refused(answer) == REFUSAL_NOT_FOUND);
			continue;
		}
		const struct msg_metrics_page *page = HOUSE_IS(metrics_page, answer);
		assert_true(page->rows.n > METRIC_COUNT_);
		for (uint32_t j = 0; j + 1 < page->rows.n; j++) /* rows of one name stand together */
			for (uint32_t k = j + 1; k < page->rows.n; k++)
				if (text_equal(page->rows.at[j].name, page->rows.at[k].name))
					ROW(text_str(page->rows.at[k].name),
					    text_equal(page->rows.at[k - 1].name, page->rows.at[k].name));
	}
	struct msg_metrics nobody = { 0 };
	assert_int_equal(refused(house_ask(&link, WIRE(metrics, &nobody))), REFUSAL_NOT_FOUND);
	link_close(&link);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, forget)
	const struct CMUnitTest tests[] = {
		TEST(the_portals_own_origins),
		TEST(unknown_addresses),
		TEST(cookies),
		TEST(sessions_end_by_themselves),
		TEST(rules),
		TEST(a_proof_grows_old),
		TEST(the_signed_answer),
		TEST(no_signed_answer_is_no_yes),
		TEST(the_whole_way),
		TEST(a_browser_keeps_its_nonce),
		TEST(tickets_that_are_not_good),
		TEST(a_ticket_counts_in_the_epoch_that_it_was_made_in),
		TEST(what_is_not_recorded_is_not_opened),
		TEST(hand_overs_that_are_none),
		TEST(a_ticket_shown_many_times_at_once),
		TEST(many_at_once),
		TEST(crowds),
		TEST(figures),
	};
	return cmocka_run_group_tests(tests, house_start, house_stop);
}
