/* services.c - the applications that the person may begin, what each has learnt of the person and when, and those that learnt something before. */
#include "authority/authority.h"
#include "authority/edge/application.h"
#include "authority/self/self.h"
#include "authority/sso/naming.h"
#include "authority/sso/offered.h"
#include "authority/sso/release.h"
#include "authority/sso/released.h"
#include "conf/conf.h"

#define SHOWN 16u
#define LEARNT_SHOWN 12u
#define NAME_MAX 64u

/* The page is filled from three lists, one behind the other, as if they were one. */
struct gather {
	struct call *call;
	const struct msg_services *ask;
	const struct msg_session_record *session;
	const struct msg_release_book *book;
	enum portal_language language;
	struct msg_services_row *rows;
	unsigned n, skip;
	bool more;
};

/* The next row, if it is on this page; NULL: it is not. */
static struct msg_services_row *next(struct gather *g)
{
	if (g->skip > 0) {
		g->skip--;
		return NULL;
	}
	g->more = g->n == SHOWN;
	return g->more ? NULL : &g->rows[g->n++];
}

/* What a service has learnt, by names that people understand. A consent to more is none of them. */
static bool fill_learnt(struct gather *g, const struct msg_release_row *from, struct msg_services_row *row)
{
	struct msg_told_name *learnt = arena_array(&g->call->arena, LEARNT_SHOWN, sizeof *learnt);
	struct text rest = from->names;
	row->learnt.at = learnt;
	row->first = from->first;
	row->last = from->last;
	row->agreed = from->agreed;
	for (struct text word, name; learnt != NULL && text_next_word(&rest, " ", &word);) {
		if (!text_copy(&g->call->arena, word, &name))
			return false;
		if (row->learnt.n < LEARNT_SHOWN && name.len <= NAME_MAX)
			learnt[row->learnt.n++] =
			    (struct msg_told_name){ name, release_text(name, &g->call->arena) };
		else
			row->more++;
	}
	return learnt != NULL;
}

static bool is_asked_for(const struct gather *g, struct text label, struct text about)
{
	struct text wanted = g->ask->q;
	return text_is_empty(wanted) || offered_has(label, wanted) || offered_has(about, wanted);
}

/* Those behind forward-auth, which the settings name. */
static enum err add_applications(struct gather *g)
{
	const struct conf *conf = g->call->authority->conf;
	for (unsigned i = 0; i < conf->n_applications && !g->more; i++) {
		const struct conf_application *from = &conf->applications[i];
		struct text rule, label = text_of(from->label), about = text_of(from->about);
		if (!is_asked_for(g, label, about) ||
		    application_judge(from, g->session, &g->call->arena, &rule) == CHECK_FORBIDDEN)
			continue;
		struct msg_services_row *row = next(g);
		if (row == NULL)
			continue;
		row->id = text_of(from->name);
		row->name = label;
		row->about = about.len > 0 ? about : (struct text){ NULL, 0 };
		row->initial = naming_initial(label);
		row->link = text_of(arena_printf(&g->call->arena, "%s/", from->origin));
		if (row->link.at == NULL)
			return ERR_NO_MEMORY;
	}
	return OK;
}

static bool add_service(struct gather *g, const struct offered_row *from)
{
	const struct msg_release_row *known = released_row(g->book, from->name);
	struct msg_services_row *row = next(g);
	if (row == NULL)
		return true;
	row->id = from->name;
	row->name = from->label;
	row->about = from->about;
	row->link = from->link;
	row->initial = naming_initial(from->label);
	row->logo = from->logo;
	return known == NULL || fill_learnt(g, known, row);
}

static enum err add_services(struct gather *g)
{
	struct offered_row *found;
	unsigned n, left;
	bool more, filled = true;
	const struct offered_ask ask = {
		.session = g->session,
		.language = g->language,
		.wanted = g->ask->q,
		.skip = g->skip,
		.max = SHOWN - g->n,
	};
	enum err err =
	    g->more ? ERR_TOO_LARGE
		    : offered_find(g->call->authority, &ask, &g->call->arena, &found, &n, &left, &more);
	if (err != OK)
		return g->more ? OK : err;
	g->skip = left;
	for (unsigned i = 0; filled && i < n; i++)
		filled = add_service(g, &found[i]);
	g->more = more;
	return filled ? OK : ERR_NO_MEMORY;
}

/* Those that learnt something, and are not among the others: registered no more, or closed to the person since. */
static enum err add_former(struct gather *g)
{
	enum err err = OK;
	for (uint32_t i = 0; err == OK && i < g->book->rows.n && !g->more; i++) {
		const struct msg_release_row *from = &g->book->rows.at[i];
		bool open = false;
		if (!is_asked_for(g, from->label, (struct text){ NULL, 0 }))
			continue;
		err = offered_is_open(g->call->authority, g->session, from->service, &open);
		struct msg_services_row *row = err == OK && !open ? next(g) : NULL;
		if (row == NULL)
			continue;
		row->id = from->service;
		row->name = from->label;
		row->initial = naming_initial(from->label);
		row->gone = true;
		err = fill_learnt(g, from, row) ? OK : ERR_NO_MEMORY;
	}
	return err;
}

static enum err fill(struct gather *g, struct msg_services_page *page)
{
	g->rows = arena_array(&g->call->arena, SHOWN, sizeof *g->rows);
	enum err err = g->rows != NULL ? released_load(g->call, g->session->person, &g->book) : ERR_NO_MEMORY;
	if (err == OK)
		err = add_applications(g);
	if (err == OK)
		err = add_services(g);
	if (err == OK)
		err = add_former(g);
	page->services.at = g->rows;
	page->services.n = g->n;
	page->next = g->more ? g->ask->after + SHOWN : 0;
	return err;
}

enum err self_on_services(struct call *call, const void *ask, struct wire_any *answer_r)
{
	struct gather g = { .call = call, .ask = ask };
	struct msg_services_page *page = arena_alloc(&call->arena, sizeof *page);
	enum err err = page != NULL ? self_session(call, g.ask->session, &g.session) : ERR_NO_MEMORY;
	if (err != OK)
		return err;
	g.language = naming_of_person(g.session->language, g.ask->language);
	g.skip = (unsigned)g.ask->after;
	page->q = g.ask->q;
	err = fill(&g, page);
	if (err != OK)
		return err;
	page->frame = self_frame(call, g.ask->session, g.session);
	*answer_r = WIRE(services_page, page);
	return page->frame != NULL ? OK : ERR_NO_MEMORY;
}
