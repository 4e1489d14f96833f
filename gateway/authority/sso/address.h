/* address.h - private to sso: the addresses by which services of CAS call themselves.
 *
 * A client names its own address with each request, and people are sent there with a ticket: so an address counts only where it is registered,
 * byte for byte. Three kinds of registration stand for several addresses:
 *
 *     a path that ends in a slash and a *       all below it: clients send the address of the page that was wanted
 *     a * for the first label of the host       any one label in that place
 *     http://127.0.0.1 and http://[::1]         any port of the loopback (RFC 8252 section 7.3)
 *
 * Whatever two programs could read in two ways is nobody's address, also where it is registered. */
#ifndef SPOM_AUTHORITY_SSO_ADDRESS_H
#define SPOM_AUTHORITY_SSO_ADDRESS_H
#include <stdbool.h>
#include "authority/sso/uri.h"
#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/text.h"

#define ADDRESS_MAX 500u       /* bytes of a registered one */
#define ADDRESS_SLASHES_MAX 8u /* of the path before the last * */
#define ADDRESS_FINDS_MAX 18u  /* exact and each path, for the host and for any label */

/* Whether a path has no segment of dots, and nothing encoded that is read in two ways: slashes, backslashes, percent signs, controls. */
bool address_has_plain_path(const struct uri *uri);

/* Whether an address stands for itself alone: http or https, a host in lower case, no user, no fragment, a plain path. */
bool address_is_plain(struct text address);

/* Whether a registered address is, or stands for, that one. */
bool address_is_of(struct text registered, struct text address);

/* What stands for several in a registered address: the host's first label, the end of the path. */
bool address_is_any_label(const struct uri *registered);
bool address_is_any_below(const struct uri *registered);

/* The text by which a service is found that is registered with that address, on the arena; absent when memory is out. */
struct text address_find(struct text registered, struct arena *arena);

/* The texts of all registered addresses that could stand for that one, the nearest first. ERR_MALFORMED: nobody's. */
NODISCARD enum err address_finds(
    struct text address, struct arena *arena, struct text finds[ADDRESS_FINDS_MAX], unsigned *n_r);

#endif
