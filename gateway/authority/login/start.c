/* start.c - GET /login: everything is in the sealed cookie; nothing is stored. */
#include "authority/login/act.h"
#include "authority/login/cookie.h"
#include "authority/login/talk.h"
#include "authority/session/session.h"
#include "base/clock.h"
#include "conf/conf.h"

/* The same browser keeps its nonce, so that its other tabs stay what they are; a proof for an act has one of its own. *is_new_r: nothing can wait
 * for this one. */
static enum err fill_cookie(
    struct call *call, const struct msg_login_start *start, struct msg_login_cookie *content, bool *is_new_r)
{
	const struct msg_login_cookie *old;
	enum err err = login_cookie_open(call->authority, start->cookie, &call->arena, &old);
	if (err != OK && err != ERR_STALE)
		return err;
	*is_new_r = err != OK || !login_id_equal(&old->act, &start->act);
	if (!*is_new_r)
		content->nonce = old->nonce;
	else
		secret_random(content->nonce.bytes, sizeof content->nonce.bytes);
	content->act = start->act;
	content->expires = clock_now_ms() + (int64_t)call->authority->conf->login.transaction_s * 1000;
	content->next = login_next(call->authority, start->next);
	return OK;
}

/* What waits for an answer: an act begins with a question behind the gate, everything else here. */
static enum err fill_ask(struct call *call, const struct msg_login_start *start,
    const struct msg_login_cookie *content, bool is_new, struct msg_login_started *started)
{
	const struct msg_act_record *act = NULL;
	struct id form;
	enum err err = OK;
	if (!wire_id_is_zero(&content->act))
		err = act_load(call, &content->act, start->session, &act);
	if (err != OK)
		return err;
	started->pending =
	    !start->fresh && !is_new && login_pending_find(call, &content->nonce, &started->id);
	if (!started->pending) {
		login_form_new(call->authority, &content->nonce, &form);
		started->id = login_ask_id(&form, 0, &call->arena);
	}
	if (act != NULL) {
		started->pending = true;
		started->act = act->act;
		if (!text_copy(&call->arena, act->user, &started->user))
			return ERR_NO_MEMORY;
	}
	return started->id.at != NULL ? OK : ERR_NO_MEMORY;
}

enum err login_on_start(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_login_start *start = ask;
	struct msg_login_cookie content = { 0 };
	struct msg_login_started *started = arena_alloc(&call->arena, sizeof *started);
	if (started == NULL)
		return ERR_NO_MEMORY;
	bool is_new = false;
	enum err err = fill_cookie(call, start, &content, &is_new);
	if (err == OK)
		err = fill_ask(call, start, &content, is_new, started);
	if (err == OK)
		err = login_cookie_seal(call->authority, &content, &call->arena, &started->cookie);
	if (err != OK)
		return err;
	started->csrf = login_cookie_csrf(call->authority, &content.nonce, &call->arena);
	started->next = content.next;
	const struct msg_session_record *session;
	if (session_peek(call->authority, start->session, &call->arena, &session) == OK)
		started->signed_in = session->name;
	*answer_r = WIRE(login_started, started);
	return started->csrf.at != NULL ? OK : ERR_NO_MEMORY;
}
