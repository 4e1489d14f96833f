#include "authority/session/activity.h"
#include "authority/authority.h"
#include "authority/session/save.h"
#include "authority/store/batch.h"
#include "base/clock.h"
#include "log/log.h"

#define KEPT_MS (ACTIVITY_KEPT_DAYS * INT64_C(86400000))

struct store_key activity_key(struct authority *authority, struct text person)
{
	return person_key(authority, STORE_ACTIVITY, person);
}

static enum err note_now(
    struct authority *authority, const struct store_key *key, const struct msg_activity_row *row)
{
	return store_list_push_record(authority->store, key, WIRE(activity_row, row), ACTIVITY_KEPT, KEPT_MS);
}

void activity_note(struct authority *authority, struct text person, const struct msg_activity_row *row,
    struct store_batch *later)
{
	struct store_key key = activity_key(authority, person);
	struct msg_activity_row noted = *row;
	noted.at = clock_now_ms();
	if (later != NULL) {
		store_op_waive(store_batch_list_push_record(
				   later, &key, WIRE(activity_row, &noted), ACTIVITY_KEPT, KEPT_MS),
		    "activity");
		return;
	}
	enum err err = note_now(authority, &key, &noted);
	if (err != OK)
		log_line(LOG_LEVEL_WARNING, "activity_not_noted", 0, LOG_TEXT("person", person),
		    LOG_TEXT("event", row->event), LOG_STR("reason", err_text(err)));
}

void activity_note_of(
    struct authority *authority, const struct msg_session_record *session, const char *event)
{
	const struct msg_activity_row row = {
		.event = text_of(event),
		.door = session->door,
		.address = session->address,
		.browser = session->browser,
	};
	activity_note(authority, session->person, &row, NULL);
}

enum err activity_read(struct authority *authority, struct text person, unsigned from, unsigned max,
    struct arena *arena, struct msg_activity_row **rows_r, unsigned *n_r)
{
	struct store_key key = activity_key(authority, person);
	const void **records = NULL;
	unsigned n = 0;
	enum err err = store_list_read_records(
	    authority->store, &key, wire_msg_activity_row(), from, max, arena, &records, &n);
	if (err != OK)
		return err;
	struct msg_activity_row *rows = arena_array(arena, n, sizeof *rows);
	if (rows == NULL)
		return ERR_NO_MEMORY;
	for (unsigned i = 0; i < n; i++)
		rows[i] = *(const struct msg_activity_row *)records[i];
	*rows_r = rows;
	*n_r = n;
	return OK;
}
