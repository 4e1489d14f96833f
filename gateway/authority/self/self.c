#include "authority/self/self.h"
#include "authority/authority.h"
#include "authority/session/session.h"

enum err self_session(struct call *call, struct secret token, const struct msg_session_record **session_r)
{
	return session_load(call->authority, token, &call->arena, session_r);
}

enum err self_session_of_form(
    struct call *call, struct secret token, struct secret csrf, const struct msg_session_record **session_r)
{
	const struct msg_session_record *session;
	enum err err = self_session(call, token, &session);
	if (err != OK)
		return err;
	if (!secret_equal(session_csrf(call->authority, token, &call->arena), csrf))
		return ERR_STALE;
	*session_r = session;
	return OK;
}

const struct msg_frame *self_frame(
    struct call *call, struct secret token, const struct msg_session_record *session)
{
	struct msg_frame *frame = arena_alloc(&call->arena, sizeof *frame);
	if (frame == NULL)
		return NULL;
	frame->name = session->name;
	frame->user = session->user;
	frame->csrf = session_csrf(call->authority, token, &call->arena);
	frame->level = session->level;
	frame->since = session->since;
	return frame->csrf.at != NULL ? frame : NULL;
}
