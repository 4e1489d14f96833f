/* cas_validate.c - what a ticket says (CAS Protocol 3.0, sections 2.4 to 2.6, 2.8 and 2.9). The ticket is taken before anything is looked at: one that
 * is shown by who may not have it is worth nothing any more. */
#include <string.h>
#include "authority/authority.h"
#include "authority/sso/cas.h"
#include "authority/sso/cas_parts.h"
#include "authority/sso/cas_ticket.h"
#include "authority/sso/consent.h"
#include "authority/sso/release.h"
#include "authority/sso/released.h"
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
		add_text(form, text_of(row->as));
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
	enum err err = release_tell(call, service, session, NULL, CAS_TOLD, &rows, &n);
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
	struct text pgt_url; /* absent: no proxy-granting ticket is wanted */
	struct cas_validated found;
	struct secret iou;
};

static enum err refuse(
    struct validation *validation, enum cas_code code, const char *why, struct wire_any *answer_r)
{
	return cas_refuse(validation->call, validation->found.service, code, why, answer_r);
}

/* ERR_NOT_FOUND: the ticket is another service's, or of one that is registered no more. */
static enum err load_service(struct validation *validation)
{
	const struct msg_service_ticket_record *ticket = validation->found.ticket;
	if (!text_equal(ticket->address, validation->ask->service))
		return ERR_NOT_FOUND;
	return cas_load_service(validation->call,
	    (struct cas_whose){ ticket->address, ticket->service, ticket->registered },
	    &validation->found.service);
}

static enum err tell(struct validation *validation, struct wire_any *answer_r)
{
	struct call *call = validation->call;
	const struct msg_service_ticket_record *ticket = validation->found.ticket;
	struct msg_cas_person *person = arena_alloc(&call->arena, sizeof *person);
	enum err err = person != NULL ? OK : ERR_NO_MEMORY;
	if (err == OK && validation->ask->attributes)
		err = load_attributes(
		    call, validation->found.service, validation->found.session, &person->attributes);
	if (err != OK)
		return err;
	if (!validation->ask->attributes)
		released_note(call, validation->found.service, validation->found.session, CAS_TOLD);
	person->user = validation->found.session->user;
	person->proved = ticket->proved;
	person->fresh = ticket->fresh;
	person->iou = validation->iou;
	person->proxies.at = ticket->proxies.at;
	person->proxies.n = ticket->proxies.n;
	*answer_r = WIRE(cas_person, person);
	return OK;
}

static enum err grant(struct validation *validation, struct wire_any *answer_r)
{
	struct cas_why why;
	enum err err =
	    cas_grant(validation->call, &validation->found, validation->pgt_url, &validation->iou, &why);
	if (err == OK && why.words != NULL)
		return refuse(validation, why.code, why.words, answer_r);
	return err == OK ? tell(validation, answer_r) : err;
}

static enum err judge(struct validation *validation, struct wire_any *answer_r)
{
	struct cas_validated *found = &validation->found;
	enum err err = cas_ticket_take(validation->call, validation->ask->ticket, &found->ticket);
	if (err == ERR_NOT_FOUND)
		return refuse(validation, CAS_INVALID_TICKET,
		    "the ticket was used, or is older than 10 seconds", answer_r);
	if (err == OK)
		err = load_service(validation);
	if (err == ERR_NOT_FOUND)
		return refuse(
		    validation, CAS_INVALID_SERVICE, "the ticket was given for another service", answer_r);
	if (err == OK && found->ticket->proxies.n > 0 && !validation->ask->proxied)
		return refuse(validation, CAS_INVALID_TICKET,
		    "it is a proxy ticket: /proxyValidate takes such ones", answer_r);
	if (err == OK)
		err = cas_load_session(validation->call, found->ticket->session, &found->session);
	if (err == ERR_NOT_FOUND)
		return refuse(validation, CAS_INVALID_TICKET, "the session has ended", answer_r);
	if (err == OK)
		err = consent_stands(validation->call, found->service, found->session);
	if (err == ERR_NOT_FOUND)
		return refuse(validation, CAS_INVALID_TICKET, "the consent was taken back", answer_r);
	if (err == OK && cas_is_set(validation->ask->renew) && !found->ticket->fresh)
		return refuse(
		    validation, CAS_INVALID_TICKET, "the person was not asked for a proof for it", answer_r);
	if (err != OK)
		return err;
	return validation->pgt_url.at != NULL ? grant(validation, answer_r) : tell(validation, answer_r);
}

static enum err begin(struct validation *validation, struct wire_any *answer_r)
{
	struct secret ticket = validation->ask->ticket;
	if (text_is_empty(validation->ask->service) || ticket.at == NULL)
		return refuse(
		    validation, CAS_INVALID_REQUEST, "service and ticket are both needed", answer_r);
	enum cas_ticket kind = cas_ticket_kind(ticket);
	if (kind != CAS_TICKET_SERVICE && kind != CAS_TICKET_PROXY)
		return refuse(validation, CAS_INVALID_TICKET_SPEC, "this is no service ticket", answer_r);
	return judge(validation, answer_r);
}

enum err cas_on_validate(struct call *call, const void *ask, struct wire_any *answer_r)
{
	struct validation validation = { .call = call, .ask = ask };
	return begin(&validation, answer_r);
}

enum err cas_on_grant(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_cas_grant *wanted = ask;
	struct validation validation = {
		.call = call,
		.ask = wanted->validate,
		.pgt_url = wanted->pgt_url,
	};
	call->address = wanted->validate->address;
	return begin(&validation, answer_r);
}
