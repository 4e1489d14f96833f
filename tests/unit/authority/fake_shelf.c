#include "fake_shelf.h"
#include "unit.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define THINGS 64

static struct thing {
	enum shelf shelf;
	char name[SHELF_NAME_MAX + 1];
	bool broken;
	const struct wire_msg *msg;
	uint8_t body[8000];
	size_t len;
} things[THINGS];
static unsigned n_things;
static enum err failing, refusing;
static atomic_uint lists;
static atomic_int delay_ms;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void unlock(pthread_mutex_t **held)
{
	pthread_mutex_unlock(*held);
}
#define ALONE \
	UNUSED CLEANUP(unlock) \
	pthread_mutex_t *held = &lock; \
	pthread_mutex_lock(held)

void fake_shelf_reset(void)
{
	ALONE;
	n_things = 0;
	failing = refusing = OK;
	lists = 0;
	delay_ms = 0;
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

static struct thing *find(enum shelf shelf, struct text name)
{
	for (unsigned i = 0; i < n_things; i++)
		if (things[i].shelf == shelf && text_equal_str(name, things[i].name))
			return &things[i];
	return NULL;
}

void fake_shelf_breaks(const char *name)
{
	ALONE;
	for (unsigned i = 0; i < n_things; i++)
		if (strcmp(things[i].name, name) == 0)
			things[i].broken = true;
}

unsigned fake_shelf_lists(void)
{
	return lists;
}

void fake_shelf_slow(int ms)
{
	delay_ms = ms;
}

enum err shelf_add(struct authority *authority, enum shelf shelf, struct text name, const char *find_by,
    struct wire_any record)
{
	ALONE;
	(void)authority;
	(void)find_by;
	if (failing != OK || refusing != OK)
		return failing != OK ? failing : refusing;
	if (find(shelf, name) != NULL)
		return ERR_EXISTS;
	assert_true(n_things < THINGS && name.len <= SHELF_NAME_MAX);
	struct thing *thing = &things[n_things];
	*thing = (struct thing){ .shelf = shelf, .msg = record.msg };
	memcpy(thing->name, name.at, name.len);
	enum err err = wire_encode(record, thing->body, sizeof thing->body, &thing->len);
	n_things += err == OK;
	return err;
}

enum err shelf_remove(struct authority *authority, enum shelf shelf, struct text name)
{
	ALONE;
	(void)authority;
	struct thing *thing = find(shelf, name);
	if (failing != OK)
		return failing;
	if (thing == NULL)
		return ERR_NOT_FOUND;
	*thing = things[--n_things];
	return OK;
}

static int by_name(const void *left, const void *right)
{
	const struct shelf_item *a = left, *b = right;
	return strcmp(a->name.at, b->name.at);
}

static enum err fill(enum shelf shelf, struct arena *arena, struct shelf_item *items, unsigned *n)
{
	ALONE;
	enum err err = failing;
	for (unsigned i = 0; err == OK && i < n_things; i++) {
		const struct thing *thing = &things[i];
		if (thing->shelf != shelf)
			continue;
		assert_true(text_copy(arena, text_of(thing->name), &items[*n].name));
		uint8_t *body = (uint8_t *)arena_copy(arena, thing->body, thing->len);
		assert_non_null(body);
		if (!thing->broken)
			err = wire_decode(thing->msg, body, thing->len, arena, &items[*n].record);
		(*n)++;
	}
	return err;
}

/* From the first on alone. */
enum err shelf_list(struct authority *authority, enum shelf shelf, struct text after, unsigned max,
    struct arena *arena, struct shelf_item **items_r, unsigned *n_r, bool *more_r)
{
	(void)authority;
	struct shelf_item *items = arena_array(arena, THINGS, sizeof *items);
	const struct timespec delay = { 0, delay_ms * 1000000L };
	unsigned n = 0;
	assert_non_null(items);
	assert_null(after.at);
	lists++;
	(void)nanosleep(&delay, NULL);
	enum err err = fill(shelf, arena, items, &n);
	if (err != OK)
		return err;
	qsort(items, n, sizeof *items, by_name);
	*items_r = items;
	*n_r = n < max ? n : max;
	*more_r = n > max;
	return OK;
}
