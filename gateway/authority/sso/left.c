/* left.c - the page behind a sign-out: each service that the session had visited, and whether it has confirmed. Only what is known is said: a service
 * that the browser tells (OpenID Connect Front-Channel Logout 1.0) confirms nothing to us. */
#include "authority/sso/left.h"
#include <string.h>
#include "authority/authority.h"
#include "authority/session/session.h"
#include "authority/session/visits.h"
#include "authority/sso/notice.h"
#include "base/enc.h"
#include "conf/conf.h"

struct looking {
	struct call *call;
	const void **told; /* told_record, the newest first */
	unsigned n_told;
};

static const struct msg_told_record *find(const struct looking *looking, struct text service)
{
	for (unsigned i = 0; i < looking->n_told; i++) {
		const struct msg_told_record *told = looking->told[i];
		if (text_equal(told->service, service))
			return told;
	}
	return NULL;
}

/* What the browser opens (section 2 of the specification); absent: nothing. */
static struct text frame_of(struct call *call, const struct msg_visit_record *visit)
{
	const struct msg_service_record *service;
	const struct conf *conf = call->authority->conf;
	struct text none = { NULL, 0 };
	if (!visit->front || visit->protocol != PROTOCOL_OIDC || visit->handle.at == NULL ||
	    notice_service(call, visit, &service) != OK || service->frontchannel_logout_uri.at == NULL)
		return none;
	struct text uri = service->frontchannel_logout_uri;
	return text_of(arena_printf(&call->arena, "%.*s%ciss=%s&sid=%.*s", TEXT_ARGS(uri),
	    memchr(uri.at, '?', uri.len) != NULL ? '&' : '?', conf->portal.origin, TEXT_ARGS(visit->handle)));
}

static enum left_state state_of(
    const struct looking *looking, const struct msg_visit_record *visit, struct text frame)
{
	const struct msg_told_record *told = find(looking, visit->service);
	if (told != NULL)
		return told->outcome == NOTICE_CONFIRMED ? LEFT_CONFIRMED : LEFT_REFUSED;
	if (visit->back)
		return LEFT_WAITS;
	return frame.at != NULL ? LEFT_BROWSER : LEFT_UNTOLD;
}

static void fill(const struct looking *looking, const struct msg_visit_record *visits, unsigned n,
    struct msg_left_row *rows, struct msg_signed_out_page *page)
{
	for (unsigned i = 0; i < n; i++) {
		struct text frame = frame_of(looking->call, &visits[i]);
		enum left_state state = state_of(looking, &visits[i], frame);
		rows[i] = (struct msg_left_row){ .name = visits[i].label, .state = state, .frame = frame };
		page->waits = page->waits || state == LEFT_WAITS;
		page->missed = page->missed || state == LEFT_REFUSED || state == LEFT_UNTOLD;
		page->framed = page->framed || frame.at != NULL;
	}
	page->applications.at = rows;
	page->applications.n = n;
}

static bool read_trail(struct text of, uint8_t trail[SESSION_TRAIL_SIZE], struct msg_session_record *session)
{
	if (enc_from_base64url(text_str(of), of.len, trail, SESSION_TRAIL_SIZE) != OK)
		return false;
	session->trail = (struct bytes){ trail, SESSION_TRAIL_SIZE };
	return true;
}

enum err left_on_signed_out(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_signed_out *wanted = ask;
	struct looking looking = { .call = call };
	struct msg_session_record session = { .trail = { NULL, 0 } };
	struct store_key key;
	uint8_t trail[SESSION_TRAIL_SIZE];
	const struct msg_visit_record *visits = NULL;
	unsigned n = 0;
	enum err err = OK;
	struct msg_signed_out_page *page = arena_alloc(&call->arena, sizeof *page);
	struct msg_left_row *rows = arena_array(&call->arena, VISITS_MAX, sizeof *rows);
	if (page == NULL || rows == NULL)
		return ERR_NO_MEMORY;
	if (read_trail(wanted->of, trail, &session) && visits_key(call->authority, &session, &key))
		err = visits_list(call->authority, &key, &call->arena, &visits, &n);
	if (err == OK && n > 0)
		err = visits_told_list(call->authority, &key, &call->arena, &looking.told, &looking.n_told);
	if (err != OK)
		return err;
	fill(&looking, visits, n, rows, page);
	*answer_r = WIRE(signed_out_page, page);
	return OK;
}
