/* totp.c - codes of authenticators: RFC 6238 with SHA-1, six digits, steps of 30 seconds, by liboath. */
#include <liboath/oath.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "authority/authority.h"
#include "authority/factor/private.h"
#include "authority/keys/keys.h"

#define SECRET_SIZE 20u                      /* 160 bits, as RFC 4226 section 4 recommends */
#define LEDGER_TTL_MS (400LL * 86400 * 1000) /* longer than any step can count: it also tells the last use */
#define BASE32_MAX 64u

bool totp_match(
    struct secret secret, const struct typed_code *code, int64_t now_ms, unsigned window, uint64_t *step_r)
{
	int position;
	uint64_t step;
	if (secret.at == NULL || secret.len == 0 || !code_is_digits(code) || now_ms < 0)
		return false;
	int result = oath_totp_validate4((const char *)secret.at, secret.len, (time_t)(now_ms / 1000),
	    FACTOR_PERIOD_S, 0, window, &position, &step, 0, code->text);
	if (result < 0)
		return false;
	*step_r = step;
	return true;
}

bool factor_totp_matches(
    struct secret secret, struct secret code, int64_t now_ms, unsigned window, uint64_t *step_r)
{
	struct typed_code typed;
	if (!code_read(code, &typed))
		return false;
	bool good = totp_match(secret, &typed, now_ms, window, step_r);
	code_erase(&typed);
	return good;
}

struct store_key ledger_key(struct authority *authority, struct text person, const struct id *factor)
{
	struct store_key key = { .kind = STORE_STEP };
	uint8_t name[WIRE_ID_SIZE + 128];
	size_t len = person.len < 128 ? person.len : 128;
	memcpy(name, factor->bytes, WIRE_ID_SIZE);
	memcpy(name + WIRE_ID_SIZE, person.at, len);
	keys_hash(authority->keys, KEY_STEP_STORE, name, WIRE_ID_SIZE + len, key.bytes);
	return key;
}

enum err factor_totp_spend(struct authority *authority, struct text person, const struct id *factor,
    uint64_t step, int64_t before_ms)
{
	struct store_key key = ledger_key(authority, person, factor);
	return store_step(authority->store, &key, step, before_ms, LEDGER_TTL_MS);
}

enum err factor_last_used(
    struct authority *authority, struct text person, const struct msg_factor_record *factor, int64_t *used_r)
{
	uint64_t step;
	struct store_key key = ledger_key(authority, person, &factor->id);
	enum err err = store_step_last(authority->store, &key, &step);
	if (err == ERR_NOT_FOUND)
		*used_r = 0;
	else if (err == OK)
		*used_r = (int64_t)step * FACTOR_PERIOD_S * 1000;
	return err == ERR_NOT_FOUND ? OK : err;
}

enum err factor_totp_new(struct arena *arena, struct secret *base32_r)
{
	uint8_t random[SECRET_SIZE];
	char *text = NULL;
	size_t len = 0;
	secret_random(random, sizeof random);
	int result = oath_base32_encode((const char *)random, sizeof random, &text, &len);
	explicit_bzero(random, sizeof random);
	if (result != OATH_OK)
		return result == OATH_MALLOC_ERROR ? ERR_NO_MEMORY : ERR_INTERNAL;
	struct secret base32 = secret_copy(arena, text, len);
	explicit_bzero(text, len);
	free(text);
	if (base32.at == NULL)
		return ERR_NO_MEMORY;
	*base32_r = base32;
	return OK;
}

enum err factor_totp_bytes(struct secret base32, struct arena *arena, struct secret *bytes_r)
{
	char *bytes = NULL;
	size_t len = 0;
	if (base32.at == NULL || base32.len == 0 || base32.len > BASE32_MAX || !secret_is_string(base32))
		return ERR_MALFORMED;
	int result = oath_base32_decode((const char *)base32.at, base32.len, &bytes, &len);
	if (result != OATH_OK)
		return result == OATH_MALLOC_ERROR ? ERR_NO_MEMORY : ERR_MALFORMED;
	struct secret copy = len > 0 ? secret_copy(arena, bytes, len) : (struct secret){ NULL, 0 };
	explicit_bzero(bytes, len);
	free(bytes);
	if (copy.at == NULL)
		return len > 0 ? ERR_NO_MEMORY : ERR_MALFORMED;
	*bytes_r = copy;
	return OK;
}
