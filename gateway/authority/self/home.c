/* home.c - the first page: what waits for the person, the last sign-in, the applications, the own entry, the own groups. */
#include "authority/self/home.h"
#include <string.h>
#include "authority/authority.h"
#include "authority/edge/application.h"
#include "authority/self/catalogue.h"
#include "authority/self/self.h"
#include "authority/session/activity.h"
#include "authority/sso/naming.h"
#include "authority/sso/offered.h"
#include "conf/conf.h"

#define GROUPS_SHOWN 60
#define APPLICATIONS_SHOWN 9
#define VALUE_SHOWN 200u
#define NOTED_MS 5000 /* a sign-in's row and its session are of the same moment, about */

static enum err fill_row(struct call *call, const struct catalogue_field *from, struct msg_attribute_row *row)
{
	struct msg_value_row *values = arena_array(&call->arena, from->n_values, sizeof *values);
	if (values == NULL)
		return ERR_NO_MEMORY;
	row->label = text_of(from->row->label);
	row->values.at = values;
	for (unsigned i = 0; i < from->n_values; i++)
		values[row->values.n++].value = self_shorten(from->values[i], VALUE_SHOWN);
	return OK;
}

static enum err fill_attributes(struct call *call, const struct person *person, struct msg_home_page *page)
{
	struct catalogue catalogue;
	struct msg_attribute_row *rows = arena_array(&call->arena, CATALOGUE_MAX, sizeof *rows);
	enum err err = rows != NULL ? catalogue_read_without_photo(call, person, &catalogue) : ERR_NO_MEMORY;
	page->attributes.at = rows;
	for (unsigned i = 0; err == OK && i < catalogue.n; i++)
		if (catalogue.fields[i].n_values > 0)
			err = fill_row(call, &catalogue.fields[i], &rows[page->attributes.n++]);
	return err;
}

static enum err fill_groups(struct call *call, const struct person *person, struct msg_home_page *page)
{
	struct group *groups;
	unsigned n;
	enum err err = directory_groups(
	    call->authority->directory, person, GROUPS_SHOWN, &call->arena, &groups, &n, &page->more_groups);
	if (err != OK)
		return err;
	struct msg_group_row *rows = arena_array(&call->arena, n, sizeof *rows);
	if (rows == NULL)
		return ERR_NO_MEMORY;
	page->groups.at = rows;
	for (unsigned i = 0; i < n; i++) {
		if (!self_is_showable(groups[i].name))
			continue;
		struct msg_group_row *row = &rows[page->groups.n++];
		row->name = self_shorten(groups[i].name, DIRECTORY_GROUP_NAME_MAX);
		if (self_is_showable(groups[i].description))
			row->description =
			    self_shorten(groups[i].description, DIRECTORY_GROUP_DESCRIPTION_MAX);
	}
	return OK;
}

/* Those whose rules may let the person in, by the same scheme as this sign-in where an application has both. */
static enum err fill_applications(
    struct call *call, const struct msg_session_record *session, struct msg_home_page *page)
{
	const struct conf *conf = call->authority->conf;
	struct text rule;
	struct msg_application_row *rows = arena_array(&call->arena, APPLICATIONS_SHOWN, sizeof *rows);
	if (rows == NULL)
		return ERR_NO_MEMORY;
	page->applications.at = rows;
	for (unsigned i = 0; i < conf->n_applications && !page->more_applications; i++) {
		const struct conf_application *from = &conf->applications[i];
		if (application_judge(from, session, &call->arena, &rule) == CHECK_FORBIDDEN)
			continue;
		page->more_applications = page->applications.n == APPLICATIONS_SHOWN;
		if (page->more_applications)
			break;
		struct msg_application_row *row = &rows[page->applications.n++];
		row->name = text_of(from->label);
		row->initial = naming_initial(row->name);
		row->link = text_of(arena_printf(&call->arena, "%s/", from->origin));
		if (*from->about != '\0')
			row->about = text_of(from->about);
		if (row->link.at == NULL)
			return ERR_NO_MEMORY;
	}
	return OK;
}

/* And of the services those that people can begin from here. */
static enum err fill_services(struct call *call, const struct msg_session_record *session,
    enum portal_language language, struct msg_home_page *page)
{
	const struct offered_ask ask = {
		.session = session,
		.language = naming_of_person(session->language, language),
		.linked = true,
		.max = APPLICATIONS_SHOWN - page->applications.n,
	};
	struct msg_application_row *rows =
	    (struct msg_application_row *)(uintptr_t)page->applications.at; /* of fill_applications */
	struct offered_row *found;
	unsigned n, left;
	bool more;
	enum err err = offered_find(call->authority, &ask, &call->arena, &found, &n, &left, &more);
	if (err != OK)
		return err;
	for (unsigned i = 0; i < n; i++)
		rows[page->applications.n++] = (struct msg_application_row){
			.name = found[i].label,
			.about = found[i].about,
			.link = found[i].link,
			.initial = naming_initial(found[i].label),
			.logo = found[i].logo,
		};
	page->more_applications = page->more_applications || more;
	return OK;
}

/* The sign-in before the one of this session, and how many tries failed since. */
static void fill_last(const struct conf *conf, const struct msg_session_record *session,
    const struct msg_activity_row *rows, unsigned n, struct msg_home_page *page)
{
	bool own = false;
	for (unsigned i = 0; i < n && !page->has_last; i++) {
		const struct msg_activity_row *row = &rows[i];
		page->failed += row->failed;
		if (!text_equal_str(row->event, "activity_signed_in") || row->at > session->since + NOTED_MS)
			continue;
		page->has_last = own;
		if (own) {
			page->last_at = row->at;
			page->last_browser = row->browser;
			page->last_address = row->address;
			page->last_place = self_place(conf, row->address);
		}
		own = true;
	}
}

static enum err fill_history(
    struct call *call, const struct msg_session_record *session, struct msg_home_page *page)
{
	struct msg_activity_row *rows;
	unsigned n;
	enum err err =
	    activity_read(call->authority, session->person, 0, ACTIVITY_KEPT, &call->arena, &rows, &n);
	if (err == OK)
		fill_last(call->authority->conf, session, rows, n, page);
	return err;
}

static enum err fill(struct call *call, const struct person *person, const struct msg_session_record *session,
    enum portal_language language, struct msg_home_page *page)
{
	enum err err = fill_attributes(call, person, page);
	if (err == OK)
		err = fill_groups(call, person, page);
	if (err == OK)
		err = fill_applications(call, session, page);
	if (err == OK)
		err = fill_services(call, session, language, page);
	if (err == OK)
		err = fill_history(call, session, page);
	return err == OK ? home_waiting(call, session, page) : err;
}

enum err self_on_home(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_home *home = ask;
	const struct msg_session_record *session;
	struct person person;
	struct msg_home_page *page = arena_alloc(&call->arena, sizeof *page);
	enum err err = page != NULL ? self_session(call, home->session, &session) : ERR_NO_MEMORY;
	if (err == OK)
		err = self_person(call, home->session, session, &person);
	if (err == OK)
		err = fill(call, &person, session, home->language, page);
	if (err != OK)
		return err;
	page->frame = self_frame(call, home->session, session);
	*answer_r = WIRE(home_page, page);
	return page->frame != NULL ? OK : ERR_NO_MEMORY;
}
