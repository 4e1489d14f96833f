/* distrust.c - what passed a front that is no longer trusted (SECURITY 1). Who signed in through it the audit knows; a session's cookie
 * passed it with each click, so sessions that began before count for as long as a session may live; the password passed it only at
 * the sign-in itself, also where nothing came of it. What passes gate passed the door as well. The instance check sees the cookies of everybody, and never a password. */
#include "authority/admin/operator.h"
#include "authority/session/guard.h"
#include "authority/session/session.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "log/log.h"

#define PAGE 50u     /* records read at once */
#define LOOKED 5000u /* records of one answer */
#define FOUND_MAX 100u

struct hunt {
	struct call *call;
	const struct msg_distrust_find *find;
	int64_t from_ms; /* sessions from before are over */
	bool any_front;
	struct text front; /* by which it is recorded */
	struct msg_distrust_row *rows;
	unsigned n;
};

/* Events that say whose right password, or new session, passed; their object is the front. */
static bool is_passage(const struct hunt *hunt, const struct msg_audit_row *row)
{
	static const enum audit_event EVENTS[] = { AUDIT_PASSWORD_PASSED, AUDIT_SIGNED_IN, AUDIT_CODE_REFUSED,
		AUDIT_CODE_REPLAYED, AUDIT_LOGIN_DENIED };
	bool is = false;
	for (size_t i = 0; i < COUNT(EVENTS); i++)
		is |= text_equal_str(row->event, audit_event_text(EVENTS[i]));
	return is && row->time >= hunt->from_ms && !text_is_empty(row->person) &&
	       (hunt->any_front || text_equal(row->object, hunt->front));
}

static enum err add(struct hunt *hunt, const struct msg_audit_row *row)
{
	bool password = !hunt->any_front && row->time >= hunt->find->since;
	for (unsigned i = 0; i < hunt->n; i++)
		if (text_equal(hunt->rows[i].person, row->person)) {
			hunt->rows[i].password |= password;
			return OK;
		}
	struct msg_distrust_row found = { .password = password };
	if (!text_copy(&hunt->call->arena, row->person, &found.person) ||
	    (row->user.at != NULL && !text_copy(&hunt->call->arena, row->user, &found.user)))
		return ERR_NO_MEMORY;
	hunt->rows[hunt->n++] = found;
	return OK;
}

/* One page of records; *after moves on, and is absent at the end. */
static enum err look(struct hunt *hunt, struct text *after)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_audit_row *rows;
	struct text next;
	unsigned n, part;
	enum err err =
	    audit_read(hunt->call->authority->audit, *after, PAGE, &arena, &rows, &n, &next, &part);
	for (unsigned i = 0; err == OK && i < n; i++)
		if (is_passage(hunt, &rows[i]))
			err = add(hunt, &rows[i]);
	if (err == OK && next.at != NULL && !text_copy(&hunt->call->arena, next, after))
		err = ERR_NO_MEMORY;
	if (err == OK && next.at == NULL)
		*after = next;
	return err;
}

static enum err look_on(struct hunt *hunt, struct text *after)
{
	enum err err = OK;
	for (unsigned looked = 0; err == OK && looked < LOOKED && hunt->n + PAGE <= FOUND_MAX;
	     looked += PAGE) {
		err = look(hunt, after);
		if (after->at == NULL)
			break;
	}
	return err;
}

enum err admin_distrust_find(
    struct call *call, const struct asker *who, const void *ask, struct wire_any *answer_r)
{
	struct hunt hunt = { .call = call, .find = ask };
	struct msg_distrust_rows *answer = arena_alloc(&call->arena, sizeof *answer);
	hunt.rows = arena_array(&call->arena, FOUND_MAX, sizeof *hunt.rows);
	if (answer == NULL || hunt.rows == NULL)
		return ERR_NO_MEMORY;
	struct text after = hunt.find->after;
	hunt.from_ms = hunt.find->since - (int64_t)call->authority->conf->session.absolute_s * 1000;
	hunt.any_front = text_equal_str(hunt.find->front, WIRE_ENUM_TEXT(role, ROLE_CHECK)) ||
			 text_equal_str(hunt.find->front, WIRE_ENUM_TEXT(role, ROLE_BACK));
	bool is_gate = text_equal_str(hunt.find->front, WIRE_ENUM_TEXT(role, ROLE_GATE));
	hunt.front = is_gate ? text_of(WIRE_ENUM_TEXT(role, ROLE_DOOR)) : hunt.find->front;
	enum err err = OK;
	if (after.at == NULL) {
		err = admin_record(call, who, AUDIT_SESSIONS_DISTRUSTED, NULL, hunt.find->front);
		if (err == OK)
			err = audit_since(call->authority->audit, hunt.from_ms, &call->arena, &after);
	}
	if (err == OK)
		err = look_on(&hunt, &after);
	answer->people.at = hunt.rows;
	answer->people.n = hunt.n;
	answer->next = after;
	*answer_r = WIRE(distrust_rows, answer);
	return err;
}

/* In this order, so that one who is interrupted may say it again. */
static enum err distrust_one(struct call *call, const struct asker *who, struct text front,
    const struct msg_distrust_row *row, unsigned *n_r)
{
	struct authority *authority = call->authority;
	struct person person;
	enum err err = directory_find_id(authority->directory, row->person, &call->arena, &person);
	if (err == ERR_NOT_FOUND ||
	    err == ERR_MALFORMED) /* gone from the directory, but the sessions may live */
		person = (struct person){ .id = row->person, .user = row->user, .name = row->user };
	else if (err != OK)
		return err;
	err = admin_record(call, who, AUDIT_SESSIONS_DISTRUSTED, &person, front);
	if (err == OK && row->password)
		err = account_distrust(authority, person.id, true);
	if (err == OK)
		err = account_known_after(authority, person.id, clock_now_ms());
	if (err == OK)
		err = session_end_all(authority, person.id, NULL, &call->arena, n_r);
	if (err != OK)
		return err;
	guard_forget(authority, person.id);
	admin_mail(call, &person, MAIL_SESSIONS_ENDED, (struct text){ NULL, 0 }, *n_r);
	return OK;
}

enum err admin_distrust(
    struct call *call, const struct asker *who, const void *ask, struct wire_any *answer_r)
{
	const struct msg_session_distrust *order = ask;
	uint64_t ended = 0;
	enum err err = OK;
	for (uint32_t i = 0; err == OK && i < order->people.n; i++) {
		unsigned n = 0;
		err = distrust_one(call, who, order->front, &order->people.at[i], &n);
		ended += n;
	}
	return err == OK ? admin_acted(call, "sessions_distrusted", NULL, ended, 0, answer_r) : err;
}
