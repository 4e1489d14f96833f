#include "authority/sso/listing.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "authority/authority.h"
#include "authority/sso/shelf.h"
#include "base/clock.h"

#define KEPT_LIMIT (16u * MIB)

struct kept {
	const struct kept *before; /* in the order of the directory */
	unsigned nth;
	struct msg_service_row row;
};

struct reading {
	struct arena arena;
	const struct kept *last;
	unsigned n;
};

struct listing {
	pthread_mutex_t
	    mutex; /* held while the directory is read: who comes meanwhile waits for what is read */
	struct arena arena;
	const struct kept **rows; /* by their names */
	unsigned n;
	int64_t begun_ms;  /* when that was begun to be read, by the steady clock; INT64_MIN: nothing was */
	int64_t failed_ms; /* when a reading had failed, and by what */
	enum err failed;
};

enum err listing_new(struct listing **listing_r)
{
	struct listing *listing = calloc(1, sizeof *listing);
	if (listing == NULL)
		return ERR_NO_MEMORY;
	(void)pthread_mutex_init(&listing->mutex, NULL);
	listing->begun_ms = listing->failed_ms = INT64_MIN;
	*listing_r = listing;
	return OK;
}

void listing_free(struct listing **listing)
{
	if (*listing == NULL)
		return;
	arena_done(&(*listing)->arena);
	(void)pthread_mutex_destroy(&(*listing)->mutex);
	free(*listing);
	*listing = NULL;
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

static struct msg_service_row row_of(const struct shelf_item *item)
{
	const struct msg_service_record *service = item->record;
	if (service == NULL)
		return (
		    struct msg_service_row){ .name = item->name, .label = TEXT_LITERAL(""), .broken = true };
	return (struct msg_service_row){
		.name = item->name,
		.protocol = service->protocol,
		.label = service->label,
		.client_id = service->client_id,
	};
}

static bool copy_row(const struct msg_service_row *from, struct arena *arena, struct msg_service_row *row_r)
{
	struct msg_service_row row = *from;
	bool whole = text_copy(arena, from->name, &row.name) && text_copy(arena, from->label, &row.label) &&
		     (from->client_id.at == NULL || text_copy(arena, from->client_id, &row.client_id));
	if (whole)
		*row_r = row;
	return whole;
}

static enum err keep(void *context, const struct shelf_item *item)
{
	struct reading *reading = context;
	if (item == NULL) {
		arena_reset(&reading->arena);
		reading->last = NULL;
		reading->n = 0;
		return OK;
	}
	if (reading->n == LISTING_MAX)
		return ERR_TOO_LARGE;
	const struct msg_service_row row = row_of(item);
	struct kept *kept = arena_alloc(&reading->arena, sizeof *kept);
	if (kept == NULL || !copy_row(&row, &reading->arena, &kept->row))
		return ERR_NO_MEMORY;
	kept->before = reading->last;
	kept->nth = reading->n++;
	reading->last = kept;
	return OK;
}

/* Of two with one name the later one first. */
static int by_name(const void *left, const void *right)
{
	const struct kept *a = *(const struct kept *const *)left, *b = *(const struct kept *const *)right;
	int order = strcmp(text_str(a->row.name), text_str(b->row.name));
	return order != 0 ? order : a->nth < b->nth ? 1 : -1;
}

/* A directory gives one twice that is taken away and added anew while it is read. */
static unsigned drop_doubles(const struct kept **rows, unsigned n)
{
	unsigned left = 0;
	for (unsigned i = 0; i < n; i++)
		if (left == 0 || !text_equal(rows[left - 1]->row.name, rows[i]->row.name))
			rows[left++] = rows[i];
	return left;
}

static enum err read_all(struct authority *authority, struct reading *reading, const struct kept ***rows_r)
{
	bool more = false;
	enum err err = shelf_each(authority, SHELF_SERVICE, keep, reading, &more);
	if (err == OK && more)
		err = ERR_TOO_LARGE;
	const struct kept **rows = err == OK ? arena_array(&reading->arena, reading->n, sizeof *rows) : NULL;
	if (rows == NULL)
		return err != OK ? err : ERR_NO_MEMORY;
	const struct kept *kept = reading->last;
	for (unsigned i = 0; kept != NULL; kept = kept->before)
		rows[i++] = kept;
	qsort(rows, reading->n, sizeof *rows, by_name);
	*rows_r = rows;
	return OK;
}

/* What was begun to be read later than that. Who has waited while a reading failed does not begin another one: many that wait for a
 * directory that is down would do so one behind the other. */
static enum err read_since(struct authority *authority, int64_t asked_ms, int64_t since_ms)
{
	struct listing *listing = authority->listing;
	struct reading reading = { .arena = { .limit = KEPT_LIMIT } };
	const struct kept **rows;
	if (listing->begun_ms > since_ms)
		return OK;
	if (listing->failed_ms > asked_ms)
		return listing->failed;
	int64_t begun_ms = clock_steady_ms();
	enum err err = read_all(authority, &reading, &rows);
	if (err != OK) {
		arena_done(&reading.arena);
		listing->failed_ms = clock_steady_ms();
		listing->failed = err;
		return err;
	}
	arena_done(&listing->arena);
	listing->arena = reading.arena;
	listing->rows = rows;
	listing->n = drop_doubles(rows, reading.n);
	listing->begun_ms = begun_ms;
	return OK;
}

/* --- pages -------------------------------------------------------------------------------------------------------- */

static unsigned find_behind(const struct listing *listing, struct text name)
{
	unsigned at = 0;
	while (at < listing->n && name.at != NULL &&
	       strcmp(text_str(listing->rows[at]->row.name), text_str(name)) <= 0)
		at++;
	return at;
}

static enum err copy_rows(
    const struct kept *const *from, unsigned n, struct arena *arena, struct msg_service_row *rows)
{
	for (unsigned i = 0; i < n; i++)
		if (!copy_row(&from[i]->row, arena, &rows[i]))
			return ERR_NO_MEMORY;
	return OK;
}

enum err listing_page(struct authority *authority, struct text after, unsigned max, struct arena *arena,
    struct msg_service_row **rows_r, unsigned *n_r, bool *more_r)
{
	struct listing *listing = authority->listing;
	struct msg_service_row *rows = arena_array(arena, max, sizeof *rows);
	int64_t asked_ms = clock_steady_ms();
	if (rows == NULL)
		return ERR_NO_MEMORY;
	(void)pthread_mutex_lock(&listing->mutex);
	enum err err = read_since(authority, asked_ms, after.at == NULL ? asked_ms : asked_ms - LISTING_MS);
	unsigned first = err == OK ? find_behind(listing, after) : 0;
	unsigned left = listing->n - first, n = left < max ? left : max;
	if (err == OK)
		err = copy_rows(listing->rows + first, n, arena, rows);
	(void)pthread_mutex_unlock(&listing->mutex);
	if (err != OK)
		return err;
	*rows_r = rows;
	*n_r = n;
	*more_r = n < left;
	return OK;
}
