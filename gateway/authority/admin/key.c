/* key.c - the master key as operators see it: listed, fetched for the safe, replaced. */
#include <string.h>
#include "authority/admin/admin.h"
#include "authority/admin/master.h"
#include "authority/admin/operator.h"
#include "authority/keys/keys.h"
#include "conf/conf.h"
#include "log/log.h"

static const char *file_of(const struct call *call)
{
	return call->authority->conf->authority.master_key_file;
}

enum err admin_key_list(
    struct call *call, const struct asker *who, const void *ask, struct wire_any *answer_r)
{
	(void)who;
	(void)ask;
	struct msg_key_rows *answer = arena_alloc(&call->arena, sizeof *answer);
	struct msg_key_row *rows = arena_array(&call->arena, KEYS_MAX, sizeof *rows);
	char id[KEYS_ID_TEXT_SIZE];
	unsigned n = 0, left;
	bool names_only;
	if (answer == NULL || rows == NULL)
		return ERR_NO_MEMORY;
	for (; n < KEYS_MAX && keys_describe(call->authority->keys, n, id, &names_only); n++) {
		rows[n].current = n == 0;
		rows[n].opens = !names_only;
		rows[n].backed_up = master_is_backed_up(call->authority, id);
		if (!text_copy(&call->arena, text_of(id), &rows[n].id))
			return ERR_NO_MEMORY;
	}
	if (file_of(call)[0] != '\0')
		answer->file = text_of(file_of(call));
	answer->keys.at = rows;
	answer->keys.n = n;
	answer->resealing = master_is_resealing(&left);
	answer->left = left;
	*answer_r = WIRE(key_rows, answer);
	return OK;
}

/* The lines of the file, the ids beside those that are known. */
static enum err fill_sheet(struct call *call, struct secret text, bool fresh, struct msg_key_sheet *sheet)
{
	struct msg_key_line *lines = arena_array(&call->arena, KEYS_MAX + 1, sizeof *lines);
	const unsigned char *at = text.at, *end = text.at + text.len;
	unsigned n = 0;
	if (lines == NULL)
		return ERR_NO_MEMORY;
	for (; at < end && n <= KEYS_MAX; n++) {
		const unsigned char *stop = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((stop != NULL ? stop : end) - at);
		char id[KEYS_ID_TEXT_SIZE] = "new";
		bool names_only;
		if (!fresh || n > 0)
			(void)keys_describe(call->authority->keys, fresh ? n - 1 : n, id, &names_only);
		lines[n].key = secret_copy(&call->arena, at, len);
		if (lines[n].key.at == NULL || !text_copy(&call->arena, text_of(id), &lines[n].id))
			return ERR_NO_MEMORY;
		at += len + 1;
	}
	sheet->file = text_of(file_of(call));
	sheet->keys.at = lines;
	sheet->keys.n = n;
	return OK;
}

static enum err no_file(struct call *call, struct wire_any *answer_r)
{
	return admin_refuse(call, REFUSAL_NOT_FOUND, "operator_no_key_file", 0, answer_r);
}

enum err admin_key_backup(
    struct call *call, const struct asker *who, const void *ask, struct wire_any *answer_r)
{
	(void)ask;
	CLEANUP(secret_free) struct secret text = { NULL, 0 };
	struct msg_key_sheet *sheet = arena_alloc(&call->arena, sizeof *sheet);
	if (file_of(call)[0] == '\0')
		return no_file(call, answer_r);
	enum err err = sheet != NULL ? keys_backup_text(call->authority->keys, &text) : ERR_NO_MEMORY;
	if (err == OK)
		err = fill_sheet(call, text, false, sheet);
	if (err == OK)
		err = admin_record(call, who, AUDIT_KEY_BACKED_UP, NULL, sheet->keys.at[0].id);
	if (err != OK)
		return err;
	sheet->written = true;
	if (master_note_backup(call->authority) != OK)
		log_line(LOG_LEVEL_WARNING, "backup_not_noted", call->frame.trace);
	*answer_r = WIRE(key_sheet, sheet);
	return OK;
}

/* What was sealed with the keys of before must have been sealed anew, or it is lost with them. */
static bool may_retire(struct call *call)
{
	unsigned left = 1;
	if (master_is_resealing(&left) || left > 0)
		return false;
	return master_reseal(call->authority, 1, &left) == OK && left == 0;
}

/* Where the authority may not write its key file, the operator does: the answer holds its lines. */
static enum err install(struct call *call, struct secret text, bool retire, struct msg_key_sheet *sheet)
{
	enum err err = master_write(file_of(call), text);
	sheet->written = err == OK;
	if (err == OK)
		err = keys_reload(call->authority->keys, file_of(call));
	else if (err == ERR_FORBIDDEN)
		return fill_sheet(call, text, !retire, sheet);
	if (err != OK)
		return err;
	master_wake();
	return fill_sheet(call, text, false, sheet);
}

enum err admin_key_rotate(
    struct call *call, const struct asker *who, const void *ask, struct wire_any *answer_r)
{
	const struct msg_key_rotate *order = ask;
	CLEANUP(secret_free) struct secret text = { NULL, 0 };
	struct msg_key_sheet *sheet = arena_alloc(&call->arena, sizeof *sheet);
	if (file_of(call)[0] == '\0')
		return no_file(call, answer_r);
	if (order->retire && !may_retire(call))
		return admin_refuse(call, REFUSAL_BUSY, "operator_key_needed", 0, answer_r);
	enum err err = sheet != NULL ? OK : ERR_NO_MEMORY;
	if (err == OK)
		err = order->retire ? keys_retired_text(call->authority->keys, &text)
				    : keys_rotated_text(call->authority->keys, &text);
	if (err == ERR_TOO_LARGE)
		return admin_refuse(call, REFUSAL_MALFORMED, "operator_too_many_keys", 0, answer_r);
	if (err == OK)
		err = admin_record(call, who, AUDIT_KEY_ROTATED, NULL,
		    order->retire ? TEXT_LITERAL("retired") : TEXT_LITERAL("rotated"));
	if (err == OK)
		err = install(call, text, order->retire, sheet);
	*answer_r = WIRE(key_sheet, sheet);
	return err;
}
