/* head.c - how far the chain had come, signed, where who can write our files cannot write: in the log and in the store. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include "authority/audit/state.h"
#include "authority/store/store.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/io.h"
#include "base/wait.h"
#include "log/log.h"

#define EVERY_S 60
#define KEPT_MS (400LL * 86400 * 1000)

static const char *signed_part(const struct msg_audit_head *head, struct arena *arena)
{
	return arena_printf(arena, "%llu:%llu:%.*s", (unsigned long long)head->file,
	    (unsigned long long)head->n, TEXT_ARGS(head->mac));
}

static enum err sign(
    struct audit *audit, const struct msg_audit_head *head, struct arena *arena, struct text *sign_r)
{
	uint8_t hash[KEYS_HASH_SIZE];
	char *text = arena_alloc(arena, ENC_BASE64URL_SIZE(sizeof hash));
	const char *what = signed_part(head, arena);
	if (text == NULL || what == NULL)
		return ERR_NO_MEMORY;
	keys_hash(audit->keys, KEY_AUDIT_HEAD, what, strlen(what), hash);
	enc_base64url(hash, sizeof hash, text);
	*sign_r = text_of(text);
	return OK;
}

/* ERR_NOT_FOUND: not by us. */
static enum err check_sign(struct audit *audit, const struct msg_audit_head *head, struct arena *arena)
{
	uint8_t hash[KEYS_HASH_SIZE];
	const char *what = signed_part(head, arena);
	if (what == NULL)
		return ERR_NO_MEMORY;
	if (enc_from_base64url(text_str(head->sign), head->sign.len, hash, sizeof hash) != OK)
		return ERR_NOT_FOUND;
	bool ours = keys_hash_matches(audit->keys, KEY_AUDIT_HEAD, what, strlen(what), hash);
	return ours ? OK : ERR_NOT_FOUND;
}

/* A name that outlives rotations of the master key. */
static struct store_key place(struct audit *audit)
{
	struct store_key key = { .kind = STORE_HEAD };
	_Static_assert(sizeof key.bytes == KEYS_HASH_SIZE, "a key is a hash");
	keys_hash(audit->keys, KEY_PERSON_STORE, audit->place, strlen(audit->place), key.bytes);
	return key;
}

enum err head_load(struct audit *audit, struct arena *arena, const struct msg_audit_head **head_r)
{
	const void *at;
	struct store_key key = place(audit);
	if (audit->store == NULL)
		return ERR_NOT_FOUND;
	enum err err = store_load_record(audit->store, &key, wire_msg_audit_head(), arena, &at);
	if (err == OK)
		*head_r = at;
	return err;
}

/* The value behind "key=" in a line of the log. */
static struct text field_of(struct text line, const char *key)
{
	size_t len = strlen(key);
	for (size_t i = 0; i + len < line.len; i++) {
		if ((i > 0 && line.at[i - 1] != ' ') || memcmp(line.at + i, key, len) != 0)
			continue;
		struct text value = { line.at + i + len, 0 };
		while (i + len + value.len < line.len && value.at[value.len] != ' ')
			value.len++;
		return value;
	}
	return (struct text){ NULL, 0 };
}

enum err head_parse(struct text text, struct arena *arena, struct msg_audit_head *head_r)
{
	struct msg_audit_head head = { .made = 0 };
	unsigned long long file, n;
	if (!text_to_number(field_of(text, "file="), UINT32_MAX, &file) ||
	    !text_to_number(field_of(text, "n="), 1ull << 53, &n))
		return ERR_MALFORMED;
	struct text mac = field_of(text, "mac="), by = field_of(text, "sign=");
	if (mac.len != LINE_MAC_LEN || by.len != LINE_MAC_LEN)
		return ERR_MALFORMED;
	head.file = file;
	head.n = n;
	if (!text_copy(arena, mac, &head.mac) || !text_copy(arena, by, &head.sign))
		return ERR_NO_MEMORY;
	*head_r = head;
	return OK;
}

static void lines_free(struct lines **lines)
{
	free(*lines);
}

/* Whether a record of that number and mac stands in the file, as far as it is committed. */
static enum err is_there(
    struct audit *audit, const struct msg_audit_head *head, const struct committed *now, bool *there_r)
{
	CLEANUP(io_close) int fd = -1;
	CLEANUP(lines_free) struct lines *lines = calloc(1, sizeof *lines);
	struct text text;
	struct line line;
	off_t end = now->size;
	if (lines == NULL)
		return ERR_NO_MEMORY;
	enum err err = files_open(audit->folder, head->file, O_RDONLY, &fd);
	if (err == OK && head->file != now->file)
		err = files_size(fd, &end);
	if (err != OK)
		return err;
	*lines = (struct lines){ .fd = fd, .end = end };
	*there_r = false;
	while (lines_next(lines, &text) == LINES_LINE)
		if (line_split(text, &line) && line.n == head->n && text_equal(line.mac, head->mac))
			*there_r = true;
	return OK;
}

enum err head_compare(
    struct audit *audit, const struct msg_audit_head *head, struct arena *arena, struct text *fault_r)
{
	struct committed now = audit_committed(audit);
	enum err err = check_sign(audit, head, arena);
	if (err != OK)
		return err;
	bool there = head->file <= now.file && head->n <= now.n;
	const char *what =
	    there ? "is not the one that a signed head names" : "is missing: a signed head names it";
	if (there)
		err = is_there(audit, head, &now, &there);
	if (err == ERR_NOT_FOUND) { /* old files may be kept elsewhere */
		*fault_r = (struct text){ NULL, 0 };
		return OK;
	}
	if (err != OK)
		return err;
	if (there)
		*fault_r = (struct text){ NULL, 0 };
	else
		*fault_r = text_of(arena_printf(arena, "record %llu of file %llu %s",
		    (unsigned long long)head->n, (unsigned long long)head->file, what));
	return OK;
}

static void tell_missing(struct audit *audit, struct text fault)
{
	const struct msg_audit_row row = {
		.event = text_of(audit_event_text(AUDIT_RECORDS_MISSING)),
		.door = TEXT_LITERAL("authority"),
		.reason = fault,
	};
	log_line(LOG_LEVEL_ERROR, "audit_records_missing", 0, LOG_TEXT("why", fault));
	if (audit_put(audit, &row) != OK)
		log_line(LOG_LEVEL_ERROR, "audit_record_lost", 0, LOG_TEXT("why", fault));
}

/* Before its first head of this run takes the place of the last one: what was cut off while nobody looked shows now or never. */
static void compare_once(struct audit *audit)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	const struct msg_audit_head *head;
	struct text fault = { NULL, 0 };
	enum err err = head_load(audit, &arena, &head);
	if (err == OK)
		err = head_compare(audit, head, &arena, &fault);
	if (err == OK && fault.at != NULL)
		tell_missing(audit, fault);
	audit->compared = err == OK || err == ERR_NOT_FOUND;
}

static void to_store(struct audit *audit, const struct msg_audit_head *head)
{
	struct store_key key = place(audit);
	if (audit->store == NULL)
		return;
	if (!audit->compared)
		compare_once(audit);
	enum err err = ERR_UNREACHABLE;
	if (audit->compared)
		err = store_put_record(audit->store, &key, WIRE(audit_head, head), KEPT_MS, STORE_ALWAYS);
	if (err != OK)
		log_line(LOG_LEVEL_WARNING, "audit_head_not_stored", 0, LOG_STR("reason", err_text(err)));
}

void head_give(struct audit *audit)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	char mac[LINE_MAC_LEN + 1];
	struct msg_audit_head head = { .made = clock_now_ms() };
	pthread_mutex_lock(&audit->lock);
	bool news = audit->n != audit->head_n;
	head.file = audit->file;
	head.n = audit->n;
	memcpy(mac, audit->mac, sizeof mac);
	pthread_mutex_unlock(&audit->lock);
	head.mac = text_of(mac);
	if (!news || sign(audit, &head, &arena, &head.sign) != OK)
		return;
	audit->head_n = head.n;
	log_line(LOG_LEVEL_INFO, "audit_head", 0, LOG_NUMBER("file", (long long)head.file),
	    LOG_NUMBER("n", (long long)head.n), LOG_TEXT("mac", head.mac), LOG_TEXT("sign", head.sign));
	to_store(audit, &head);
}

void *head_run(void *context)
{
	struct audit *audit = context;
	for (;;) {
		const struct timespec end = wait_end(EVERY_S * 1000LL);
		pthread_mutex_lock(&audit->lock);
		while (!audit->ending && wait_more(&audit->minute, &audit->lock, &end))
			continue;
		bool ending = audit->ending;
		pthread_mutex_unlock(&audit->lock);
		if (ending)
			return NULL;
		head_give(audit);
	}
}

enum err audit_watch(struct audit *audit, struct store *store)
{
	audit->store = store;
	compare_once(audit);
	head_give(audit);
	audit->has_crier = pthread_create(&audit->crier, NULL, head_run, audit) == 0;
	return audit->has_crier ? OK : ERR_NO_MEMORY;
}
