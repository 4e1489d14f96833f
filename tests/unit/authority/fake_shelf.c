#include "fake_shelf.h"
#include "unit.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define THINGS 64u
#define BODY_MAX 8192u

static struct thing {
	bool used, broken;
	enum shelf shelf;
	char name[SHELF_NAME_MAX + 1], finds[SHELF_FINDS_MAX][200];
	uint8_t body[BODY_MAX];
	size_t len;
} things[THINGS];
static enum err failing, refusing;
static atomic_uint lists;
static atomic_int delay_ms;
static unsigned searches, repeats;
static bool cuts;
static _Atomic(void (*)(void)) meanwhile; /* whoever exchanges it has it alone */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void unlock(pthread_mutex_t **held)
{
	(void)pthread_mutex_unlock(*held);
}
#define ALONE \
	CLEANUP(unlock) pthread_mutex_t *held = &mutex; \
	(void)pthread_mutex_lock(held)

void fake_shelf_reset(void)
{
	ALONE;
	memset(things, 0, sizeof things);
	failing = refusing = OK;
	searches = 0;
	repeats = 1;
	cuts = false;
	lists = 0;
	delay_ms = 0;
	meanwhile = NULL;
}

void fake_shelf_fails(enum err err)
{
	ALONE;
	failing = err;
}

void fake_shelf_refuses(enum err err)
{
	ALONE;
	refusing = err;
}

unsigned fake_shelf_lists(void)
{
	return lists;
}

void fake_shelf_repeats(unsigned times)
{
	repeats = times;
}

void fake_shelf_cuts(bool does)
{
	cuts = does;
}

void fake_shelf_slow(int ms)
{
	delay_ms = ms;
}

unsigned fake_shelf_finds(void)
{
	ALONE;
	unsigned n = searches;
	searches = 0;
	return n;
}

void fake_shelf_meanwhile(void (*run)(void))
{
	meanwhile = run;
}

bool shelf_is_name(struct text name)
{
	for (size_t i = 0; i < name.len; i++)
		if (strchr("abcdefghijklmnopqrstuvwxyz0123456789-_", name.at[i]) == NULL)
			return false;
	return name.len > 0 && name.len <= SHELF_NAME_MAX;
}

static struct thing *named(enum shelf shelf, struct text name)
{
	for (unsigned i = 0; i < THINGS; i++)
		if (things[i].used && things[i].shelf == shelf && text_equal_str(name, things[i].name))
			return &things[i];
	return NULL;
}

static bool is_found_by(const struct thing *thing, struct text find)
{
	for (unsigned i = 0; i < SHELF_FINDS_MAX; i++)
		if (thing->finds[i][0] != '\0' && text_equal_str(find, thing->finds[i]))
			return true;
	return false;
}

static struct thing *found(enum shelf shelf, struct shelf_finds finds)
{
	for (unsigned at = 0; at < finds.n; at++)
		for (unsigned i = 0; i < THINGS; i++)
			if (things[i].used && things[i].shelf == shelf &&
			    is_found_by(&things[i], finds.at[at]))
				return &things[i];
	return NULL;
}

static const struct wire_msg *msg_of(enum shelf shelf)
{
	if (shelf == SHELF_RELEASES)
		return wire_msg_release_book();
	return shelf == SHELF_SERVICE ? wire_msg_service_record() : wire_msg_signing_key_record();
}

static enum err open_thing(const struct thing *thing, struct arena *arena, const void **record_r)
{
	if (thing == NULL)
		return ERR_NOT_FOUND;
	if (thing->broken)
		return ERR_STALE;
	uint8_t *body = (uint8_t *)arena_copy(arena, thing->body, thing->len);
	return body != NULL ? wire_decode(msg_of(thing->shelf), body, thing->len, arena, record_r)
			    : ERR_NO_MEMORY;
}

void fake_shelf_breaks(enum shelf shelf, const char *name)
{
	ALONE;
	struct thing *thing = named(shelf, text_of(name));
	assert_non_null(thing);
	thing->broken = true;
}

enum err shelf_add(struct authority *authority, enum shelf shelf, struct text name, struct shelf_finds finds,
    struct wire_any record)
{
	(void)authority;
	ALONE;
	struct thing *thing = things;
	if (failing != OK || refusing != OK)
		return failing != OK ? failing : refusing;
	if (!shelf_is_name(name))
		return ERR_MALFORMED;
	if (named(shelf, name) != NULL || found(shelf, finds) != NULL)
		return ERR_EXISTS;
	while (thing < things + THINGS - 1 && thing->used)
		thing++;
	*thing = (struct thing){ .used = true, .shelf = shelf };
	memcpy(thing->name, name.at, name.len);
	for (unsigned i = 0; i < finds.n; i++)
		memcpy(thing->finds[i], finds.at[i].at, strnlen(finds.at[i].at, sizeof thing->finds[i] - 1));
	return wire_encode(record, thing->body, BODY_MAX, &thing->len);
}

enum err shelf_remove(struct authority *authority, enum shelf shelf, struct text name)
{
	(void)authority;
	ALONE;
	struct thing *thing = named(shelf, name);
	if (failing == OK && thing != NULL)
		thing->used = false;
	return failing != OK ? failing : thing != NULL ? OK : ERR_NOT_FOUND;
}

enum err shelf_load(struct authority *authority, enum shelf shelf, struct text name, struct arena *arena,
    const void **record_r)
{
	(void)authority;
	ALONE;
	if (failing != OK)
		return failing;
	return shelf_is_name(name) ? open_thing(named(shelf, name), arena, record_r) : ERR_MALFORMED;
}

enum err shelf_load_as(struct authority *authority, enum shelf shelf, struct text name, struct arena *arena,
    const void **record_r, struct text *sealed_r)
{
	enum err err = shelf_load(authority, shelf, name, arena, record_r);
	if (err == OK)
		*sealed_r = TEXT_LITERAL("sealed");
	return err;
}

enum err shelf_replace(struct authority *authority, enum shelf shelf, struct text name, struct text sealed,
    struct wire_any record)
{
	(void)authority;
	ALONE;
	struct thing *thing = named(shelf, name);
	if (failing != OK || refusing != OK)
		return failing != OK ? failing : refusing;
	if (thing == NULL)
		return ERR_NOT_FOUND;
	if (!text_equal_str(sealed, "sealed"))
		return ERR_STALE;
	return wire_encode(record, thing->body, BODY_MAX, &thing->len);
}

static enum err find_now(
    enum shelf shelf, struct shelf_finds finds, struct arena *arena, const void **record_r)
{
	ALONE;
	searches++;
	return failing != OK ? failing : open_thing(found(shelf, finds), arena, record_r);
}

enum err shelf_find(struct authority *authority, enum shelf shelf, struct shelf_finds finds,
    struct arena *arena, const void **record_r)
{
	(void)authority;
	enum err err = find_now(shelf, finds, arena, record_r);
	void (*run)(void) = atomic_exchange(&meanwhile, NULL);
	if (run != NULL)
		run();
	return err;
}

static int by_name(const void *left, const void *right)
{
	return strcmp(text_str(((const struct shelf_item *)left)->name),
	    text_str(((const struct shelf_item *)right)->name));
}

static enum err list_now(enum shelf shelf, unsigned max, struct arena *arena, struct shelf_item **items_r,
    unsigned *n_r, bool *more_r)
{
	ALONE;
	struct shelf_item *items = arena_array(arena, THINGS, sizeof *items);
	unsigned n = 0;
	if (failing != OK || items == NULL)
		return failing != OK ? failing : ERR_NO_MEMORY;
	for (unsigned i = 0; i < THINGS; i++) {
		struct thing *thing = &things[i];
		if (!thing->used || thing->shelf != shelf)
			continue;
		if (!text_copy(arena, text_of(thing->name), &items[n].name))
			return ERR_NO_MEMORY;
		(void)open_thing(thing, arena, &items[n++].record);
	}
	qsort(items, n, sizeof *items, by_name);
	*items_r = items;
	*n_r = n < max ? n : max;
	*more_r = n > max;
	return OK;
}

static void begin_list(void)
{
	const struct timespec delay = { 0, delay_ms * 1000000L };
	lists++;
	(void)nanosleep(&delay, NULL);
}

enum err shelf_list(struct authority *authority, enum shelf shelf, unsigned max, struct arena *arena,
    struct shelf_item **items_r, unsigned *n_r, bool *more_r)
{
	(void)authority;
	begin_list();
	return list_now(shelf, max, arena, items_r, n_r, more_r);
}

enum err shelf_reseal(struct authority *authority, unsigned max, unsigned *left_r)
{
	(void)authority;
	(void)max;
	ALONE;
	if (failing == OK)
		*left_r = 0;
	return failing;
}

enum err shelf_each(
    struct authority *authority, enum shelf shelf, shelf_visit *visit, void *context, bool *more_r)
{
	(void)authority;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct shelf_item *items;
	unsigned n;
	begin_list();
	enum err err = list_now(shelf, THINGS, &arena, &items, &n, more_r);
	if (err == OK)
		err = visit(context, NULL);
	for (unsigned i = n * repeats; err == OK && i-- > 0;) /* in no order */
		err = visit(context, &items[i % n]);
	*more_r = cuts;
	return err;
}
