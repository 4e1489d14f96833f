/* left.c - the page behind a sign-out: each service that the session had visited, and whether it has confirmed. Only what is known is said: a service
 * that the browser tells (OpenID Connect Front-Channel Logout 1.0) confirms nothing to us. */
#include "authority/sso/left.h"
#include <string.h>
#include "authority/authority.h"
#include "authority/session/session.h"
#include "authority/session/visits.h"
#include "authority/sso/naming.h"
#include "authority/sso/notice.h"
#include "authority/sso/saml_parts.h"
#include "base/enc.h"
#include "conf/conf.h"

struct looking {
	struct call *call;
	struct bytes trail;
	struct store_key key;
	struct visits visits;
	const void **told; /* told_record, the newest first */
	unsigned n_told;
	bool shown; /* the frames were there */
};

/* What the browser opens (OpenID Connect Front-Channel Logout 1.0 section 2; SAML Profiles 4.4.4.1); absent: nothing. service: NULL when it is
 * registered no more. to_r: where an address of ours leads. */
static struct text frame_of(const struct looking *looking, const struct msg_visit_record *visit,
    const struct msg_service_record *service, struct text *to_r)
{
	struct call *call = looking->call;
	const struct conf *conf = call->authority->conf;
	struct text none = { NULL, 0 };
	if (!visit->front || visit->handle.at == NULL || service == NULL)
		return none;
	if (visit->protocol == PROTOCOL_SAML)
		return saml_leave_frame(call, looking->trail, service, visit->at, to_r);
	struct text uri = service->frontchannel_logout_uri;
	if (visit->protocol != PROTOCOL_OIDC || uri.at == NULL)
		return none;
	return text_of(arena_printf(&call->arena, "%.*s%ciss=%s&sid=%.*s", TEXT_ARGS(uri),
	    memchr(uri.at, '?', uri.len) != NULL ? '&' : '?', conf->portal.origin, TEXT_ARGS(visit->handle)));
}

/* How often a service was told, by its tickets (CAS), or once. */
static unsigned count_visits(const struct looking *looking, struct text service)
{
	unsigned count = 0;
	for (unsigned i = 0; i < looking->visits.n; i++)
		count += text_equal(looking->visits.at[i].service, service);
	return count;
}

/* What came of telling a service, of the newest that is known of each of its tickets. */
static enum left_state told_state(const struct looking *looking, struct text service)
{
	unsigned wanted = count_visits(looking, service), answered = 0, refused = 0, mute = 0;
	for (unsigned i = 0; i < looking->n_told && answered < wanted; i++) {
		const struct msg_told_record *told = looking->told[i];
		if (!text_equal(told->service, service))
			continue;
		answered++;
		mute += told->outcome == NOTICE_TOLD;
		refused += told->outcome == NOTICE_NEVER;
	}
	if (refused > 0)
		return LEFT_REFUSED;
	if (answered < wanted)
		return LEFT_WAITS;
	return mute > 0 ? LEFT_TOLD : LEFT_CONFIRMED;
}

/* By SAML a service answers us, or the browser, or has signed the person out itself; who has not answered when the frames were there is not asked again. */
static enum left_state saml_state(const struct looking *looking, const struct msg_visit_record *visit)
{
	enum left_state state = told_state(looking, visit->service);
	if (state != LEFT_WAITS || visit->back)
		return state;
	if (!visit->front)
		return LEFT_UNTOLD;
	return looking->shown ? LEFT_REFUSED : LEFT_BROWSER;
}

static enum left_state state_of(const struct looking *looking, const struct msg_visit_record *visit)
{
	if (visit->protocol == PROTOCOL_SAML)
		return saml_state(looking, visit);
	if (visit->back)
		return told_state(looking, visit->service);
	return visit->front ? LEFT_BROWSER : LEFT_UNTOLD;
}

static bool is_first(const struct looking *looking, unsigned at)
{
	for (unsigned i = 0; i < at; i++)
		if (text_equal(looking->visits.at[i].service, looking->visits.at[at].service))
			return false;
	return true;
}

static struct msg_left_row row_of(const struct looking *looking, const struct msg_visit_record *visit)
{
	const struct msg_service_record *service = NULL;
	if (notice_service(looking->call, visit, &service) != OK)
		service = NULL;
	struct text name = service != NULL ? naming_label(service, naming_of_call(looking->call))
					   : visit->label; /* taken away since */
	struct msg_left_row row = { .name = name, .state = state_of(looking, visit) };
	bool answers = visit->protocol == PROTOCOL_SAML;
	if (row.state == LEFT_BROWSER || !answers)
		row.frame = frame_of(looking, visit, service, &row.frame_to);
	if (row.state == LEFT_BROWSER && row.frame.at == NULL)
		row.state = LEFT_UNTOLD;
	return row;
}

static void fill(const struct looking *looking, struct msg_left_row *rows, struct msg_signed_out_page *page)
{
	uint32_t n = 0;
	for (unsigned i = 0; i < looking->visits.n; i++) {
		if (!is_first(looking, i))
			continue;
		struct msg_left_row row = row_of(looking, &looking->visits.at[i]);
		rows[n++] = row;
		page->waits = page->waits || row.state == LEFT_WAITS;
		page->missed = page->missed || row.state == LEFT_REFUSED || row.state == LEFT_UNTOLD ||
			       row.state == LEFT_TOLD;
		page->framed = page->framed || row.frame.at != NULL;
		page->asks = page->asks || row.frame_to.at != NULL;
	}
	page->others = n > 0 && !looking->visits.whole;
	page->applications.at = rows;
	page->applications.n = n;
}

static enum err look(struct looking *looking, struct bytes trail)
{
	const struct msg_session_record session = { .trail = trail };
	struct call *call = looking->call;
	enum err err = OK;
	looking->trail = trail;
	if (visits_key(call->authority, &session, &looking->key))
		err = visits_told_list(
		    call->authority, &looking->key, &call->arena, &looking->told, &looking->n_told);
	if (err == OK &&
	    looking->n_told >
		0) /* else it goes on, or ended long ago: the address alone tells nobody anything */
		err = visits_list(call->authority, &looking->key, &call->arena, &looking->visits);
	return err;
}

enum err left_is_complete(struct call *call, struct bytes trail, struct text entity_id, bool *complete_r)
{
	struct looking looking = { .call = call };
	enum err err = look(&looking, trail);
	bool complete = looking.visits.whole;
	for (unsigned i = 0; err == OK && i < looking.visits.n; i++)
		if (!visits_is_at(&looking.visits.at[i], PROTOCOL_SAML, entity_id))
			complete = complete && state_of(&looking, &looking.visits.at[i]) == LEFT_CONFIRMED;
	*complete_r = complete;
	return err;
}

bool left_is_told(struct call *call, const struct store_key *key, struct text service)
{
	const void **told = NULL;
	unsigned n = 0;
	bool is_told = false;
	if (visits_told_list(call->authority, key, &call->arena, &told, &n) != OK)
		return false;
	for (unsigned i = 0; i < n; i++)
		is_told = is_told || text_equal(((const struct msg_told_record *)told[i])->service, service);
	return is_told;
}

enum err left_on_signed_out(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_signed_out *wanted = ask;
	struct looking looking = { .call = call, .shown = wanted->then.at != NULL };
	uint8_t trail[SESSION_TRAIL_SIZE];
	enum err err = OK;
	struct msg_signed_out_page *page = arena_alloc(&call->arena, sizeof *page);
	struct msg_left_row *rows = arena_array(&call->arena, VISITS_MAX, sizeof *rows);
	if (page == NULL || rows == NULL)
		return ERR_NO_MEMORY;
	if (enc_from_base64url(text_str(wanted->of), wanted->of.len, trail, sizeof trail) == OK)
		err = look(&looking, (struct bytes){ trail, sizeof trail });
	if (err != OK)
		return err;
	fill(&looking, rows, page);
	*answer_r = WIRE(signed_out_page, page);
	return OK;
}
