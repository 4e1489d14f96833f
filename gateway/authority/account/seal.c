#include "authority/account/seal.h"
#include <string.h>
#include "base/enc.h"

#define RECORD_MAX 1024
#define CODE_MAX 64
#define PERSON_MAX 128
#define ID_LEN (WIRE_ID_TEXT_SIZE - 1)

/* "factor", person, factor id; the NULs between them, which no id of a person holds, keep them apart. */
static struct bytes associated_of(struct text person, const struct id *factor, struct arena *arena)
{
	static const char KIND[] = "factor";
	size_t len = sizeof KIND + person.len + 1 + sizeof factor->bytes;
	uint8_t *bytes = arena_alloc(arena, len);
	if (bytes == NULL)
		return (struct bytes){ 0 };
	memcpy(bytes, KIND, sizeof KIND);
	memcpy(bytes + sizeof KIND, person.at, person.len);
	memcpy(bytes + len - sizeof factor->bytes, factor->bytes, sizeof factor->bytes);
	return (struct bytes){ bytes, len };
}

enum err seal_factor(const struct keys *keys, struct text person, const struct msg_factor_record *factor,
    struct arena *arena, struct text *value_r)
{
	uint8_t *body = arena_alloc(arena, RECORD_MAX);
	struct bytes associated = associated_of(person, &factor->id, arena);
	struct secret sealed;
	size_t len;
	if (body == NULL || associated.at == NULL)
		return ERR_NO_MEMORY;
	enum err err = wire_encode(WIRE(factor_record, factor), body, RECORD_MAX, &len);
	if (err == OK)
		err =
		    keys_seal_for(keys, KEY_FACTOR, (struct bytes){ body, len }, associated, arena, &sealed);
	if (err != OK)
		return err;
	char id[WIRE_ID_TEXT_SIZE];
	wire_id_text(&factor->id, id);
	const char *value = arena_printf(arena, "%s:%.*s", id, (int)sealed.len, (const char *)sealed.at);
	if (value == NULL)
		return ERR_NO_MEMORY;
	*value_r = text_of(value);
	return OK;
}

/* The two parts of a value. */
static bool split(struct text value, struct id *id, struct secret *sealed)
{
	if (value.len <= ID_LEN + 1 || value.at[ID_LEN] != ':')
		return false;
	*sealed = (struct secret){ (unsigned char *)value.at + ID_LEN + 1, value.len - ID_LEN - 1 };
	return enc_from_base64url(value.at, ID_LEN, id->bytes, sizeof id->bytes) == OK;
}

enum err seal_open_factor(const struct keys *keys, struct text person, struct text value, struct arena *arena,
    const struct msg_factor_record **factor_r)
{
	struct id id;
	struct secret sealed;
	struct bytes plain;
	if (!split(value, &id, &sealed))
		return ERR_MALFORMED;
	struct bytes associated = associated_of(person, &id, arena);
	if (associated.at == NULL)
		return ERR_NO_MEMORY;
	enum err err = keys_unseal_for(keys, KEY_FACTOR, sealed, associated, arena, &plain);
	const void *record = NULL;
	if (err == OK)
		err = wire_decode(wire_msg_factor_record(), (uint8_t *)plain.at, plain.len, arena, &record);
	if (err != OK)
		return err == ERR_NO_MEMORY ? err : ERR_MALFORMED;
	const struct msg_factor_record *factor = record;
	if (memcmp(&factor->id, &id, sizeof id) != 0)
		return ERR_MALFORMED;
	*factor_r = factor;
	return OK;
}

bool seal_is_of(struct text value, const struct id *factor)
{
	struct id id;
	struct secret sealed;
	return split(value, &id, &sealed) && memcmp(&id, factor, sizeof id) == 0;
}

bool seal_is_current(const struct keys *keys, struct text value)
{
	struct id id;
	struct secret sealed;
	return split(value, &id, &sealed) && keys_is_current(keys, sealed);
}

bool seal_key(struct text value, char key[KEYS_ID_TEXT_SIZE])
{
	struct id id;
	struct secret sealed;
	return split(value, &id, &sealed) && keys_id_of(sealed, key);
}

/* As the code was made, however it was typed. */
static enum err plain_code(struct secret code, uint8_t plain[CODE_MAX], size_t *len_r)
{
	size_t len = 0;
	for (size_t i = 0; i < code.len; i++) {
		unsigned char c = code.at[i];
		if (c == ' ' || c == '\t' || c == '-')
			continue;
		if (len == CODE_MAX)
			return ERR_MALFORMED;
		plain[len++] = c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
	}
	*len_r = len;
	return len > 0 ? OK : ERR_MALFORMED;
}

enum err seal_recovery(
    const struct keys *keys, struct text person, struct secret code, char value[SEAL_RECOVERY_SIZE])
{
	uint8_t bytes[PERSON_MAX + 1 + CODE_MAX] = { 0 }, hash[KEYS_HASH_SIZE];
	size_t len;
	_Static_assert(SEAL_RECOVERY_SIZE == ENC_BASE64URL_SIZE(KEYS_HASH_SIZE), "a hash as text");
	if (person.len > PERSON_MAX)
		return ERR_MALFORMED;
	memcpy(bytes, person.at, person.len); /* and a NUL behind */
	enum err err = plain_code(code, bytes + person.len + 1, &len);
	if (err == OK) {
		keys_hash(keys, KEY_RECOVERY, bytes, person.len + 1 + len, hash);
		enc_base64url(hash, sizeof hash, value);
	}
	explicit_bzero(bytes, sizeof bytes);
	return err;
}
