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
	const struct msg_visit_record *visits; /* the newest first */
	unsigned n;
	const void **told; /* told_record, the newest first */
	unsigned n_told;
};

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

/* How often a service was told, by its tickets (CAS), or once. */
static unsigned count_visits(const struct looking *looking, struct text service)
{
	unsigned count = 0;
	for (unsigned i = 0; i < looking->n; i++)
		count += text_equal(looking->visits[i].service, service);
	return count;
}

/* What came of telling a service, of the newest that is known of each of its tickets. */
static enum left_state told_state(const struct looking *looking, struct text service)
{
	unsigned wanted = count_visits(looking, service), confirmed = 0, refused = 0;
	for (unsigned i = 0; i < looking->n_told && confirmed + refused < wanted; i++) {
		const struct msg_told_record *told = looking->told[i];
		if (!text_equal(told->service, service))
			continue;
		confirmed += told->outcome == NOTICE_CONFIRMED;
		refused += told->outcome != NOTICE_CONFIRMED;
	}
	if (refused > 0)
		return LEFT_REFUSED;
	return confirmed == wanted ? LEFT_CONFIRMED : LEFT_WAITS;
}

static enum left_state state_of(
    const struct looking *looking, const struct msg_visit_record *visit, struct text frame)
{
	if (visit->back)
		return told_state(looking, visit->service);
	return frame.at != NULL ? LEFT_BROWSER : LEFT_UNTOLD;
}

static bool is_first(const struct looking *looking, unsigned at)
{
	for (unsigned i = 0; i < at; i++)
		if (text_equal(looking->visits[i].service, looking->visits[at].service))
			return false;
	return true;
}

static void fill(const struct looking *looking, struct msg_left_row *rows, struct msg_signed_out_page *page)
{
	uint32_t n = 0;
	for (unsigned i = 0; i < looking->n; i++) {
		const struct msg_visit_record *visit = &looking->visits[i];
		if (!is_first(looking, i))
			continue;
		struct text frame = frame_of(looking->call, visit);
		enum left_state state = state_of(looking, visit, frame);
		rows[n++] = (struct msg_left_row){ .name = visit->label, .state = state, .frame = frame };
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
	enum err err = OK;
	struct msg_signed_out_page *page = arena_alloc(&call->arena, sizeof *page);
	struct msg_left_row *rows = arena_array(&call->arena, VISITS_MAX, sizeof *rows);
	if (page == NULL || rows == NULL)
		return ERR_NO_MEMORY;
	if (read_trail(wanted->of, trail, &session) && visits_key(call->authority, &session, &key))
		err = visits_told_list(call->authority, &key, &call->arena, &looking.told, &looking.n_told);
	if (err == OK &&
	    looking.n_told >
		0) /* else it goes on, or ended long ago: the address alone tells nobody anything */
		err = visits_list(call->authority, &key, &call->arena, &looking.visits, &looking.n);
	if (err != OK)
		return err;
	fill(&looking, rows, page);
	*answer_r = WIRE(signed_out_page, page);
	return OK;
}
