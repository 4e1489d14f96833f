/* sessions.c - live sessions, seen and ended by an operator. */
#include "authority/admin/operator.h"
#include "authority/session/guard.h"
#include "authority/session/session.h"
#include "log/log.h"

#define SHOWN 50u

static struct msg_operator_session_row row_of(const struct msg_session_record *session, struct text id)
{
	return (struct msg_operator_session_row){
		.id = id,
		.user = session->user,
		.level = session->level,
		.amr = session->amr,
		.since = session->since,
		.seen = session->seen,
		.expires = session->expires,
		.door = session->door,
		.front = session->front,
		.address = session->address,
		.browser = session->browser,
	};
}

/* The one session of an id. ERR_NOT_FOUND: it is none, or is over. */
static enum err find_session(struct call *call, struct text object, struct store_key *key_r,
    const struct msg_session_record **record_r)
{
	if (session_id_parse(object, key_r) != OK)
		return ERR_NOT_FOUND;
	return session_peek_key(call->authority, key_r, &call->arena, record_r);
}

/* The person of a name or an id; one who is no longer in the directory is still known by id. */
static enum err find_person(struct call *call, struct text object, struct person *person_r)
{
	struct session_found *found;
	unsigned n = 0;
	enum err err = admin_person(call, object, person_r);
	if (err != ERR_NOT_FOUND)
		return err;
	if (object.len > 128)
		return ERR_NOT_FOUND;
	if (session_list(call->authority, object, 1, &call->arena, &found, &n) != OK || n == 0)
		return ERR_NOT_FOUND;
	*person_r = (struct person){ .id = object, .user = found[0].record->user };
	return OK;
}

static enum err list_person(
    struct call *call, const struct person *person, struct msg_operator_session_rows *answer)
{
	struct session_found *found;
	unsigned n;
	enum err err = session_list(call->authority, person->id, SHOWN + 1, &call->arena, &found, &n);
	struct msg_operator_session_row *rows = err == OK ? arena_array(&call->arena, n, sizeof *rows) : NULL;
	if (rows == NULL)
		return err != OK ? err : ERR_NO_MEMORY;
	for (unsigned i = 0; i < n; i++)
		rows[i] = row_of(found[i].record, session_id(&found[i].key, &call->arena));
	answer->more = n > SHOWN;
	answer->sessions.at = rows;
	answer->sessions.n = n < SHOWN ? n : SHOWN;
	return OK;
}

static enum err list_one(
    struct call *call, struct text object, struct person *person_r, struct msg_operator_session_rows *answer)
{
	struct store_key key;
	const struct msg_session_record *record;
	struct msg_operator_session_row *row = arena_alloc(&call->arena, sizeof *row);
	enum err err = row != NULL ? find_session(call, object, &key, &record) : ERR_NO_MEMORY;
	if (err != OK)
		return err;
	*row = row_of(record, object);
	*person_r = (struct person){ .id = record->person, .user = record->user };
	answer->sessions.at = row;
	answer->sessions.n = 1;
	return OK;
}

enum err admin_sessions(
    struct call *call, const struct asker *who, const void *ask, struct wire_any *answer_r)
{
	const struct msg_operator_sessions *look = ask;
	struct msg_operator_session_rows *answer = arena_alloc(&call->arena, sizeof *answer);
	struct person person;
	if (answer == NULL)
		return ERR_NO_MEMORY;
	enum err err = list_one(call, look->object, &person, answer);
	if (err == ERR_NOT_FOUND) {
		err = find_person(call, look->object, &person);
		if (err == OK)
			err = list_person(call, &person, answer);
	}
	if (err == OK)
		admin_looked(call, who, &person, TEXT_LITERAL("sessions"));
	*answer_r = WIRE(operator_session_rows, answer);
	return err;
}

static enum err end_one(struct call *call, const struct asker *who, struct text object,
    const struct store_key *key, const struct msg_session_record *record, struct wire_any *answer_r)
{
	struct person person;
	enum err err = directory_find_id(call->authority->directory, record->person, &call->arena, &person);
	if (err == ERR_NOT_FOUND)
		person = (struct person){ .id = record->person, .user = record->user, .name = record->name };
	else if (err != OK)
		return err;
	err = admin_record(call, who, AUDIT_SESSION_ENDED, &person, object);
	if (err == OK)
		err = session_end_key(call->authority, record->person, key, &call->arena);
	if (err != OK)
		return err;
	admin_mail(call, &person, MAIL_SESSIONS_ENDED, (struct text){ NULL, 0 }, 1);
	return admin_acted(call, "session_ended", &person, 1, 0, answer_r);
}

static enum err end_all(
    struct call *call, const struct asker *who, struct text object, struct wire_any *answer_r)
{
	struct person person;
	unsigned n = 0;
	enum err err = find_person(call, object, &person);
	if (err == OK)
		err = admin_record(call, who, AUDIT_SESSIONS_ENDED, &person, (struct text){ NULL, 0 });
	if (err == OK)
		err = session_end_all(call->authority, person.id, NULL, &call->arena, &n);
	if (err != OK)
		return err;
	guard_forget(call->authority, person.id);
	if (n > 0)
		admin_mail(call, &person, MAIL_SESSIONS_ENDED, (struct text){ NULL, 0 }, n);
	return admin_acted(call, "sessions_ended", &person, n, 0, answer_r);
}

enum err admin_session_end(
    struct call *call, const struct asker *who, const void *ask, struct wire_any *answer_r)
{
	const struct msg_operator_session_end *order = ask;
	const struct msg_session_record *record;
	struct store_key key;
	enum err err = find_session(call, order->object, &key, &record);
	if (err == OK)
		return end_one(call, who, order->object, &key, record, answer_r);
	return err == ERR_NOT_FOUND ? end_all(call, who, order->object, answer_r) : err;
}
