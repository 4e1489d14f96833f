#include "authority/keys/keys.h"
#include <stdlib.h>
#include <string.h>
#include "authority/keys/ring.h"
#include "base/enc.h"

#define FORMAT 1
#define HEAD_SIZE (1 + KEY_ID_SIZE)
#define NONCE_SIZE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_SIZE crypto_aead_xchacha20poly1305_ietf_ABYTES
_Static_assert(KEYS_SEAL_EXTRA == HEAD_SIZE + NONCE_SIZE + TAG_SIZE, "the head of a sealed value");
_Static_assert(KEYS_HASH_SIZE == crypto_generichash_BYTES, "hash size");
_Static_assert(KEYS_ID_TEXT_SIZE == ENC_HEX_SIZE(KEY_ID_SIZE), "key id as text");

enum err keys_new(const char *master_key_file, struct keys **keys_r)
{
	struct keys *keys = calloc(1, sizeof *keys);
	if (keys == NULL)
		return ERR_NO_MEMORY;
	const struct ring *ring;
	enum err err = ring_new(master_key_file, NULL, &ring);
	if (err != OK) {
		free(keys);
		return err;
	}
	keys->ring = ring;
	*keys_r = keys;
	return OK;
}

void keys_free(struct keys **keys)
{
	if (*keys == NULL)
		return;
	const struct ring *ring = (*keys)->ring;
	ring_free(&ring);
	free(*keys);
	*keys = NULL;
}

/* One thread reloads; the others see the old ring or the new one, and the old one stays. */
enum err keys_reload(struct keys *keys, const char *master_key_file)
{
	const struct ring *ring;
	if (*master_key_file == '\0')
		return ERR_CONFIG; /* a key of this process alone is never made anew */
	enum err err = ring_new(master_key_file, keys->ring, &ring);
	if (err == OK)
		keys->ring = ring;
	return err;
}

bool keys_are_locked(const struct keys *keys)
{
	return ((const struct ring *)keys->ring)->locked;
}

/* Whether what is hashed is a name, which has to outlive rotations. */
static bool is_name(enum key_purpose purpose)
{
	switch (purpose) {
	case KEY_LOGIN_STORE:
	case KEY_LOGIN_PENDING:
	case KEY_LOGIN_PASSED:
	case KEY_LOGIN_CLAIMED:
	case KEY_LOGIN_ANSWER:
	case KEY_LOGIN_FORM:
	case KEY_SESSION_STORE:
	case KEY_PERSON_STORE:
	case KEY_COUNT_STORE:
	case KEY_STEP_STORE:
	case KEY_ACT_STORE:
	case KEY_TICKET_STORE:
	case KEY_CODE_STORE:
	case KEY_TOKEN_STORE:
	case KEY_REFRESH_STORE:
	case KEY_PUSHED_STORE:
	case KEY_CAS_STORE:
	case KEY_SAML_STORE:
	case KEY_SAML_INDEX:
	case KEY_TRAIL_STORE:
	case KEY_VISIT:
	case KEY_JTI_STORE:
	case KEY_DEVICE_STORE:
	case KEY_USER_CODE_STORE:
	case KEY_ASSERTION_STORE:
	case KEY_RELEASE_NAME:
	case KEY_CONSENT_STORE:
	case KEY_ENTITY_STORE:
	case KEY_RECOVERY:
	case KEY_CLIENT_SECRET:
	case KEY_SUBJECT:
		return true;
	case KEY_RELEASE:
	case KEY_CONSENT:
	case KEY_SAML_MARK:
	case KEY_LOGIN_COOKIE:
	case KEY_LOGIN_CSRF:
	case KEY_SESSION_CSRF:
	case KEY_STORE_VALUE:
	case KEY_APP_COOKIE:
	case KEY_DEVICE_COOKIE:
	case KEY_FACTOR:
	case KEY_AUDIT:
	case KEY_AUDIT_HEAD:
	case KEY_OUTBOX:
	case KEY_METADATA:
	case KEY_SERVICE:
	case KEY_SIGNING:
	case KEY_SSO_ASKED:
	case KEY_PURPOSE_COUNT_:
		break;
	}
	return false;
}

static void hash_under(const struct key *key, enum key_purpose purpose, const void *bytes, size_t len,
    uint8_t hash[KEYS_HASH_SIZE])
{
	if (crypto_generichash(
		hash, KEYS_HASH_SIZE, bytes, len, key->sub[purpose], sizeof key->sub[purpose]) != 0)
		abort(); /* only wrong sizes fail, and they are constants */
}

void keys_hash(const struct keys *keys, enum key_purpose purpose, const void *bytes, size_t len,
    uint8_t hash[KEYS_HASH_SIZE])
{
	const struct ring *ring = keys->ring;
	hash_under(&ring->keys[is_name(purpose) ? ring->n - 1 : 0], purpose, bytes, len, hash);
}

bool keys_hash_matches(const struct keys *keys, enum key_purpose purpose, const void *bytes, size_t len,
    const uint8_t hash[KEYS_HASH_SIZE])
{
	const struct ring *ring = keys->ring;
	uint8_t wanted[KEYS_HASH_SIZE];
	bool matches = false;
	for (unsigned i = 0; i < ring->n; i++) {
		bool counts = is_name(purpose) ? i == ring->n - 1 : !ring->keys[i].names_only;
		hash_under(&ring->keys[i], purpose, bytes, len, wanted);
		matches |= sodium_memcmp(hash, wanted, sizeof wanted) == 0 && counts;
	}
	explicit_bzero(wanted, sizeof wanted);
	return matches;
}

/* What is authenticated beside the plain bytes: the head, whose size is fixed, and what the caller names. */
static uint8_t *join(
    struct arena *arena, const uint8_t head[HEAD_SIZE], struct bytes associated, size_t *len_r)
{
	uint8_t *joined = arena_alloc(arena, HEAD_SIZE + associated.len);
	if (joined == NULL)
		return NULL;
	memcpy(joined, head, HEAD_SIZE);
	if (associated.len > 0)
		memcpy(joined + HEAD_SIZE, associated.at, associated.len);
	*len_r = HEAD_SIZE + associated.len;
	return joined;
}

enum err keys_seal_for(const struct keys *keys, enum key_purpose purpose, struct bytes plain,
    struct bytes associated, struct arena *arena, struct secret *sealed_r)
{
	const struct key *key = &((const struct ring *)keys->ring)->keys[0];
	size_t len = plain.len + KEYS_SEAL_EXTRA, joined_len;
	uint8_t *sealed = arena_alloc(arena, len);
	char *text = arena_alloc(arena, ENC_BASE64URL_SIZE(len));
	if (sealed == NULL || text == NULL)
		return ERR_NO_MEMORY;
	sealed[0] = FORMAT;
	memcpy(sealed + 1, key->id, KEY_ID_SIZE);
	const uint8_t *joined = join(arena, sealed, associated, &joined_len);
	if (joined == NULL)
		return ERR_NO_MEMORY;
	uint8_t *nonce = sealed + HEAD_SIZE;
	secret_random(nonce, NONCE_SIZE);
	(void)crypto_aead_xchacha20poly1305_ietf_encrypt(nonce + NONCE_SIZE, NULL, plain.at, plain.len,
	    joined, joined_len, NULL, nonce, key->sub[purpose]);
	enc_base64url(sealed, len, text);
	*sealed_r = (struct secret){ (uint8_t *)text, ENC_BASE64URL_SIZE(len) - 1 };
	return OK;
}

/* The key with which that was sealed, if it still opens. */
static const struct key *key_of(const struct keys *keys, const uint8_t head[HEAD_SIZE])
{
	const struct ring *ring = keys->ring;
	for (unsigned i = 0; head[0] == FORMAT && i < ring->n; i++) {
		const struct key *key = &ring->keys[i];
		if (!key->names_only && memcmp(key->id, head + 1, KEY_ID_SIZE) == 0)
			return key;
	}
	return NULL;
}

enum err keys_unseal_for(const struct keys *keys, enum key_purpose purpose, struct secret sealed,
    struct bytes associated, struct arena *arena, struct bytes *plain_r)
{
	size_t len = sealed.len * 3 / 4, joined_len;
	if (len < KEYS_SEAL_EXTRA || sealed.len > 2 * WIRE_BODY_MAX)
		return ERR_MALFORMED;
	uint8_t *bytes = arena_alloc(arena, len);
	uint8_t *plain = arena_alloc(arena, len);
	if (bytes == NULL || plain == NULL)
		return ERR_NO_MEMORY;
	if (enc_from_base64url((const char *)sealed.at, sealed.len, bytes, len) != OK)
		return ERR_MALFORMED;
	const struct key *key = key_of(keys, bytes);
	if (key == NULL)
		return ERR_MALFORMED;
	const uint8_t *joined = join(arena, bytes, associated, &joined_len);
	if (joined == NULL)
		return ERR_NO_MEMORY;
	const uint8_t *nonce = bytes + HEAD_SIZE, *text = nonce + NONCE_SIZE;
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, text, len - HEAD_SIZE - NONCE_SIZE,
		joined, joined_len, nonce, key->sub[purpose]) != 0)
		return ERR_MALFORMED;
	*plain_r = (struct bytes){ plain, len - KEYS_SEAL_EXTRA };
	return OK;
}

enum err keys_seal(const struct keys *keys, enum key_purpose purpose, struct bytes plain, struct arena *arena,
    struct secret *sealed_r)
{
	return keys_seal_for(keys, purpose, plain, (struct bytes){ 0 }, arena, sealed_r);
}

enum err keys_unseal(const struct keys *keys, enum key_purpose purpose, struct secret sealed,
    struct arena *arena, struct bytes *plain_r)
{
	return keys_unseal_for(keys, purpose, sealed, (struct bytes){ 0 }, arena, plain_r);
}

/* The head of what is sealed: eight characters, and a byte of the nonce with it. */
static bool read_head(struct secret sealed, uint8_t head[HEAD_SIZE + 1])
{
	return sealed.len >= 8 && enc_from_base64url((const char *)sealed.at, 8, head, HEAD_SIZE + 1) == OK &&
	       head[0] == FORMAT;
}

bool keys_is_current(const struct keys *keys, struct secret sealed)
{
	uint8_t head[HEAD_SIZE + 1];
	const struct ring *ring = keys->ring;
	return read_head(sealed, head) && memcmp(ring->keys[0].id, head + 1, KEY_ID_SIZE) == 0;
}

bool keys_id_of(struct secret sealed, char id[KEYS_ID_TEXT_SIZE])
{
	uint8_t head[HEAD_SIZE + 1];
	if (!read_head(sealed, head))
		return false;
	enc_hex(head + 1, KEY_ID_SIZE, id);
	return true;
}

struct secret keys_token(struct arena *arena)
{
	uint8_t random[KEYS_TOKEN_SIZE];
	char text[ENC_BASE64URL_SIZE(KEYS_TOKEN_SIZE)];
	secret_random(random, sizeof random);
	enc_base64url(random, sizeof random, text);
	struct secret token = secret_copy(arena, text, sizeof text - 1);
	explicit_bzero(random, sizeof random);
	explicit_bzero(text, sizeof text);
	return token;
}
