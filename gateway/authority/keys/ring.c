/* ring.c - from the file of master keys to subkeys. */
#include "authority/keys/ring.h"
#include <string.h>
#include <sys/mman.h>
#include "base/enc.h"
#include "conf/conf.h"

static enum err derive(struct key *key)
{
	static const char WHAT[] = "spom key id";
	uint8_t hash[crypto_generichash_BYTES];
	if (crypto_generichash(hash, sizeof hash, (const unsigned char *)WHAT, sizeof WHAT - 1, key->master,
		sizeof key->master) != 0)
		return ERR_INTERNAL;
	memcpy(key->id, hash, sizeof key->id);
	for (unsigned i = 0; i < KEY_PURPOSE_COUNT_; i++) {
		if (crypto_kdf_derive_from_key(
			key->sub[i], sizeof key->sub[i], i + 1, "spom-v1 ", key->master) != 0)
			return ERR_INTERNAL;
	}
	return OK;
}

static bool is_known(const struct ring *ring, const struct key *key)
{
	for (unsigned i = 0; i < ring->n; i++) {
		if (memcmp(ring->keys[i].id, key->id, sizeof key->id) == 0)
			return true;
	}
	return false;
}

static enum err add(struct ring *ring, const char *line, size_t len)
{
	if (ring->n == KEYS_MAX)
		return ERR_MALFORMED;
	struct key *key = &ring->keys[ring->n];
	key->names_only = len > RING_NAMES_LEN && memcmp(line, RING_NAMES, RING_NAMES_LEN) == 0;
	size_t skip = key->names_only ? RING_NAMES_LEN : 0;
	enum err err = enc_from_base64url(line + skip, len - skip, key->master, sizeof key->master);
	if (err == OK)
		err = derive(key);
	/* what opens nothing stands behind what does */
	bool misplaced = key->names_only ? ring->n == 0 : ring->n > 0 && key[-1].names_only;
	if (err == OK && (misplaced || is_known(ring, key)))
		err = ERR_MALFORMED;
	ring->n += err == OK;
	return err;
}

static enum err add_all(struct ring *ring, struct secret text)
{
	const char *at = (const char *)text.at, *end = at + text.len;
	enum err err = OK;
	while (err == OK && at < end) {
		const char *line_end = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((line_end != NULL ? line_end : end) - at);
		bool crlf = len > 0 && at[len - 1] == '\r';
		err = add(ring, at, crlf ? len - 1 : len);
		at = line_end != NULL ? line_end + 1 : end;
	}
	return err;
}

static enum err fill(struct ring *ring, const char *file)
{
	if (*file == '\0') {
		secret_random(ring->keys[0].master, MASTER_SIZE);
		ring->n = 1;
		return derive(&ring->keys[0]);
	}
	CLEANUP(secret_free) struct secret text = { NULL, 0 };
	enum err err = conf_secret_lines(file, RING_FILE_MAX, &text);
	return err == OK ? add_all(ring, text) : err;
}

enum err ring_new(const char *file, const struct ring *older, const struct ring **ring_r)
{
	if (sodium_init() < 0)
		return ERR_INTERNAL;
	struct ring *ring = sodium_malloc(sizeof *ring);
	if (ring == NULL)
		return ERR_NO_MEMORY;
	memset(ring, 0, sizeof *ring);
	enum err err = fill(ring, file);
	if (err == OK && ring->n == 0)
		err = ERR_MALFORMED;
	ring->older = older;
	ring->locked = mlock(ring, sizeof *ring) == 0; /* sodium_malloc has tried, and does not say */
	if (err == OK && sodium_mprotect_readonly(ring) != 0)
		err = ERR_INTERNAL;
	if (err != OK)
		sodium_free(ring);
	else
		*ring_r = ring;
	return err;
}

void ring_free(const struct ring **ring)
{
	while (*ring != NULL) {
		const struct ring *older = (*ring)->older;
		sodium_free((struct ring *)*ring);
		*ring = older;
	}
}
