#include "walk.h"
#include <string.h>

struct secret typed(const char *string)
{
	return (struct secret){ (unsigned char *)string, strlen(string) };
}

struct browser browser_get(struct secret cookie, const char *next)
{
	struct link door = house_link(ROLE_DOOR);
	struct msg_login_start start = { .cookie = cookie, .next = text_of(next) };
	const struct msg_login_started *started =
	    HOUSE_IS(login_started, house_ask(&door, WIRE(login_start, &start)));
	link_close(&door);
	return (struct browser){ .cookie = started->cookie, .csrf = started->csrf, .ask = started->id };
}

/* What a browser takes over from a notice. */
void take_notice(struct browser *browser, const struct msg_ask_notice *notice)
{
	browser->ask = notice->id;
	browser->csrf = notice->csrf;
	if (notice->cookie.at != NULL)
		browser->cookie = notice->cookie;
}

static struct wire_any open_turn(const struct browser *browser, const char *user, struct link *link_r)
{
	struct msg_login_intro intro = {
		.cookie = browser->cookie,
		.csrf = browser->csrf,
		.ask = browser->ask,
		.session = browser->session,
		.device = browser->device,
		.address = browser->address,
		.browser = TEXT_LITERAL("Firefox"),
	};
	struct msg_login_open open = {
		.service = TEXT_LITERAL("spom"), .user = text_of(user), .intro = &intro
	};
	*link_r = house_link(ROLE_GATE);
	return house_ask(link_r, WIRE(login_open, &open));
}

/* One turn: what gate's module would do. The answer of login_open comes back where reply is NULL. */
struct wire_any turn(const struct browser *browser, const char *user, const char *reply, struct link *link_r)
{
	struct wire_any asked = open_turn(browser, user, link_r);
	if (!wire_is_ask(asked.msg) || reply == NULL)
		return asked;
	struct msg_login_answer answer = { .id = *(const struct text *)asked.at, .answer = typed(reply) };
	return house_ask(link_r, WIRE(login_answer, &answer));
}

struct wire_any turn_once(const struct browser *browser, const char *user, const char *reply)
{
	struct link link;
	struct wire_any any = turn(browser, user, reply, &link);
	link_close(&link);
	return any;
}

/* A field that several asks have; NULL where this one has not. */
static const void *field_of(struct wire_any any, const char *name)
{
	const struct wire_field *field = wire_field(any.msg, text_of(name));
	return field != NULL ? (const char *)any.at + field->offset : NULL;
}

const char *problem_of(struct wire_any any)
{
	const struct text *problem = wire_is_ask(any.msg) ? field_of(any, "problem") : NULL;
	return problem != NULL && problem->at != NULL ? text_str(*problem) : "";
}

/* What a browser takes over from an ask behind a proof; the first one comes by GET /login. */
static void take_ask(struct browser *browser, struct wire_any any)
{
	const struct secret *csrf = field_of(any, "csrf"), *cookie = field_of(any, "cookie");
	browser->ask = *(const struct text *)any.at;
	if (csrf != NULL && csrf->at != NULL)
		browser->csrf = *csrf;
	if (cookie != NULL && cookie->at != NULL)
		browser->cookie = *cookie;
}

struct wire_any step_with(struct browser *browser, const char *user, struct msg_login_answer reply)
{
	struct link link;
	struct wire_any any = open_turn(browser, user, &link);
	bool is_pending = wire_is_ask(any.msg) && text_equal(*(const struct text *)any.at, browser->ask);
	if (is_pending) {
		reply.id = browser->ask;
		any = house_ask(&link, WIRE(login_answer, &reply));
	}
	link_close(&link);
	if (wire_is_ask(any.msg))
		take_ask(browser, any);
	return any;
}

struct wire_any step(struct browser *browser, const char *user, const char *reply)
{
	return step_with(browser, user, (struct msg_login_answer){ .answer = typed(reply) });
}

struct wire_any claim_as(const struct browser *browser, const struct id *transaction)
{
	struct link door = house_link(ROLE_DOOR);
	struct msg_claim claim = { .cookie = browser->cookie, .transaction = *transaction };
	struct wire_any any = house_ask(&door, WIRE(claim, &claim));
	link_close(&door);
	return any;
}

struct wire_any pass(const struct id *transaction)
{
	struct link gate = house_link(ROLE_GATE);
	struct msg_passed passed = { .transaction = *transaction };
	struct wire_any any = house_ask(&gate, WIRE(passed, &passed));
	link_close(&gate);
	return any;
}

const struct msg_claimed *finish(struct browser *browser, struct wire_any any)
{
	const struct msg_login_done *done = HOUSE_IS(login_done, any);
	(void)HOUSE_IS(done, pass(&done->transaction));
	const struct msg_claimed *claimed = HOUSE_IS(claimed, claim_as(browser, &done->transaction));
	if (claimed->session.at != NULL)
		browser->session = claimed->session;
	if (claimed->device.at != NULL)
		browser->device = claimed->device;
	return claimed;
}

const struct msg_claimed *browser_sign_in(struct browser *browser, const char *user, const char *password)
{
	return finish(browser, turn_once(browser, user, password));
}

struct wire_any pam_begin(struct link *link_r, const char *service, const char *user, const char *password)
{
	struct msg_login_open open = {
		.service = text_of(service), .user = text_of(user), .rhost = TEXT_LITERAL("192.0.2.9")
	};
	*link_r = house_link(ROLE_PAM);
	struct wire_any any = house_ask(link_r, WIRE(login_open, &open));
	return pam_reply(link_r, any, password);
}

struct wire_any pam_reply(struct link *link, struct wire_any ask, const char *reply)
{
	struct msg_login_answer answer = { .id = *(const struct text *)ask.at, .answer = typed(reply) };
	return house_ask(link, WIRE(login_answer, &answer));
}

struct wire_any home_of(struct secret session)
{
	struct link door = house_link(ROLE_DOOR);
	struct msg_home home = { .session = session };
	struct wire_any any = house_ask(&door, WIRE(home, &home));
	link_close(&door);
	return any;
}

void assert_refused(struct wire_any any, enum refusal reason)
{
	assert_int_equal(HOUSE_IS(refused, any)->reason, reason);
}

void assert_denied(struct wire_any any, const char *text)
{
	assert_string_equal(text_str(HOUSE_IS(login_denied, any)->text), text);
}
