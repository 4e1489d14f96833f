/* cas_validate.c - what a ticket says (CAS Protocol 3.0, sections 2.4, 2.5 and 2.8). The ticket is taken before anything is looked at: one that
 * is shown by who may not have it is worth nothing any more. */
#include <string.h>
#include "authority/authority.h"
#include "authority/session/session.h"
#include "authority/sso/answer.h"
#include "authority/sso/cas.h"
#include "authority/sso/cas_ticket.h"
#include "authority/sso/registry.h"
#include "authority/sso/release.h"
#include "authority/store/store.h"
#include "base/enc.h"

#define ATTRIBUTES_MAX 49152u /* as on the wire */

/* --- the attributes, as a form -------------------------------------------------------------------------------------- */

struct form {
	char *at;
	size_t len;
	bool full;
};

static void add_byte(struct form *form, char c)
{
	form->full |= form->len >= ATTRIBUTES_MAX;
	if (!form->full)
		form->at[form->len++] = c;
}

static bool is_plain(char c)
{
	return (uint8_t)c > 0x20 && (uint8_t)c != 0x7f && strchr("%&=+", c) == NULL;
}

static void add_text(struct form *form, struct text text)
{
	char code[ENC_HEX_SIZE(1)];
	for (size_t i = 0; i < text.len; i++) {
		if (is_plain(text.at[i])) {
			add_byte(form, text.at[i]);
			continue;
		}
		enc_hex(&text.at[i], 1, code);
		add_byte(form, '%');
		add_byte(form, code[0]);
		add_byte(form, code[1]);
	}
}

static void add_row(struct form *form, const struct release *row)
{
	for (unsigned i = 0; i < row->n_values; i++) {
		if (form->len > 0)
			add_byte(form, '&');
		add_text(form, text_of(row->name));
		add_byte(form, '=');
		add_text(form, row->values[i]);
	}
}

static enum err load_attributes(struct call *call, const struct msg_service_record *service,
    const struct msg_session_record *session, struct text *attributes_r)
{
	struct form form = { .at = arena_alloc(&call->arena, ATTRIBUTES_MAX + 1) };
	const struct release *rows;
	unsigned n;
	if (form.at == NULL)
		return ERR_NO_MEMORY;
	enum err err = release_load(call, service, session, NULL, &rows, &n);
	for (unsigned i = 0; err == OK && i < n; i++)
		add_row(&form, &rows[i]);
	if (err == OK && form.len > 0)
		*attributes_r = (struct text){ form.at, form.len };
	return form.full ? ERR_TOO_LARGE : err;
}

/* --- the ticket ------------------------------------------------------------------------------------------------------ */

struct validation {
	struct call *call;
	const struct msg_cas_validate *ask;
	const struct msg_service_ticket_record *ticket;
	const struct msg_service_record *service;
	const struct msg_session_record *session;
};

static enum err refuse(
    struct validation *validation, enum cas_code code, const char *why, struct wire_any *answer_r)
{
	struct msg_cas_refused *refused = arena_alloc(&validation->call->arena, sizeof *refused);
	if (refused == NULL)
		return ERR_NO_MEMORY;
	*refused = (struct msg_cas_refused){ code, text_of(why) };
	answer_note(validation->call, AUDIT_SERVICE_REFUSED, validation->service, NULL, why);
	*answer_r = WIRE(cas_refused, refused);
	return OK;
}

/* ERR_NOT_FOUND: the session has ended. */
static enum err load_session(struct validation *validation)
{
	struct call *call = validation->call;
	struct store_key key = { .kind = STORE_SESSION };
	memcpy(key.bytes, validation->ticket->session.at, STORE_KEY_SIZE);
	return session_check(call->authority, &key, &call->arena, &validation->session);
}

/* ERR_NOT_FOUND: the ticket is another service's, or of one that is registered no more. */
static enum err load_service(struct validation *validation)
{
	struct call *call = validation->call;
	const struct msg_service_ticket_record *ticket = validation->ticket;
	const struct msg_service_record *service;
	if (!text_equal(ticket->address, validation->ask->service))
		return ERR_NOT_FOUND;
	enum err err = registry_address(call->authority, ticket->address, &call->arena, &service);
	if (err == OK &&
	    (!text_equal(service->name, ticket->service) || service->added != ticket->registered))
		err = ERR_NOT_FOUND;
	if (err == OK)
		validation->service = service;
	return err;
}

static enum err tell(struct validation *validation, struct wire_any *answer_r)
{
	struct call *call = validation->call;
	struct msg_cas_person *person = arena_alloc(&call->arena, sizeof *person);
	enum err err = person != NULL ? OK : ERR_NO_MEMORY;
	if (err == OK && validation->ask->attributes)
		err = load_attributes(call, validation->service, validation->session, &person->attributes);
	if (err != OK)
		return err;
	person->user = validation->session->user;
	person->proved = validation->ticket->proved;
	person->fresh = validation->ticket->fresh;
	*answer_r = WIRE(cas_person, person);
	return OK;
}

static enum err judge(struct validation *validation, struct wire_any *answer_r)
{
	enum err err = cas_ticket_take(validation->call, validation->ask->ticket, &validation->ticket);
	if (err == ERR_NOT_FOUND)
		return refuse(validation, CAS_INVALID_TICKET,
		    "the ticket was used, or is older than 10 seconds", answer_r);
	if (err == OK)
		err = load_service(validation);
	if (err == ERR_NOT_FOUND)
		return refuse(
		    validation, CAS_INVALID_SERVICE, "the ticket was given for another service", answer_r);
	if (err == OK)
		err = load_session(validation);
	if (err == ERR_NOT_FOUND)
		return refuse(validation, CAS_INVALID_TICKET, "the session has ended", answer_r);
	if (err == OK && cas_is_set(validation->ask->renew) && !validation->ticket->fresh)
		return refuse(
		    validation, CAS_INVALID_TICKET, "the person was not asked for a proof for it", answer_r);
	return err == OK ? tell(validation, answer_r) : err;
}

enum err cas_on_validate(struct call *call, const void *ask, struct wire_any *answer_r)
{
	struct validation validation = { .call = call, .ask = ask };
	if (text_is_empty(validation.ask->service) || validation.ask->ticket.at == NULL)
		return refuse(
		    &validation, CAS_INVALID_REQUEST, "service and ticket are both needed", answer_r);
	if (!cas_ticket_is(validation.ask->ticket))
		return refuse(&validation, CAS_INVALID_TICKET_SPEC, "this is no service ticket", answer_r);
	return judge(&validation, answer_r);
}
