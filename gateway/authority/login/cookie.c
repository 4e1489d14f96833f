#include "authority/login/cookie.h"
#include <string.h>
#include "authority/keys/keys.h"
#include "base/clock.h"
#include "base/enc.h"
#include "conf/conf.h"

#define CSRF_SIZE 24

enum err login_cookie_open(struct authority *authority, struct secret cookie, struct arena *arena,
    const struct msg_login_cookie **cookie_r)
{
	struct bytes plain;
	const void *at;
	if (cookie.at == NULL)
		return ERR_STALE;
	enum err err = keys_unseal(authority->keys, KEY_LOGIN_COOKIE, cookie, arena, &plain);
	if (err == OK)
		err = wire_decode(wire_msg_login_cookie(), (uint8_t *)plain.at, plain.len, arena, &at);
	if (err == ERR_NO_MEMORY)
		return err;
	if (err != OK)
		return ERR_STALE;
	const struct msg_login_cookie *content = at;
	if (content->expires <= clock_now_ms())
		return ERR_STALE;
	*cookie_r = content;
	return OK;
}

enum err login_cookie_seal(struct authority *authority, const struct msg_login_cookie *content,
    struct arena *arena, struct secret *cookie_r)
{
	uint8_t plain[2200]; /* more than the bounds of its fields */
	size_t len;
	enum err err = wire_encode(WIRE(login_cookie, content), plain, sizeof plain, &len);
	if (err != OK)
		return err;
	return keys_seal(authority->keys, KEY_LOGIN_COOKIE, (struct bytes){ plain, len }, arena, cookie_r);
}

struct secret login_cookie_csrf(struct authority *authority, const struct id *nonce, struct arena *arena)
{
	uint8_t hash[KEYS_HASH_SIZE];
	char text[ENC_BASE64URL_SIZE(CSRF_SIZE)];
	keys_hash(authority->keys, KEY_LOGIN_CSRF, nonce->bytes, sizeof nonce->bytes, hash);
	enc_base64url(hash, CSRF_SIZE, text);
	struct secret csrf = secret_copy(arena, text, sizeof text - 1);
	explicit_bzero(text, sizeof text);
	return csrf;
}

/* Browsers take a backslash for a slash and drop tabs and line ends; the latter cannot be here (no control characters
 * cross the wire), the former must not. */
static bool is_plain_path(struct text path)
{
	return path.len > 0 && path.at[0] == '/' && !text_starts_with(path, "//") &&
	       memchr(path.at, '\\', path.len) == NULL;
}

static bool is_under(struct text url, const char *origin)
{
	size_t len = strlen(origin);
	if (!text_starts_with(url, origin))
		return false;
	return url.len == len || is_plain_path((struct text){ url.at + len, url.len - len });
}

struct text login_next(const struct authority *authority, struct text next)
{
	const struct conf *conf = authority->conf;
	if (text_is_empty(next))
		return (struct text){ NULL, 0 };
	bool good = is_plain_path(next) || is_under(next, conf->portal.origin);
	for (unsigned i = 0; !good && i < conf->portal.also.n; i++)
		good = is_under(next, conf->portal.also.at[i]);
	return good ? next : (struct text){ NULL, 0 };
}
