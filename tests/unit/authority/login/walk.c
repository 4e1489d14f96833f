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

/* One turn: what gate's module would do. The answer of login_open comes back where reply is NULL. */
struct wire_any turn(const struct browser *browser, const char *user, const char *reply, struct link *link_r)
{
	struct msg_login_intro intro = {
		.cookie = browser->cookie,
		.csrf = browser->csrf,
		.ask = browser->ask,
		.session = browser->session,
	};
	struct msg_login_open open = {
		.service = TEXT_LITERAL("spom"), .user = text_of(user), .intro = &intro
	};
	*link_r = house_link(ROLE_GATE);
	struct wire_any asked = house_ask(link_r, WIRE(login_open, &open));
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

const struct msg_claimed *browser_sign_in(struct browser *browser, const char *user, const char *password)
{
	const struct msg_login_done *done = HOUSE_IS(login_done, turn_once(browser, user, password));
	(void)HOUSE_IS(done, pass(&done->transaction));
	const struct msg_claimed *claimed = HOUSE_IS(claimed, claim_as(browser, &done->transaction));
	browser->session = claimed->session;
	return claimed;
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
