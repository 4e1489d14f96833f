#include "authority/sso/offered.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "authority/authority.h"
#include "authority/session/session.h"
#include "authority/sso/naming.h"
#include "authority/sso/registry.h"
#include "authority/sso/shelf.h"
#include "base/clock.h"
#include "log/log.h"

#define LANGUAGES 2u
#define KEPT_LIMIT (64u * MIB) /* of all that is kept of them */

struct item {
	const struct msg_service_record *service; /* what is needed of it */
	bool has_logo;
};

struct offered {
	pthread_mutex_t mutex;
	int64_t until_ms; /* of the steady clock; 0: nothing was read yet */
	unsigned changes; /* of the registry, when it was read */
	bool busy;        /* somebody reads it anew, and what there is serves the others */
	struct arena arena;
	struct item *items[LANGUAGES]; /* all of them, in the order of their labels in that language */
	unsigned n, room;
	bool full;
};

_Static_assert(LANGUAGES == LANGUAGE_DE + 1, "an order for each language");

enum err offered_new(struct offered **offered_r)
{
	struct offered *offered = calloc(1, sizeof *offered);
	if (offered == NULL)
		return ERR_NO_MEMORY;
	(void)pthread_mutex_init(&offered->mutex, NULL);
	*offered_r = offered;
	return OK;
}

void offered_free(struct offered **offered)
{
	if (*offered == NULL)
		return;
	arena_done(&(*offered)->arena);
	(void)pthread_mutex_destroy(&(*offered)->mutex);
	free(*offered);
	*offered = NULL;
}

/* --- texts -------------------------------------------------------------------------------------------------------- */

/* A letter of ASCII, or the second byte of one of U+00C0 to U+00DE, as its small one. */
static unsigned char small(struct text text, size_t i)
{
	unsigned char c = (unsigned char)text.at[i];
	if (c >= 'A' && c <= 'Z')
		return (unsigned char)(c + 0x20);
	bool latin = i > 0 && (unsigned char)text.at[i - 1] == 0xc3 && c >= 0x80 && c <= 0x9e && c != 0x97;
	return latin ? (unsigned char)(c + 0x20) : c;
}

static int compare(struct text a, struct text b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	for (size_t i = 0; i < n; i++)
		if (small(a, i) != small(b, i))
			return small(a, i) < small(b, i) ? -1 : 1;
	return a.len < b.len ? -1 : a.len > b.len;
}

bool offered_has(struct text text, struct text wanted)
{
	for (size_t at = 0; at + wanted.len <= text.len; at++)
		if (compare((struct text){ text.at + at, wanted.len }, wanted) == 0)
			return true;
	return false;
}

static bool is_wanted(const struct msg_service_record *service, struct text wanted)
{
	bool has = text_is_empty(wanted) || offered_has(service->label, wanted) ||
		   offered_has(service->about, wanted) || offered_has(service->name, wanted);
	for (uint32_t i = 0; !has && i < service->named.n; i++)
		has = offered_has(service->named.at[i].label, wanted) ||
		      offered_has(service->named.at[i].about, wanted);
	return has;
}

/* --- the memory --------------------------------------------------------------------------------------------------- */

static enum err keep(struct arena *arena, const struct msg_service_record *from, struct item *item)
{
	const struct msg_service_record needed = {
		.name = from->name,
		.protocol = from->protocol,
		.label = from->label,
		.about = from->about,
		.link = from->link,
		.groups = from->groups,
		.named = from->named,
		.added = from->added,
	};
	const void *copy;
	enum err err = wire_copy(WIRE(service_record, &needed), arena, &copy);
	if (err == OK)
		*item = (struct item){ copy, from->logo.at != NULL };
	return err;
}

static int order(const struct item *left, const struct item *right, enum portal_language language)
{
	int labels = compare(naming_label(left->service, language), naming_label(right->service, language));
	return labels != 0 ? labels : compare(left->service->name, right->service->name);
}

static int by_english(const void *left, const void *right)
{
	return order(left, right, LANGUAGE_EN);
}

static int by_german(const void *left, const void *right)
{
	return order(left, right, LANGUAGE_DE);
}

/* Room for one more. */
static bool make_room(struct offered *fresh)
{
	if (fresh->n < fresh->room)
		return true;
	unsigned room = fresh->room > 0 ? 2 * fresh->room : 64;
	struct item *more = arena_array(&fresh->arena, room, sizeof *more);
	if (more != NULL && fresh->n > 0)
		memcpy(more, fresh->items[0], fresh->n * sizeof *more);
	if (more != NULL)
		fresh->items[0] = more;
	fresh->room = more != NULL ? room : fresh->room;
	return more != NULL;
}

static enum err keep_item(void *context, const struct shelf_item *item)
{
	struct offered *fresh = context;
	if (item == NULL) {
		arena_reset(&fresh->arena);
		fresh->items[0] = NULL;
		fresh->n = fresh->room = 0;
		fresh->full = false;
		return OK;
	}
	if (item->record == NULL)
		return OK;
	/* what does not fit is left out, as what the directory does not give */
	fresh->full = fresh->full || !make_room(fresh) ||
		      keep(&fresh->arena, item->record, &fresh->items[0][fresh->n]) != OK;
	fresh->n += !fresh->full;
	return OK;
}

/* What the directory has, into a memory of its own. */
static enum err read_all(struct authority *authority, struct offered *fresh)
{
	static int (*const ORDERS[LANGUAGES])(const void *, const void *) = { by_english, by_german };
	bool more = false;
	enum err err = shelf_each(authority, SHELF_SERVICE, keep_item, fresh, &more);
	if (more || fresh->full)
		log_line(LOG_LEVEL_WARNING, "services_too_many_to_list", 0, LOG_NUMBER("listed", fresh->n));
	if (err == ERR_CONFIG || err == ERR_NOT_FOUND) {
		fresh->n = 0;
		err = OK;
	}
	for (unsigned l = 1; err == OK && l < LANGUAGES; l++) {
		fresh->items[l] = arena_array(&fresh->arena, fresh->n + 1, sizeof **fresh->items);
		err = fresh->items[l] != NULL ? OK : ERR_NO_MEMORY;
		if (err == OK && fresh->n > 0)
			memcpy(fresh->items[l], fresh->items[0], fresh->n * sizeof **fresh->items);
	}
	for (unsigned l = 0; err == OK && fresh->n > 0 && l < LANGUAGES; l++)
		qsort(fresh->items[l], fresh->n, sizeof **fresh->items, ORDERS[l]);
	return err;
}

/* Takes over what was read, with the mutex held. */
static void take(struct offered *offered, struct offered *fresh, unsigned changes)
{
	arena_done(&offered->arena);
	offered->arena = fresh->arena;
	memcpy(offered->items, fresh->items, sizeof fresh->items);
	offered->n = fresh->n;
	offered->changes = changes;
	offered->until_ms = clock_steady_ms() + OFFERED_MS;
}

/* Leaves with the mutex held where it is OK. Who comes while another one reads is served what there is. */
static enum err lock_fresh(struct authority *authority, struct offered *offered)
{
	unsigned changes = registry_changes(authority->registry);
	struct offered fresh = { .arena = { .limit = KEPT_LIMIT } };
	(void)pthread_mutex_lock(&offered->mutex);
	bool stale = offered->until_ms <= clock_steady_ms() || offered->changes != changes;
	bool serves = offered->until_ms != 0 && offered->busy && offered->changes == changes;
	if (!stale || serves)
		return OK;
	offered->busy = true;
	(void)pthread_mutex_unlock(&offered->mutex);
	enum err err = read_all(authority, &fresh);
	(void)pthread_mutex_lock(&offered->mutex);
	offered->busy = false;
	if (err == OK) {
		take(offered, &fresh, changes);
		return OK;
	}
	(void)pthread_mutex_unlock(&offered->mutex);
	arena_done(&fresh.arena);
	return err;
}

/* --- for a person ------------------------------------------------------------------------------------------------- */

static bool is_open(const struct msg_service_record *service, const struct msg_session_record *session)
{
	return session_is_in_rows(session->groups, service->groups.at, service->groups.n);
}

/* An absent text stays absent. */
static bool copy_text(struct arena *arena, struct text from, struct text *to)
{
	return from.at == NULL || text_copy(arena, from, to);
}

static bool fill(
    const struct item *item, enum portal_language language, struct arena *arena, struct offered_row *row)
{
	const struct msg_service_record *service = item->service;
	*row = (struct offered_row){ .logo = { NULL, 0 } };
	if (item->has_logo)
		row->logo = naming_logo(service->name, service->added, true, arena);
	return copy_text(arena, service->name, &row->name) &&
	       copy_text(arena, naming_label(service, language), &row->label) &&
	       copy_text(arena, naming_about(service, language), &row->about) &&
	       copy_text(arena, service->link, &row->link);
}

static bool is_asked_for(const struct item *item, const struct offered_ask *ask)
{
	return item->service->protocol != PROTOCOL_REGISTRATION &&
	       (!ask->linked || item->service->link.at != NULL) && is_open(item->service, ask->session) &&
	       is_wanted(item->service, ask->wanted);
}

enum err offered_find(struct authority *authority, const struct offered_ask *ask, struct arena *arena,
    struct offered_row **rows_r, unsigned *n_r, unsigned *left_r, bool *more_r)
{
	struct offered *offered = authority->offered;
	struct offered_row *rows = arena_array(arena, ask->max + 1u, sizeof *rows);
	unsigned n = 0, skip = ask->skip;
	bool more = false, filled = true;
	enum err err = rows != NULL ? lock_fresh(authority, offered) : ERR_NO_MEMORY;
	if (err != OK)
		return err;
	for (unsigned i = 0; filled && !more && i < offered->n; i++) {
		const struct item *item = &offered->items[ask->language][i];
		if (!is_asked_for(item, ask))
			continue;
		if (skip > 0)
			skip--;
		else if (n == ask->max)
			more = true;
		else
			filled = fill(item, ask->language, arena, &rows[n++]);
	}
	(void)pthread_mutex_unlock(&offered->mutex);
	*rows_r = rows;
	*n_r = n;
	*left_r = skip;
	*more_r = more;
	return filled ? OK : ERR_NO_MEMORY;
}

enum err offered_is_open(
    struct authority *authority, const struct msg_session_record *session, struct text name, bool *open_r)
{
	struct offered *offered = authority->offered;
	enum err err = lock_fresh(authority, offered);
	if (err != OK)
		return err;
	*open_r = false;
	for (unsigned i = 0; !*open_r && i < offered->n; i++)
		*open_r = text_equal(offered->items[0][i].service->name, name) &&
			  is_open(offered->items[0][i].service, session);
	(void)pthread_mutex_unlock(&offered->mutex);
	return OK;
}
