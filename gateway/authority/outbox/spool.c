#include "authority/outbox/spool.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "authority/keys/keys.h"
#include "authority/outbox/folder.h"
#include "authority/outbox/spare.h"
#include "base/enc.h"
#include "base/io.h"
#include "base/text.h"

#define FOLDER "outbox"
#define TIME_DIGITS 13u
#define ID_AT (TIME_DIGITS + 1)
#define SUFFIX_LEN 5u
#define REFUSED ".refused"
#define NAME_LEN (ID_AT + WIRE_ID_TEXT_SIZE - 1 + SUFFIX_LEN)
#define FILE_SIZE_MAX ENC_BASE64URL_SIZE(WIRE_BODY_MAX + KEYS_SEAL_EXTRA)

struct path {
	char text[NAME_LEN + 16];
};

static bool is_mail(const void *record, const struct spool_name *name)
{
	const struct msg_mail_record *mail = record;
	return memcmp(&mail->id, &name->id, sizeof name->id) == 0 && mail->matter->at == name->queued_ms;
}

static bool is_notice(const void *record, const struct spool_name *name)
{
	const struct msg_notice_record *notice = record;
	return memcmp(&notice->id, &name->id, sizeof name->id) == 0 && notice->at == name->queued_ms;
}

static const struct {
	const char *suffix; /* all of one length: see spare.c */
	const struct wire_msg *(*msg)(void);
	bool (*is_of)(const void *record, const struct spool_name *name);
} KINDS[SPOOL_KIND_COUNT_] = {
	[SPOOL_MAIL] = { ".mail", wire_msg_mail_record, is_mail },
	[SPOOL_NOTICE] = { ".note", wire_msg_notice_record, is_notice },
};

static struct path path_of(const struct spool_name *name, const char *suffix)
{
	struct path path;
	char id[WIRE_ID_TEXT_SIZE];
	wire_id_text(&name->id, id);
	(void)snprintf(path.text, sizeof path.text, "%0*lld-%s%s", (int)TIME_DIGITS,
	    (long long)name->queued_ms, id, suffix);
	return path;
}

static struct path final_path(const struct spool_name *name)
{
	return path_of(name, KINDS[name->kind].suffix);
}

enum err spool_open(const char *state, int *folder_r)
{
	return folder_open(state, FOLDER, folder_r);
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), own = strlen(end);
	return len >= own && strcmp(text + len - own, end) == 0;
}

static bool read_kind(const char *text, enum spool_kind *kind_r)
{
	for (unsigned i = 0; i < SPOOL_KIND_COUNT_; i++)
		if (ends_with(text, KINDS[i].suffix)) {
			*kind_r = (enum spool_kind)i;
			return true;
		}
	return false;
}

static bool read_name(const char *text, struct spool_name *name_r)
{
	unsigned long long queued_ms = 0;
	struct spool_name name;
	if (strlen(text) != NAME_LEN || !read_kind(text, &name.kind) || text[TIME_DIGITS] != '-')
		return false;
	for (size_t i = 0; i < TIME_DIGITS; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		queued_ms = queued_ms * 10 + (unsigned)(text[i] - '0');
	}
	if (enc_from_base64url(text + ID_AT, WIRE_ID_TEXT_SIZE - 1, name.id.bytes, WIRE_ID_SIZE) != OK)
		return false;
	name.queued_ms = (int64_t)queued_ms;
	*name_r = name;
	return true;
}

static enum err add_name(struct spool_name **names, size_t *n, size_t *room, struct spool_name name)
{
	if (*n == *room) {
		size_t wanted = *room > 0 ? *room * 2 : 64;
		struct spool_name *more = reallocarray(*names, wanted, sizeof **names);
		if (more == NULL)
			return ERR_NO_MEMORY;
		*names = more;
		*room = wanted;
	}
	(*names)[(*n)++] = name;
	return OK;
}

static int by_age(const void *left, const void *right)
{
	const struct spool_name *a = left, *b = right;
	if (a->queued_ms != b->queued_ms)
		return a->queued_ms < b->queued_ms ? -1 : 1;
	return memcmp(a->id.bytes, b->id.bytes, WIRE_ID_SIZE);
}

static void close_listing(DIR **listing)
{
	if (*listing != NULL)
		(void)closedir(*listing);
}

enum err spool_list(int folder, struct spool_name **names_r, size_t *n_r)
{
	int own = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CLEANUP(close_listing) DIR *listing = own >= 0 ? fdopendir(own) : NULL;
	if (listing == NULL) {
		io_close(&own);
		return ERR_IO;
	}
	struct spool_name *names = NULL, name;
	size_t n = 0, room = 0;
	enum err err = OK;
	for (const struct dirent *entry; err == OK && (entry = readdir(listing)) != NULL;) {
		if (read_name(entry->d_name, &name))
			err = add_name(&names, &n, &room, name);
		else if (folder_is_part(entry->d_name))
			(void)unlinkat(folder, entry->d_name, 0);
	}
	if (err != OK) {
		free(names);
		return err;
	}
	if (n > 1)
		qsort(names, n, sizeof *names, by_age);
	*names_r = names;
	*n_r = n;
	return OK;
}

/* Nothing is there where it cannot be known to stay. */
static enum err put_file(int folder, const struct spool_name *name, struct secret bytes)
{
	struct path final = final_path(name);
	enum err err = folder_put(folder, final.text, bytes);
	if (err != OK || fsync(folder) == 0)
		return err;
	(void)unlinkat(folder, final.text, 0);
	return ERR_IO;
}

/* Whatever becomes of the spare, that there was no room is what the caller hears. */
static enum err put_in_spare(
    int folder, struct spares *spares, const struct spool_name *name, struct secret bytes)
{
	struct path final = final_path(name);
	return spare_take(folder, spares, final.text, bytes) == OK ? OK : ERR_IO;
}

enum err spool_write(int folder, struct spares *spares, const struct keys *keys,
    const struct spool_name *name, const void *record, struct arena *arena)
{
	size_t len;
	struct wire_any any = { KINDS[name->kind].msg(), record };
	struct secret sealed;
	uint8_t *body = arena_alloc(arena, WIRE_BODY_MAX);
	if (body == NULL)
		return ERR_NO_MEMORY;
	enum err err = wire_encode(any, body, WIRE_BODY_MAX, &len);
	if (err == OK)
		err = keys_seal(keys, KEY_OUTBOX, (struct bytes){ body, len }, arena, &sealed);
	if (err != OK)
		return err;
	err = put_file(folder, name, sealed);
	return err == ERR_IO && spares != NULL ? put_in_spare(folder, spares, name, sealed) : err;
}

static enum err open_record(const struct keys *keys, const struct spool_name *name, struct secret sealed,
    struct arena *arena, const void **record_r)
{
	struct bytes plain;
	const void *at;
	enum err err = keys_unseal(keys, KEY_OUTBOX, sealed, arena, &plain);
	if (err != OK)
		return err;
	uint8_t *body = (uint8_t *)arena_copy(arena, plain.at, plain.len);
	if (body == NULL)
		return ERR_NO_MEMORY;
	err = wire_decode(KINDS[name->kind].msg(), body, plain.len, arena, &at);
	if (err != OK)
		return err;
	if (!KINDS[name->kind].is_of(at, name))
		return ERR_MALFORMED;
	*record_r = at;
	return OK;
}

enum err spool_read(int folder, const struct keys *keys, const struct spool_name *name, struct arena *arena,
    const void **record_r)
{
	struct path path = final_path(name), aside;
	struct secret sealed;
	enum err err = folder_get(folder, path.text, FILE_SIZE_MAX + 1, arena, &sealed);
	if (err != OK)
		return err;
	err = open_record(keys, name, sealed, arena, record_r);
	if (err != ERR_MALFORMED && err != ERR_TOO_LARGE)
		return err;
	(void)snprintf(aside.text, sizeof aside.text, "%.*s" REFUSED, (int)NAME_LEN, path.text);
	(void)renameat(folder, path.text, folder, aside.text);
	return ERR_MALFORMED;
}

enum err spool_remove(int folder, const struct spool_name *name)
{
	struct path path = final_path(name);
	if (unlinkat(folder, path.text, 0) != 0 && errno != ENOENT)
		return ERR_IO;
	return fsync(folder) == 0 ? OK : ERR_IO;
}
