#include "authority/sso/released.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "authority/authority.h"
#include "authority/keys/keys.h"
#include "authority/sso/claims.h"
#include "authority/sso/consent_kept.h"
#include "authority/sso/shelf.h"
#include "base/clock.h"
#include "base/enc.h"
#include "log/log.h"

#define ROWS_MAX 36u    /* of the book: release_book */
#define NAMES_MAX 600u  /* bytes: release_row */
#define AGREED_MAX 700u /* likewise */
#define NOTED 32768u    /* a power of two */
#define DAY_MS 86400000LL
#define TRIES 4u

/* What was noted lately, by the first bytes of its hash: who meets another's place writes once more. */
struct released {
	_Atomic uint64_t noted[NOTED];
};

enum err released_new(struct released **released_r)
{
	struct released *released = calloc(1, sizeof *released);
	if (released == NULL)
		return ERR_NO_MEMORY;
	*released_r = released;
	return OK;
}

void released_free(struct released **released)
{
	free(*released);
	*released = NULL;
}

/* --- words ---------------------------------------------------------------------------------------------------------- */

struct text released_join(struct text words, struct text more, size_t max, struct arena *arena, bool *whole)
{
	char *joined = arena_alloc(arena, words.len + more.len + 2);
	size_t len = 0;
	if (joined == NULL)
		return (struct text){ NULL, 0 };
	if (words.len > 0)
		memcpy(joined, words.at, words.len);
	len = words.len;
	for (struct text word; text_next_word(&more, " ", &word);) {
		if (claims_scope_within(word, (struct text){ joined, len }))
			continue;
		if (len + (len > 0) + word.len > max) {
			if (whole != NULL)
				*whole = false;
			break;
		}
		if (len > 0)
			joined[len++] = ' ';
		memcpy(joined + len, word.at, word.len);
		len += word.len;
	}
	joined[len] = '\0';
	return (struct text){ joined, len };
}

/* --- the book --------------------------------------------------------------------------------------------------------- */

/* No name of a person stands in the directory beside what services know. */
static struct text name_of(struct call *call, struct text person)
{
	uint8_t hash[KEYS_HASH_SIZE];
	char hex[ENC_HEX_SIZE(KEYS_HASH_SIZE)];
	keys_hash(call->authority->keys, KEY_RELEASE_NAME, person.at, person.len, hash);
	enc_hex(hash, sizeof hash, hex);
	return text_of(arena_printf(&call->arena, "%s", hex));
}

/* A book that somebody has changed in the directory is nobody's: it is begun anew, so nobody is taken to have agreed to anything. */
struct found {
	struct text name;   /* of the book */
	struct text sealed; /* as it lies there; absent: there is none that opens */
	bool broken;
	const struct msg_release_book *book;
};

static enum err load(struct call *call, struct text person, struct found *found)
{
	const void *record;
	struct msg_release_book *none = arena_alloc(&call->arena, sizeof *none);
	struct text name = name_of(call, person);
	if (none == NULL || name.at == NULL)
		return ERR_NO_MEMORY;
	none->person = person;
	*found = (struct found){ .name = name, .book = none };
	enum err err =
	    shelf_load_as(call->authority, SHELF_RELEASES, name, &call->arena, &record, &found->sealed);
	found->broken = err == ERR_STALE;
	if (err == OK)
		found->book = record;
	return err == ERR_NOT_FOUND || err == ERR_STALE ? OK : err;
}

enum err released_load(struct call *call, struct text person, const struct msg_release_book **book_r)
{
	struct found found;
	enum err err = load(call, person, &found);
	if (err == OK)
		*book_r = found.book;
	return err;
}

const struct msg_release_row *released_row(const struct msg_release_book *book, struct text service)
{
	for (uint32_t i = 0; i < book->rows.n; i++)
		if (text_equal(book->rows.at[i].service, service))
			return &book->rows.at[i];
	return NULL;
}

/* One line of the book, as it is to be: made on the first try, or looked for again where another authority was faster. */
struct edit {
	struct text service;
	const struct msg_service_record *of; /* NULL: the line has to be there */
	struct text told, agreed_to;         /* names to add; absent: none */
	int64_t withdraws;                   /* what was agreed to then; 0: nothing */
	int64_t now_ms;
};

/* Where both have no room, what was asked last: the rest is asked anew, and nothing counts as agreed to that was not. */
static struct text join_agreed(struct text before, struct text agreed_to, struct arena *arena)
{
	bool whole = true;
	struct text joined = released_join(before, agreed_to, AGREED_MAX, arena, &whole);
	return whole ? joined : agreed_to;
}

/* What a person was told has no end that people would read: of very many names the first ones. */
static struct text join_told(const struct edit *edit, struct text before, struct arena *arena)
{
	bool whole = true;
	struct text joined = released_join(before, edit->told, NAMES_MAX, arena, &whole);
	if (!whole)
		log_line(LOG_LEVEL_WARNING, "release_cut", 0, LOG_TEXT("service", edit->service));
	return joined;
}

/* False: memory is out. A later service of that name was not agreed to. */
static bool change_row(const struct edit *edit, struct arena *arena, struct msg_release_row *row)
{
	const struct msg_service_record *of = edit->of;
	bool withdrawn = edit->withdraws != 0 && row->agreed == edit->withdraws;
	if (withdrawn || (of != NULL && row->registered != of->added)) {
		row->agreed = 0;
		row->agreed_to = (struct text){ NULL, 0 };
	}
	if (of != NULL) {
		row->registered = of->added;
		row->label = of->label;
	}
	if (edit->told.at != NULL) {
		row->names = join_told(edit, row->names, arena);
		row->first = row->first != 0 ? row->first : edit->now_ms;
		row->last = edit->now_ms;
	}
	if (edit->agreed_to.at != NULL) {
		row->agreed_to = join_agreed(row->agreed_to, edit->agreed_to, arena);
		row->agreed = row->agreed != 0 ? row->agreed : edit->now_ms;
	}
	return (edit->told.at == NULL || row->names.at != NULL) &&
	       (edit->agreed_to.at == NULL || row->agreed_to.at != NULL);
}

/* Whether the line says it already: what is remembered is forgotten now and then, and costs a look then. */
static bool is_noted(const struct edit *edit, const struct msg_release_row *row)
{
	return edit->told.at != NULL && edit->agreed_to.at == NULL && row != NULL &&
	       row->registered == edit->of->added && row->last / DAY_MS == edit->now_ms / DAY_MS &&
	       claims_scope_within(edit->told, row->names);
}

/* What the person has agreed to goes last: what is not in the book cannot be taken back. */
static bool goes_before(const struct msg_release_row *a, const struct msg_release_row *b)
{
	bool a_agreed = a->agreed > 0, b_agreed = b->agreed > 0;
	return a_agreed != b_agreed ? b_agreed : a->last < b->last;
}

/* The place of the line among rows, of which there are *n: a new one where it is not there, at last in that of the one told longest ago, which is
 * *fell_out_r then. */
static struct msg_release_row *place_for(
    struct text service, struct msg_release_row *rows, uint32_t *n, struct msg_release_row *fell_out_r)
{
	struct msg_release_row *oldest = &rows[0];
	for (uint32_t i = 0; i < *n; i++) {
		if (text_equal(rows[i].service, service))
			return &rows[i];
		if (goes_before(&rows[i], oldest))
			oldest = &rows[i];
	}
	bool full = *n == ROWS_MAX;
	struct msg_release_row *place = full ? oldest : &rows[(*n)++];
	if (full)
		*fell_out_r = *oldest;
	*place = (struct msg_release_row){ .service = service };
	return place;
}

/* One try; *row_r: the line as it is then. ERR_STALE, ERR_EXISTS: somebody else was faster. */
static enum err try_edit(
    struct call *call, struct text person, const struct edit *edit, struct msg_release_row *row_r)
{
	struct found found;
	struct msg_release_row *rows = arena_array(&call->arena, ROWS_MAX, sizeof *rows);
	enum err err = rows != NULL ? load(call, person, &found) : ERR_NO_MEMORY;
	if (err == OK && found.broken)
		err = shelf_remove(call->authority, SHELF_RELEASES, found.name);
	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	uint32_t n = found.book->rows.n < ROWS_MAX ? found.book->rows.n : ROWS_MAX;
	if (n > 0)
		memcpy(rows, found.book->rows.at, n * sizeof *rows);
	const struct msg_release_row *before = released_row(found.book, edit->service);
	if (edit->of == NULL && before == NULL)
		return ERR_NOT_FOUND;
	if (is_noted(edit, before)) {
		*row_r = *before;
		return OK;
	}
	struct msg_release_row fell_out = { .agreed = 0 };
	struct msg_release_row *row = place_for(edit->service, rows, &n, &fell_out);
	if (!change_row(edit, &call->arena, row))
		return ERR_NO_MEMORY;
	/* what is not in the book nobody could take back */
	if (fell_out.agreed > 0)
		err = consent_end(call, person, fell_out.service, fell_out.agreed);
	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	const struct msg_release_book fresh = { .person = person, .rows = { rows, n } };
	*row_r = *row;
	struct wire_any record = WIRE(release_book, &fresh);
	if (found.sealed.at == NULL)
		return shelf_add(call->authority, SHELF_RELEASES, found.name, SHELF_NO_FINDS, record);
	return shelf_replace(call->authority, SHELF_RELEASES, found.name, found.sealed, record);
}

static enum err change(
    struct call *call, struct text person, const struct edit *edit, struct msg_release_row *row_r)
{
	enum err err = ERR_EXISTS;
	for (unsigned i = 0; i < TRIES && (err == ERR_EXISTS || err == ERR_STALE); i++)
		err = try_edit(call, person, edit, row_r);
	return err == ERR_EXISTS || err == ERR_STALE ? ERR_BUSY : err;
}

/* --- what is told ------------------------------------------------------------------------------------------------------ */

static uint8_t *append(uint8_t *to, const void *at, size_t len)
{
	return len > 0 ? mempcpy(to, at, len) : to;
}

/* This person, service, names and day: 0 where memory is out. */
static uint64_t mark_of(struct call *call, const struct msg_service_record *service, struct text person,
    struct text names, int64_t now_ms)
{
	int64_t day = now_ms / DAY_MS;
	uint8_t hash[KEYS_HASH_SIZE];
	size_t room = person.len + service->name.len + names.len + 2 + 2 * sizeof day;
	uint8_t *bytes = arena_alloc(&call->arena, room), *to = bytes;
	uint64_t mark;
	if (bytes == NULL)
		return 0;
	to = append(to, person.at, person.len + 1); /* with the NUL behind it */
	to = append(to, service->name.at, service->name.len + 1);
	to = append(to, &service->added, sizeof service->added);
	to = append(to, &day, sizeof day);
	(void)append(to, names.at, names.len);
	keys_hash(call->authority->keys, KEY_RELEASE_NAME, bytes, room, hash);
	memcpy(&mark, hash, sizeof mark);
	return mark;
}

static _Atomic uint64_t *place_of(struct call *call, uint64_t mark)
{
	return &call->authority->released->noted[mark % NOTED];
}

bool released_is_noted(struct call *call, const struct msg_service_record *service,
    const struct msg_session_record *session, struct text names)
{
	uint64_t mark = mark_of(call, service, session->person, names, clock_now_ms());
	return mark != 0 && atomic_load(place_of(call, mark)) == mark;
}

void released_note(struct call *call, const struct msg_service_record *service,
    const struct msg_session_record *session, struct text names)
{
	const struct edit edit = {
		.service = service->name, .of = service, .told = names, .now_ms = clock_now_ms()
	};
	struct msg_release_row row;
	uint64_t mark = mark_of(call, service, session->person, names, edit.now_ms);
	_Atomic uint64_t *place = place_of(call, mark);
	if (mark != 0 && atomic_load(place) == mark)
		return;
	enum err err = change(call, session->person, &edit, &row);
	if (err == OK)
		atomic_store(place, mark);
	else
		log_line(LOG_LEVEL_WARNING, "release_not_noted", call->frame.trace,
		    LOG_TEXT("service", service->name), LOG_STR("reason", err_text(err)));
}

enum err released_agree(struct call *call, const struct msg_service_record *service, struct text person,
    struct text names, int64_t *agreed_r)
{
	const struct edit edit = {
		.service = service->name, .of = service, .agreed_to = names, .now_ms = clock_now_ms()
	};
	struct msg_release_row row;
	enum err err = change(call, person, &edit, &row);
	if (err == OK)
		*agreed_r = row.agreed;
	return err;
}

enum err released_withdraw(struct call *call, struct text person, struct text service, int64_t agreed)
{
	const struct edit edit = { .service = service, .withdraws = agreed, .now_ms = clock_now_ms() };
	struct msg_release_row row;
	return change(call, person, &edit, &row);
}
