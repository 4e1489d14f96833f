/* service_test.c - what a service would be told of a person, for operators who add one, and for whoever asks what it learns. */
#include <string.h>
#include "authority/admin/operator.h"
#include "authority/session/session.h"
#include "authority/sso/access.h"
#include "authority/sso/claims.h"
#include "authority/sso/release.h"
#include "authority/sso/saml.h"

#define ROWS_MAX 100u /* as on the wire */
#define VALUE_MAX 200u

/* What a session of that person would say, had it just begun with every proof. */
static enum err imagine(struct call *call, const struct person *person, struct msg_session_record *session_r)
{
	*session_r = (struct msg_session_record){
		.person = person->id,
		.user = person->user,
		.name = person->name,
		.mail = person->mail,
		.language = person->language,
		.level = SESSION_LEVEL_PHISHING_RESISTANT,
	};
	return session_read_groups(call->authority, person, &call->arena, &session_r->groups);
}

static void add_row(
    struct msg_service_told *told, struct msg_told_row *rows, const struct release *row, struct text value)
{
	struct text shown = value;
	if (told->told.n == ROWS_MAX) {
		told->more = true;
		return;
	}
	if (shown.len > VALUE_MAX)
		for (shown.len = VALUE_MAX; shown.len > 0 && (shown.at[shown.len] & 0xc0) == 0x80;)
			shown.len--; /* at a character */
	bool other = strcmp(row->as, row->name) != 0;
	rows[told->told.n++] = (struct msg_told_row){ .name = text_of(row->name),
		.saml = text_of(row->saml),
		.value = shown,
		.as = text_of(other ? row->as : NULL) };
}

/* What says who it is; with CAS it is the user name. */
static enum err name_person(struct call *call, const struct msg_service_record *service,
    const struct msg_session_record *session, struct msg_service_told *told)
{
	enum err err = OK;
	told->user = session->user;
	told->protocol = service->protocol;
	if (service->protocol == PROTOCOL_SAML)
		err = saml_name_of(call, service, session, &told->name_id, &told->name_format);
	if (service->protocol != PROTOCOL_OIDC)
		return err == ERR_NOT_FOUND ? OK : err;
	told->sub = claims_subject(call, service, session->person);
	return told->sub.at != NULL ? OK : ERR_NO_MEMORY;
}

static enum err fill(struct call *call, const struct msg_service_record *service,
    const struct msg_session_record *session, struct msg_service_told *told)
{
	struct msg_told_row *rows = arena_array(&call->arena, ROWS_MAX, sizeof *rows);
	const struct release *release;
	unsigned n;
	bool level;
	if (rows == NULL)
		return ERR_NO_MEMORY;
	enum err err = release_load(call, service, session, NULL, &release, &n);
	if (err != OK)
		return err;
	told->told.at = rows;
	for (unsigned i = 0; i < n; i++)
		for (unsigned j = 0; j < release[i].n_values; j++)
			add_row(told, rows, &release[i], release[i].values[j]);
	told->rule = text_of(access_forbids(service, session, &call->arena, &level));
	return name_person(call, service, session, told);
}

enum err admin_service_test(
    struct call *call, const struct asker *who, const void *ask, struct wire_any *answer_r)
{
	const struct msg_service_test *look = ask;
	const struct msg_service_record *service;
	struct msg_service_told *told = arena_alloc(&call->arena, sizeof *told);
	struct msg_session_record session;
	struct person person;
	if (told == NULL)
		return ERR_NO_MEMORY;
	enum err err = admin_find_service(call, look->name, &service);
	if (err != OK)
		return admin_no_service(call, err, answer_r);
	err = admin_person(call, look->person, &person);
	if (err == OK)
		err = imagine(call, &person, &session);
	if (err == OK)
		err = fill(call, service, &session, told);
	if (err != OK)
		return err;
	admin_looked(call, who, &person, service->name);
	*answer_r = WIRE(service_told, told);
	return OK;
}
