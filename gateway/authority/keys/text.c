/* text.c - the file of master keys as operators write and keep it. */
#include <string.h>
#include "authority/keys/ring.h"
#include "base/enc.h"

#define KEY_TEXT_LEN (ENC_BASE64URL_SIZE(MASTER_SIZE) - 1)
#define LINE_MAX_LEN (RING_NAMES_LEN + KEY_TEXT_LEN + 1)

void keys_current_id(const struct keys *keys, char id[KEYS_ID_TEXT_SIZE])
{
	enc_hex(((const struct ring *)keys->ring)->keys[0].id, KEY_ID_SIZE, id);
}

bool keys_describe(const struct keys *keys, unsigned which, char id[KEYS_ID_TEXT_SIZE], bool *names_only_r)
{
	const struct ring *ring = keys->ring;
	if (which >= ring->n)
		return false;
	enc_hex(ring->keys[which].id, KEY_ID_SIZE, id);
	*names_only_r = ring->keys[which].names_only;
	return true;
}

void keys_count(const struct keys *keys, unsigned *all_r, unsigned *opening_r)
{
	const struct ring *ring = keys->ring;
	*all_r = ring->n;
	*opening_r = 0;
	for (unsigned i = 0; i < ring->n; i++)
		*opening_r += !ring->keys[i].names_only;
}

static void write_line(struct secret *text, const uint8_t master[MASTER_SIZE], bool names_only)
{
	char key[KEY_TEXT_LEN + 1];
	enc_base64url(master, MASTER_SIZE, key);
	if (names_only) {
		memcpy(text->at + text->len, RING_NAMES, RING_NAMES_LEN);
		text->len += RING_NAMES_LEN;
	}
	memcpy(text->at + text->len, key, KEY_TEXT_LEN);
	text->len += KEY_TEXT_LEN;
	text->at[text->len++] = '\n';
	explicit_bzero(key, sizeof key);
}

/* The lines go to room that is large enough, and then to a secret of their size. */
static enum err give(struct secret text, struct secret *text_r)
{
	struct secret given;
	enum err err = secret_own(text.len, &given);
	if (err != OK)
		return err;
	memcpy(given.at, text.at, text.len);
	*text_r = given;
	return OK;
}

static enum err room_for(unsigned lines, struct secret *room, struct secret *text)
{
	enum err err = secret_own(lines * LINE_MAX_LEN, room);
	*text = (struct secret){ room->at, 0 };
	return err;
}

static void write_fresh(struct secret *text)
{
	uint8_t master[MASTER_SIZE];
	secret_random(master, sizeof master);
	write_line(text, master, false);
	explicit_bzero(master, sizeof master);
}

static void write_all(struct secret *text, const struct ring *ring)
{
	for (unsigned i = 0; i < ring->n; i++)
		write_line(text, ring->keys[i].master, ring->keys[i].names_only);
}

enum err keys_backup_text(const struct keys *keys, struct secret *text_r)
{
	const struct ring *ring = keys->ring;
	CLEANUP(secret_free) struct secret room = { NULL, 0 };
	struct secret text;
	enum err err = room_for(ring->n, &room, &text);
	if (err != OK)
		return err;
	write_all(&text, ring);
	return give(text, text_r);
}

enum err keys_rotated_text(const struct keys *keys, struct secret *text_r)
{
	const struct ring *ring = keys->ring;
	CLEANUP(secret_free) struct secret room = { NULL, 0 };
	struct secret text;
	if (ring->n == KEYS_MAX)
		return ERR_TOO_LARGE;
	enum err err = room_for(ring->n + 1, &room, &text);
	if (err != OK)
		return err;
	write_fresh(&text);
	write_all(&text, ring);
	return give(text, text_r);
}

enum err keys_retired_text(const struct keys *keys, struct secret *text_r)
{
	const struct ring *ring = keys->ring;
	CLEANUP(secret_free) struct secret room = { NULL, 0 };
	struct secret text;
	enum err err = room_for(2, &room, &text);
	if (err != OK)
		return err;
	write_line(&text, ring->keys[0].master, false);
	if (ring->n > 1)
		write_line(&text, ring->keys[ring->n - 1].master, true);
	return give(text, text_r);
}
