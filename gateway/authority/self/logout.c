#include "authority/authority.h"
#include "authority/self/self.h"
#include "authority/session/session.h"
#include "authority/session/visits.h"
#include "base/enc.h"
#include "log/log.h"

/* A look is enough, which never waits for the directory: whoever is locked or gone may sign out as well. */
static enum err find(
    struct call *call, const struct msg_logout *logout, const struct msg_session_record **session_r)
{
	enum err err = session_peek(call->authority, logout->session, &call->arena, session_r);
	if (err == OK &&
	    !secret_equal(session_csrf(call->authority, logout->session, &call->arena), logout->csrf))
		return ERR_STALE;
	return err;
}

/* The page that says what came of it; absent: no service was visited, or nobody knows. */
static struct text next_of(struct call *call, const struct msg_session_record *session)
{
	struct store_key key;
	const void **told;
	unsigned n = 0;
	char of[ENC_BASE64URL_SIZE(SESSION_TRAIL_SIZE)];
	if (!visits_key(call->authority, session, &key) ||
	    visits_told_list(call->authority, &key, &call->arena, &told, &n) != OK || n == 0)
		return (struct text){ NULL, 0 };
	enc_base64url(session->trail.at, session->trail.len, of);
	return text_of(arena_printf(&call->arena, "/signed-out?of=%s", of));
}

enum err self_on_logout(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_logout *logout = ask;
	const struct msg_session_record *session;
	const struct self_event event = { .audit = AUDIT_SIGNED_OUT, .activity = "activity_signed_out" };
	struct msg_done *done = arena_alloc(&call->arena, sizeof *done);
	enum err err = done != NULL ? find(call, logout, &session) : ERR_NO_MEMORY;
	if (err == OK)
		err = self_record(call, session, &event);
	if (err == OK)
		err = session_end(call->authority, logout->session);
	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	if (err == OK) {
		self_show(call, session, &event);
		log_line(LOG_LEVEL_INFO, "signed_out", call->frame.trace, LOG_TEXT("user", session->user),
		    LOG_TEXT("person", session->person));
	}
	done->text = TEXT_LITERAL("signed_out"); /* also when it had ended before */
	if (err == OK)
		done->next = next_of(call, session);
	*answer_r = WIRE(done, done);
	return OK;
}
