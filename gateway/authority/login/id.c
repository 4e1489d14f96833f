/* id.c - the ids of asks. A form's id is half random and half derived from the browser's cookie: the first ask costs no store, and yet the
 * id of a form that we never gave is known as one. */
#include <string.h>
#include "authority/keys/keys.h"
#include "authority/login/talk.h"
#include "base/enc.h"

#define HALF (WIRE_ID_SIZE / 2)

static void other_half(
    struct authority *authority, const struct id *nonce, const uint8_t half[HALF], uint8_t other[HALF])
{
	uint8_t bytes[WIRE_ID_SIZE + HALF], hash[KEYS_HASH_SIZE];
	memcpy(bytes, nonce->bytes, WIRE_ID_SIZE);
	memcpy(bytes + WIRE_ID_SIZE, half, HALF);
	keys_hash(authority->keys, KEY_LOGIN_FORM, bytes, sizeof bytes, hash);
	memcpy(other, hash, HALF);
}

void login_form_new(struct authority *authority, const struct id *nonce, struct id *form_r)
{
	secret_random(form_r->bytes, HALF);
	other_half(authority, nonce, form_r->bytes, form_r->bytes + HALF);
}

bool login_form_is_ours(struct authority *authority, const struct id *nonce, const struct id *form)
{
	uint8_t other[HALF];
	other_half(authority, nonce, form->bytes, other);
	return secret_equal(
	    (struct secret){ other, HALF }, (struct secret){ (unsigned char *)form->bytes + HALF, HALF });
}

struct text login_ask_id(const struct id *form, uint64_t step, struct arena *arena)
{
	uint8_t bytes[ASK_ID_SIZE];
	memcpy(bytes, form->bytes, WIRE_ID_SIZE);
	bytes[WIRE_ID_SIZE] = (uint8_t)step;
	char *text = arena_alloc(arena, ENC_BASE64URL_SIZE(ASK_ID_SIZE));
	if (text == NULL)
		return (struct text){ NULL, 0 };
	enc_base64url(bytes, sizeof bytes, text);
	return text_of(text);
}

bool login_ask_parse(struct text id, struct id *form_r, uint64_t *step_r)
{
	uint8_t bytes[ASK_ID_SIZE];
	if (enc_from_base64url(text_str(id), id.len, bytes, sizeof bytes) != OK)
		return false;
	memcpy(form_r->bytes, bytes, WIRE_ID_SIZE);
	*step_r = bytes[WIRE_ID_SIZE];
	return true;
}

bool login_id_equal(const struct id *a, const struct id *b)
{
	return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}
