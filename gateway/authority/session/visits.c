#include "authority/session/visits.h"
#include <stdatomic.h>
#include <string.h>
#include "authority/authority.h"
#include "authority/keys/keys.h"
#include "authority/outbox/outbox.h"
#include "authority/session/indexed.h"
#include "authority/session/session.h"
#include "authority/store/batch.h"
#include "base/clock.h"
#include "base/enc.h"
#include "conf/conf.h"
#include "log/log.h"

#define SID_SIZE 16u
#define ROWS_MAX 512u /* the same service may stand there more than once: each authority notes it anew */
#define TICKETS_KEPT (VISITS_TICKETS_MAX + 1) /* so that it is seen that there are more */
#define KEPT_MS 3600000                       /* behind the session's end */
#define TOLD_MS 600000
#define TOLD_ROWS_MAX (3 * VISITS_MAX * VISITS_TICKETS_MAX)
#define LOOK_MS \
	300000 /* at most this long a locked person's services go on when nobody looks at a page of ours */
#define LATE_MS 1000
#define AGAIN_MS 60000
#define NOTED 8192u
#define SERVICE_MAX 64u
#define HANDLE_MAX 512u

/* What this process has noted already: a service that asks for codes all day adds nothing to the list. What falls out is noted anew. */
static _Atomic uint64_t noted[NOTED];

bool visits_key(
    struct authority *authority, const struct msg_session_record *session, struct store_key *key_r)
{
	if (session->trail.len != SESSION_TRAIL_SIZE)
		return false;
	*key_r = (struct store_key){ .kind = STORE_VISITS };
	keys_hash(authority->keys, KEY_TRAIL_STORE, session->trail.at, session->trail.len, key_r->bytes);
	return true;
}

struct store_key visits_agenda(struct authority *authority)
{
	static const char NAME[] = "agenda"; /* shorter than a trail: so it is nobody's */
	struct store_key key = { .kind = STORE_AGENDA };
	keys_hash(authority->keys, KEY_TRAIL_STORE, NAME, sizeof NAME - 1, key.bytes);
	return key;
}

/* A keyed hash of trail, service and handle. */
static void hash_visit(struct authority *authority, const struct store_key *key, struct text service,
    struct text handle, uint8_t hash[KEYS_HASH_SIZE])
{
	uint8_t bytes[STORE_KEY_SIZE + SERVICE_MAX + 1 + HANDLE_MAX] = { 0 };
	size_t service_len = service.len < SERVICE_MAX ? service.len : SERVICE_MAX;
	size_t handle_len = handle.len < HANDLE_MAX ? handle.len : HANDLE_MAX;
	memcpy(bytes, key->bytes, STORE_KEY_SIZE);
	memcpy(bytes + STORE_KEY_SIZE, service.at, service_len);
	if (handle_len > 0)
		memcpy(bytes + STORE_KEY_SIZE + SERVICE_MAX + 1, handle.at, handle_len);
	keys_hash(authority->keys, KEY_VISIT, bytes, sizeof bytes, hash);
}

struct text visits_sid(struct authority *authority, const struct msg_session_record *session,
    struct text service, struct arena *arena)
{
	struct store_key key;
	uint8_t hash[KEYS_HASH_SIZE];
	char text[ENC_BASE64URL_SIZE(SID_SIZE)];
	struct text sid = { NULL, 0 };
	if (!visits_key(authority, session, &key))
		return sid;
	hash_visit(authority, &key, service, (struct text){ NULL, 0 }, hash);
	enc_base64url(hash, SID_SIZE, text);
	return text_copy(arena, text_of(text), &sid) ? sid : (struct text){ NULL, 0 };
}

/* Where the tickets lie that a service of CAS has had in a session. */
static struct store_key tickets_key(
    struct authority *authority, const struct store_key *key, struct text service)
{
	struct store_key tickets = { .kind = STORE_VISITS };
	hash_visit(authority, key, service, TEXT_LITERAL("tickets"), tickets.bytes);
	return tickets;
}

static bool has_tickets(const struct msg_visit_record *visit)
{
	return visit->protocol == PROTOCOL_CAS && visit->back && visit->handle.at != NULL;
}

/* When to look again whether that live session goes on. */
static int64_t due_ms(struct authority *authority, const struct msg_session_record *session)
{
	const struct conf *conf = authority->conf;
	int64_t idle_ms = session->seen + (int64_t)conf->session.idle_s * 1000;
	int64_t end_ms = idle_ms < session->expires ? idle_ms : session->expires;
	int64_t look_ms = clock_now_ms() + LOOK_MS;
	return (end_ms < look_ms ? end_ms : look_ms) + LATE_MS;
}

/* With SAML either by the browser, or by SOAP, which is of no use to anybody but us. */
static bool has_place(const struct msg_saml_record *saml, bool soap)
{
	for (uint32_t i = 0; i < saml->logouts.n; i++)
		if ((saml->logouts.at[i].binding == SAML_SOAP) == soap)
			return true;
	return false;
}

static struct msg_visit_record visit_of(const struct msg_session_record *session,
    const struct msg_service_record *service, struct text handle, struct text subject)
{
	return (struct msg_visit_record){
		.person = session->person,
		.service = service->name,
		.label = service->label,
		.protocol = service->protocol,
		.client_id =
		    service->protocol == PROTOCOL_CAS ? (struct text){ NULL, 0 } : service->client_id,
		.registered = service->added,
		.handle = handle,
		.subject = subject,
		.back = service->protocol == PROTOCOL_SAML ? has_place(service->saml, true)
							   : service->backchannel_logout_uri.at != NULL,
		.front = service->protocol == PROTOCOL_SAML ? has_place(service->saml, false)
							    : service->frontchannel_logout_uri.at != NULL,
		.at = clock_now_ms(),
		.until = session->expires,
	};
}

enum err visits_settle(struct authority *authority, struct store_batch *batch,
    const struct msg_session_record *session, const struct msg_service_record *service, struct text handle,
    struct text subject)
{
	struct store_key key, agenda = visits_agenda(authority);
	uint8_t hash[KEYS_HASH_SIZE];
	uint64_t mark = 0;
	if (!visits_key(authority, session, &key))
		return store_batch_settle(batch);
	const struct msg_visit_record visit = visit_of(session, service, handle, subject);
	int64_t ttl_ms = session->expires - visit.at + KEPT_MS;
	if (has_tickets(&visit)) {
		struct store_key tickets = tickets_key(authority, &key, service->name);
		(void)store_batch_list_push_record(
		    batch, &tickets, WIRE(visit_record, &visit), TICKETS_KEPT, ttl_ms);
	}
	if (visit.protocol == PROTOCOL_CAS)
		handle = (struct text){ NULL, 0 };
	hash_visit(authority, &key, service->name, handle, hash);
	memcpy(&mark, hash, sizeof mark);
	_Atomic uint64_t *place = &noted[mark % NOTED];
	/* another name, in the same place: what the service knows is the last one */
	if (subject.at != NULL)
		hash_visit(authority, &key, service->name, subject, hash);
	memcpy(&mark, hash, sizeof mark);
	mark ^= (uint64_t)service->added;   /* a later service of that name is another one, */
	mark ^= (uint64_t)session->expires; /* and with a later end the list has to last longer */
	if (atomic_load(place) == mark)
		return store_batch_settle(batch);
	(void)store_batch_list_push_due(
	    batch, &key, WIRE(visit_record, &visit), ROWS_MAX, ttl_ms, &agenda, due_ms(authority, session));
	enum err err = store_batch_settle(batch);
	if (err == OK)
		atomic_store(place, mark);
	return err;
}

struct gather {
	struct authority *authority;
	const struct store_key *key;
	struct arena *arena;
	struct msg_visit_record *visits;
	unsigned n, n_services, left_out;
};

static bool is_there(const struct gather *g, struct text service)
{
	for (unsigned i = 0; i < g->n; i++)
		if (text_equal(g->visits[i].service, service))
			return true;
	return false;
}

/* With CAS each ticket is a session of its own at the service, and so is told of; a service has one name for all others. */
static void add(struct gather *g, const struct msg_visit_record *visit)
{
	unsigned n = 0;
	for (unsigned i = 0; i < g->n; i++) {
		if (!text_equal(g->visits[i].service, visit->service))
			continue;
		if (!has_tickets(visit) || text_equal(g->visits[i].handle, visit->handle))
			return;
		n++;
	}
	if (n < VISITS_TICKETS_MAX)
		g->visits[g->n++] = *visit;
	else
		g->left_out++;
}

static enum err add_tickets(struct gather *g, const struct msg_visit_record *visit)
{
	struct store_key tickets = tickets_key(g->authority, g->key, visit->service);
	const void **rows = NULL;
	unsigned n = 0;
	enum err err = store_list_read_records(
	    g->authority->store, &tickets, wire_msg_visit_record(), 0, TICKETS_KEPT, g->arena, &rows, &n);
	for (unsigned i = 0; err == OK && i < n; i++)
		add(g, rows[i]);
	return err;
}

static enum err add_service(struct gather *g, const struct msg_visit_record *visit)
{
	bool fresh = !is_there(g, visit->service);
	if (fresh && g->n_services == VISITS_MAX) {
		g->left_out++;
		return OK;
	}
	g->n_services += fresh;
	enum err err = fresh && has_tickets(visit) ? add_tickets(g, visit) : OK;
	if (err == OK)
		add(g, visit);
	return err;
}

enum err visits_list(
    struct authority *authority, const struct store_key *key, struct arena *arena, struct visits *visits_r)
{
	struct gather g = { .authority = authority, .key = key, .arena = arena };
	const void **rows = NULL;
	unsigned n = 0;
	g.visits = arena_array(arena, (size_t)VISITS_MAX * VISITS_TICKETS_MAX, sizeof *g.visits);
	if (g.visits == NULL)
		return ERR_NO_MEMORY;
	enum err err = store_list_read_records(
	    authority->store, key, wire_msg_visit_record(), 0, ROWS_MAX, arena, &rows, &n);
	for (unsigned i = 0; err == OK && i < n; i++)
		err = add_service(&g, rows[i]);
	if (err != OK)
		return err;
	if (g.left_out > 0)
		log_line(LOG_LEVEL_WARNING, "visits_fell_out", 0, LOG_TEXT("person", g.visits[0].person),
		    LOG_NUMBER("count", g.left_out));
	*visits_r = (struct visits){ g.visits, g.n, g.left_out == 0 && n < ROWS_MAX };
	return OK;
}

bool visits_is_at(const struct msg_visit_record *visit, enum protocol protocol, struct text client_id)
{
	return visit->protocol == protocol && text_equal(visit->client_id, client_id);
}

/* A service that SAML has told a name of the session may name it as long as that goes on. */
static enum err keep_name(struct authority *authority, const struct msg_visit_record *visit, int64_t until_ms)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	const struct indexed pair = { visit->client_id, visit->handle, visit->subject };
	return visit->subject.at != NULL ? indexed_go_on(authority, &pair, until_ms, &arena) : OK;
}

/* Somebody who has signed in again goes on with a later end: what is known of a visit has to last as long. is_first: of those of its service. */
static enum err keep_longer(struct authority *authority, const struct store_key *key,
    const struct msg_visit_record *former, bool is_first, int64_t until_ms)
{
	struct msg_visit_record visit = *former;
	struct store_key tickets = tickets_key(authority, key, visit.service);
	int64_t ttl_ms = until_ms - clock_now_ms() + KEPT_MS;
	visit.until = until_ms;
	enum err err = keep_name(authority, former, until_ms);
	if (err == OK && has_tickets(former))
		err = store_list_push_record(
		    authority->store, &tickets, WIRE(visit_record, &visit), TICKETS_KEPT, ttl_ms);
	if (err == OK && is_first)
		err = store_list_push_record(
		    authority->store, key, WIRE(visit_record, &visit), ROWS_MAX, ttl_ms);
	return err;
}

static bool is_first_of_service(const struct visits *visits, unsigned i)
{
	return i == 0 || !text_equal(visits->at[i - 1].service, visits->at[i].service);
}

/* The oldest first, so that the order stays, and nobody is pushed off by those who are written once more. */
enum err visits_go_on(struct authority *authority, const struct store_key *key, const struct visits *visits,
    const struct msg_session_record *session)
{
	struct store_key agenda = visits_agenda(authority);
	bool older = false;
	enum err err = OK;
	for (unsigned i = 0; i < visits->n; i++)
		older = older || visits->at[i].until < session->expires;
	for (unsigned i = older ? visits->n : 0; err == OK && i-- > 0;)
		err = keep_longer(
		    authority, key, &visits->at[i], is_first_of_service(visits, i), session->expires);
	if (err == OK)
		err = store_agenda_put(authority->store, &agenda, key, due_ms(authority, session), false);
	return err;
}

/* --- the end ------------------------------------------------------------------------------------------------------ */

static struct store_key told_key(const struct store_key *key)
{
	struct store_key told = *key;
	told.kind = STORE_TOLD;
	return told;
}

/* For a while it may be looked at what came of it, also of a session whose services are not told by us. */
static void note_end(struct authority *authority, const struct store_key *key)
{
	struct store_key told = told_key(key);
	const struct msg_told_record end = { TEXT_LITERAL(VISITS_END), NOTICE_CONFIRMED, clock_now_ms() };
	if (store_list_push_record(
		authority->store, &told, WIRE(told_record, &end), TOLD_ROWS_MAX, TOLD_MS) != OK)
		log_line(LOG_LEVEL_WARNING, "told_not_noted", 0);
}

/* By SAML a service may have signed somebody out itself, which is noted before the end: it is not told what it has said. */
static bool has_asked(struct authority *authority, const struct store_key *key,
    const struct msg_visit_record *visit, struct arena *arena)
{
	const void **told = NULL;
	unsigned n = 0;
	if (visit->protocol != PROTOCOL_SAML || visits_told_list(authority, key, arena, &told, &n) != OK)
		return false;
	for (unsigned i = 0; i < n; i++)
		if (text_equal(((const struct msg_told_record *)told[i])->service, visit->service))
			return true;
	return false;
}

static enum err tell_all(struct authority *authority, const struct store_key *key, struct arena *arena)
{
	struct visits visits = { .n = 0 };
	enum err err = visits_list(authority, key, arena, &visits);
	if (err == OK && visits.n > 0)
		note_end(authority, key);
	for (unsigned i = 0; err == OK && i < visits.n; i++) {
		const struct msg_notice_record notice = {
			.trail = { key->bytes, sizeof key->bytes },
			.visit = &visits.at[i],
		};
		if (visits.at[i].back && !has_asked(authority, key, &visits.at[i], arena))
			err = outbox_tell(authority, &notice);
	}
	return err;
}

/* The queue has them, and the agenda forgets the trail; so whoever dies in between tells some twice, and nobody never. */
void visits_end(struct authority *authority, const struct store_key *key)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct store_key agenda = visits_agenda(authority);
	enum err err = tell_all(authority, key, &arena);
	if (err == OK)
		err = store_index_remove(authority->store, &agenda, key);
	if (err == OK)
		return;
	log_line(LOG_LEVEL_WARNING, "services_not_told_yet", 0, LOG_STR("reason", err_text(err)));
	if (store_agenda_put(authority->store, &agenda, key, clock_now_ms() + AGAIN_MS, false) != OK)
		log_line(LOG_LEVEL_WARNING, "services_told_later", 0); /* it stands there since the visit */
}

void visits_told(
    struct authority *authority, const struct msg_notice_record *notice, enum notice_outcome outcome)
{
	struct store_key key = { .kind = STORE_TOLD };
	const struct msg_told_record told = { notice->visit->service, outcome, clock_now_ms() };
	if (notice->trail.len != sizeof key.bytes || told.at - notice->at > TOLD_MS)
		return;
	memcpy(key.bytes, notice->trail.at, sizeof key.bytes);
	enum err err =
	    store_list_push_record(authority->store, &key, WIRE(told_record, &told), TOLD_ROWS_MAX, TOLD_MS);
	if (err != OK)
		log_line(LOG_LEVEL_WARNING, "told_not_noted", 0, LOG_TEXT("service", told.service),
		    LOG_STR("reason", err_text(err)));
}

enum err visits_told_list(struct authority *authority, const struct store_key *key, struct arena *arena,
    const void ***told_r, unsigned *n_r)
{
	struct store_key told = told_key(key);
	return store_list_read_records(
	    authority->store, &told, wire_msg_told_record(), 0, TOLD_ROWS_MAX, arena, told_r, n_r);
}
