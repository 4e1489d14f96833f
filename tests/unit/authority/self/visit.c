#include "authority/self/visit.h"
#include "unit.h"
#include <stdio.h>
#include <string.h>
#include "authority/account/account.h"
#include "authority/fake_audit.h"
#include "authority/fake_directory.h"
#include "authority/session/session.h"

static struct arena arena; /* of the tokens, until the process ends */

int visit_fresh(void **state)
{
	(void)state;
	fake_directory_reset();
	fake_audit_reset();
	house_forget();
	return 0;
}

struct visit visit_begin(const char *user, const char *browser, const char *address)
{
	struct visit visit;
	struct authority *authority = house_authority();
	struct msg_session_record record = {
		.person = text_of(arena_printf(&arena, "id-%s", user)),
		.user = text_of(user),
		.name = text_of(user),
		.level = SESSION_LEVEL_PASSWORD,
		.browser = text_of(browser),
		.address = text_of(address),
		.groups = TEXT_LITERAL("staff"),
		.door = TEXT_LITERAL("web"),
	};
	assert_int_equal(account_generation(authority, record.person, &record.generation), OK);
	assert_int_equal(session_create(authority, &record, &arena, NULL, &visit.token, &visit.key), OK);
	visit.csrf = session_csrf(authority, visit.token, &arena);
	return visit;
}

struct wire_any visit_ask(struct wire_any ask)
{
	struct link link = house_link(ROLE_DOOR);
	struct wire_any answer = house_ask(&link, ask);
	link_close(&link);
	return answer;
}

bool visit_is_refused(struct wire_any any, enum refusal reason)
{
	return any.msg == wire_msg_refused() && ((const struct msg_refused *)any.at)->reason == reason;
}

const char *visit_done(struct wire_any any)
{
	return any.msg == wire_msg_done() ? text_str(((const struct msg_done *)any.at)->text) : "";
}

const char *visit_problem(struct wire_any any)
{
	static char text[160];
	const struct msg_problems *problems = any.at;
	text[0] = '\0';
	if (any.msg == wire_msg_problems() && problems->errors.n == 1)
		(void)snprintf(text, sizeof text, "%s:%s", text_str(problems->errors.at[0].field),
		    text_str(problems->errors.at[0].text));
	return text;
}

struct secret visit_secret(const char *string)
{
	return secret_copy(&arena, string, strlen(string));
}
