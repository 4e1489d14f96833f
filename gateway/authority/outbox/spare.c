#include "authority/outbox/spare.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/enc.h"
#include "base/io.h"

#define SUFFIX ".spare"
/* As long as a name of the queue: a folder that is full of spares has room for the names of as many mails. */
#define PREFIX "0000000000000-"
#define NAME_SIZE (sizeof PREFIX - 1 + WIRE_ID_TEXT_SIZE - 1 + sizeof SUFFIX)

struct name {
	char text[NAME_SIZE];
};

static struct name name_of(const struct id *id)
{
	struct name name;
	char text[WIRE_ID_TEXT_SIZE];
	wire_id_text(id, text);
	(void)snprintf(name.text, sizeof name.text, PREFIX "%s" SUFFIX, text);
	return name;
}

static bool has_suffix(const char *text)
{
	size_t len = strlen(text), own = sizeof SUFFIX - 1;
	return len >= own && strcmp(text + len - own, SUFFIX) == 0;
}

/* What a crash has left half made or half used is none. */
static bool is_whole(int folder, const char *text, struct id *id_r)
{
	struct stat is;
	struct id id;
	if (strlen(text) != NAME_SIZE - 1 || strncmp(text, PREFIX, sizeof PREFIX - 1) != 0 ||
	    enc_from_base64url(text + sizeof PREFIX - 1, WIRE_ID_TEXT_SIZE - 1, id.bytes, WIRE_ID_SIZE) != OK)
		return false;
	if (fstatat(folder, text, &is, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(is.st_mode) ||
	    is.st_size != SPARE_SIZE)
		return false;
	*id_r = id;
	return true;
}

static void close_listing(DIR **listing)
{
	if (*listing != NULL)
		(void)closedir(*listing);
}

enum err spare_load(int folder, struct spares *spares_r)
{
	int own = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CLEANUP(close_listing) DIR *listing = own >= 0 ? fdopendir(own) : NULL;
	if (listing == NULL) {
		io_close(&own);
		return ERR_IO;
	}
	struct spares spares = { .n = 0 };
	for (const struct dirent *entry; (entry = readdir(listing)) != NULL;) {
		if (!has_suffix(entry->d_name))
			continue;
		if (spares.n < SPARES_MAX && is_whole(folder, entry->d_name, &spares.ids[spares.n]))
			spares.n++;
		else
			(void)unlinkat(folder, entry->d_name, 0);
	}
	*spares_r = spares;
	return OK;
}

static enum err write_all(int fd, const uint8_t *bytes, size_t len)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = pwrite(fd, bytes + done, len - done, (off_t)done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ERR_IO;
		done += (size_t)n;
	}
	return OK;
}

/* Bytes that no file system makes smaller. The last one that is wanted says whether they reach the disk: a spare that a crash takes is
 * made anew, so the others need not wait for it. */
static enum err make(int folder, struct spares *spares)
{
	uint8_t bytes[SPARE_SIZE];
	struct id id;
	secret_random(&id, sizeof id);
	secret_random(bytes, sizeof bytes);
	struct name name = name_of(&id);
	CLEANUP(io_close)
	int fd = openat(folder, name.text, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return ERR_IO;
	bool is_last = spares->n + 1 == SPARES_MAX;
	if (write_all(fd, bytes, sizeof bytes) != OK || (is_last && fsync(fd) != 0)) {
		(void)unlinkat(folder, name.text, 0);
		return ERR_IO;
	}
	spares->ids[spares->n++] = id;
	return OK;
}

enum err spare_refill(int folder, struct spares *spares)
{
	enum err err = OK;
	while (err == OK && spares->n < SPARES_MAX)
		err = make(folder, spares);
	return err;
}

/* The bytes are whole before the name says so. */
static enum err put(int folder, const char *from, const char *to, struct secret bytes)
{
	CLEANUP(io_close) int fd = openat(folder, from, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || ftruncate(fd, (off_t)bytes.len) != 0 || write_all(fd, bytes.at, bytes.len) != OK ||
	    fsync(fd) != 0)
		return ERR_IO;
	return renameat(folder, from, folder, to) == 0 ? OK : ERR_IO;
}

enum err spare_take(int folder, struct spares *spares, const char *name, struct secret bytes)
{
	if (bytes.len > SPARE_SIZE)
		return ERR_TOO_LARGE;
	if (spares->n == 0)
		return ERR_NOT_FOUND;
	struct name from = name_of(&spares->ids[--spares->n]);
	enum err err = put(folder, from.text, name, bytes);
	if (err != OK) {
		(void)unlinkat(folder, from.text, 0);
		return err;
	}
	if (fsync(folder) == 0)
		return OK;
	(void)unlinkat(folder, name, 0);
	return ERR_IO;
}
