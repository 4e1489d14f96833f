/* cookie.h - the browser's side of a login: a sealed cookie that costs no store, and the values that hang on it. */
#ifndef SPOM_AUTHORITY_LOGIN_COOKIE_H
#define SPOM_AUTHORITY_LOGIN_COOKIE_H
#include "authority/authority.h"
#include "base/arena.h"
#include "base/err.h"
#include "wire/wire.h"

/* Opens a cookie. ERR_STALE: forged, truncated, foreign or expired; nobody learns which. */
NODISCARD enum err login_cookie_open(struct authority *authority, struct secret cookie, struct arena *arena,
    const struct msg_login_cookie **cookie_r);

/* Seals a cookie with that content on the arena. */
NODISCARD enum err login_cookie_seal(struct authority *authority, const struct msg_login_cookie *content,
    struct arena *arena, struct secret *cookie_r);

/* The value that the forms of this browser's login carry, on the arena; absent when memory is out. */
struct secret login_cookie_csrf(struct authority *authority, const struct id *nonce, struct arena *arena);

/* Where a login may lead: a path of the portal ("/...", not "//..."), or an address under one of its origins. Everything else,
 * also every spelling that browsers read as another host, gives the absent text. */
struct text login_next(const struct authority *authority, struct text next);

#endif
