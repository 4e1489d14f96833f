#include "authority/self/self.h"
#include "authority/authority.h"
#include "authority/session/activity.h"
#include "authority/session/session.h"
#include "base/net.h"
#include "conf/conf.h"

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
	if (session->replaced || !secret_equal(session_csrf(call->authority, token, &call->arena), csrf))
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
	frame->language = session->language;
	return frame->csrf.at != NULL ? frame : NULL;
}

enum err self_person(
    struct call *call, struct secret token, const struct msg_session_record *session, struct person *person_r)
{
	enum err err = directory_find_id(call->authority->directory, session->person, &call->arena, person_r);
	if (err == ERR_NOT_FOUND)
		(void)session_end(call->authority, token);
	return err;
}

enum err self_record(
    struct call *call, const struct msg_session_record *session, const struct self_event *event)
{
	const struct audit_entry entry = {
		.event = event->audit,
		.trace = call->frame.trace,
		.person = session->person,
		.user = session->user,
		.door = session->door,
		.address = session->address,
		.object = event->object,
		.reason = event->reason,
	};
	enum err err = audit_record(call->authority, &entry);
	return err == ERR_BUSY ? ERR_AUDIT : err;
}

void self_show(struct call *call, const struct msg_session_record *session, const struct self_event *event)
{
	if (event->activity != NULL)
		activity_note_of(call->authority, session, event->activity);
}

struct wire_any self_done(struct call *call, const char *text)
{
	struct msg_done *done = arena_alloc(&call->arena, sizeof *done);
	if (done != NULL)
		done->text = text_of(text);
	return WIRE(done, done);
}

struct wire_any self_problem(struct call *call, const char *field, const char *text)
{
	struct msg_problem_row *row = arena_alloc(&call->arena, sizeof *row);
	struct msg_problems *problems = arena_alloc(&call->arena, sizeof *problems);
	if (row == NULL || problems == NULL)
		return (struct wire_any){ wire_msg_problems(), NULL };
	*row = (struct msg_problem_row){ .field = text_of(field), .text = text_of(text) };
	problems->errors.at = row;
	problems->errors.n = 1;
	return WIRE(problems, problems);
}

static bool is_within(const struct conf_network *network, struct text address)
{
	struct net net;
	bool within = false;
	for (unsigned i = 0; !within && i < network->addresses.n; i++)
		within =
		    net_parse(text_of(network->addresses.at[i]), &net) == OK && net_contains(&net, address);
	return within;
}

struct text self_place(const struct conf *conf, struct text address)
{
	for (unsigned i = 0; address.at != NULL && i < conf->n_networks; i++)
		if (is_within(&conf->networks[i], address))
			return text_of(conf->networks[i].label);
	return (struct text){ NULL, 0 };
}

struct text self_shorten(struct text value, size_t max)
{
	if (value.len <= max)
		return value;
	while (max > 0 && ((unsigned char)value.at[max] & 0xc0) == 0x80)
		max--;
	return (struct text){ value.at, max };
}

bool self_is_showable(struct text value)
{
	return value.len > 0 && text_is_utf8(value.at, value.len) &&
	       !text_has_control(value.at, value.len, true);
}
