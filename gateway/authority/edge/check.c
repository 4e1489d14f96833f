/* check.c - forward-auth: may this browser's request go on? Only reads. The portal's own cookie counts for the portal's own
 * origins alone; every other host is told to sign in, and stays closed. */
#include <string.h>
#include "authority/authority.h"
#include "authority/edge/edge.h"
#include "authority/session/session.h"
#include "conf/conf.h"

static bool is_portal(const struct conf *conf, struct text origin)
{
	bool own = text_equal_str(origin, conf->portal.origin);
	for (unsigned i = 0; !own && i < conf->portal.also.n; i++)
		own = text_equal_str(origin, conf->portal.also.at[i]);
	return own;
}

static enum err sign_in(struct call *call, struct msg_check_verdict *verdict)
{
	const char *at = arena_printf(&call->arena, "%s/login", call->authority->conf->portal.origin);
	verdict->outcome = CHECK_SIGN_IN;
	verdict->location = text_of(at);
	return at != NULL ? OK : ERR_NO_MEMORY;
}

static void allow(const struct msg_session_record *session, struct msg_check_verdict *verdict)
{
	verdict->outcome = CHECK_ALLOWED;
	verdict->user = session->user;
	verdict->name = session->name;
	verdict->email = session->mail;
	verdict->groups = session->groups;
	verdict->amr = TEXT_LITERAL("pwd");
}

enum err edge_on_check(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_check *check = ask;
	const struct msg_session_record *session;
	struct msg_check_verdict *verdict = arena_alloc(&call->arena, sizeof *verdict);
	if (verdict == NULL)
		return ERR_NO_MEMORY;
	enum err err = ERR_NOT_FOUND;
	if (is_portal(call->authority->conf, check->origin))
		err = session_peek(call->authority, check->session, &call->arena, &session);
	if (err == ERR_NOT_FOUND)
		err = sign_in(call, verdict);
	else if (err == OK)
		allow(session, verdict);
	*answer_r = WIRE(check_verdict, verdict);
	return err;
}
