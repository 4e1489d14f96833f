#include "authority/session/visits.h"
#include <stdatomic.h>
#include <string.h>
#include "authority/authority.h"
#include "authority/keys/keys.h"
#include "authority/outbox/outbox.h"
#include "authority/session/session.h"
#include "authority/store/batch.h"
#include "base/clock.h"
#include "base/enc.h"
#include "conf/conf.h"
#include "log/log.h"

#define SID_SIZE 16u
#define ROWS_MAX \
	512u /* the same service may stand there more than once: each authority notes it anew, CAS each ticket */
#define HANDLES_MAX 8u  /* of one service: with CAS each ticket is a session there */
#define KEPT_MS 3600000 /* behind the session's end */
#define TOLD_MS 600000
#define TOLD_ROWS_MAX (3 * VISITS_MAX)
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

/* When to look again whether that live session goes on. */
static int64_t due_ms(struct authority *authority, const struct msg_session_record *session)
{
	const struct conf *conf = authority->conf;
	int64_t idle_ms = session->seen + (int64_t)conf->session.idle_s * 1000;
	int64_t end_ms = idle_ms < session->expires ? idle_ms : session->expires;
	int64_t look_ms = clock_now_ms() + LOOK_MS;
	return (end_ms < look_ms ? end_ms : look_ms) + LATE_MS;
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
		    service->protocol == PROTOCOL_OIDC ? service->client_id : (struct text){ NULL, 0 },
		.registered = service->added,
		.handle = handle,
		.subject = subject,
		.back = service->protocol != PROTOCOL_SAML && service->backchannel_logout_uri.at != NULL,
		.front = service->frontchannel_logout_uri.at != NULL,
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
	hash_visit(authority, &key, service->name, handle, hash);
	memcpy(&mark, hash, sizeof mark);
	_Atomic uint64_t *place = &noted[mark % NOTED];
	if (atomic_load(place) == mark)
		return store_batch_settle(batch);
	const struct msg_visit_record visit = visit_of(session, service, handle, subject);
	(void)store_batch_list_push_due(batch, &key, WIRE(visit_record, &visit), ROWS_MAX,
	    session->expires - visit.at + KEPT_MS, &agenda, due_ms(authority, session));
	enum err err = store_batch_settle(batch);
	if (err == OK)
		atomic_store(place, mark);
	return err;
}

/* With CAS each ticket is a session of its own at the service, and so is told of; a service has one name for all others. */
static bool is_there(const struct msg_visit_record *visits, unsigned n, const struct msg_visit_record *visit)
{
	unsigned handles = 0;
	for (unsigned i = 0; i < n; i++) {
		if (!text_equal(visits[i].service, visit->service))
			continue;
		if (visit->protocol != PROTOCOL_CAS || text_equal(visits[i].handle, visit->handle))
			return true;
		handles++;
	}
	return handles >= HANDLES_MAX;
}

enum err visits_list(struct authority *authority, const struct store_key *key, struct arena *arena,
    const struct msg_visit_record **visits_r, unsigned *n_r)
{
	const void **rows;
	unsigned n_rows = 0, n = 0, fell_out = 0;
	struct msg_visit_record *visits = arena_array(arena, VISITS_MAX, sizeof *visits);
	if (visits == NULL)
		return ERR_NO_MEMORY;
	enum err err = store_list_read_records(
	    authority->store, key, wire_msg_visit_record(), 0, ROWS_MAX, arena, &rows, &n_rows);
	for (unsigned i = 0; err == OK && i < n_rows; i++) {
		const struct msg_visit_record *visit = rows[i];
		if (is_there(visits, n, visit))
			continue;
		if (n < VISITS_MAX)
			visits[n++] = *visit;
		else
			fell_out++;
	}
	if (err != OK)
		return err;
	if (fell_out > 0)
		log_line(LOG_LEVEL_WARNING, "visits_fell_out", 0, LOG_TEXT("person", visits[0].person),
		    LOG_NUMBER("count", fell_out));
	*visits_r = visits;
	*n_r = n;
	return OK;
}

/* Somebody who has signed in again goes on with a later end: the list has to last as long. */
static enum err keep_longer(struct authority *authority, const struct store_key *key,
    const struct msg_visit_record *newest, int64_t until_ms)
{
	struct msg_visit_record visit = *newest;
	if (newest->until >= until_ms)
		return OK;
	visit.until = until_ms;
	return store_list_push_record(
	    authority->store, key, WIRE(visit_record, &visit), ROWS_MAX, until_ms - clock_now_ms() + KEPT_MS);
}

enum err visits_go_on(struct authority *authority, const struct store_key *key,
    const struct msg_visit_record *newest, const struct msg_session_record *session)
{
	struct store_key agenda = visits_agenda(authority);
	enum err err = keep_longer(authority, key, newest, session->expires);
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

static enum err tell_all(struct authority *authority, const struct store_key *key, struct arena *arena)
{
	const struct msg_visit_record *visits = NULL;
	unsigned n = 0;
	enum err err = visits_list(authority, key, arena, &visits, &n);
	if (err == OK && n > 0)
		note_end(authority, key);
	for (unsigned i = 0; err == OK && i < n; i++) {
		const struct msg_notice_record notice = {
			.trail = { key->bytes, sizeof key->bytes },
			.visit = &visits[i],
		};
		if (visits[i].back)
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
