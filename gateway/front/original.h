/* original.h - the address that a browser asked the edge for, taken apart. Whatever could be read in two ways is none. */
#ifndef SPOM_FRONT_ORIGINAL_H
#define SPOM_FRONT_ORIGINAL_H
#include <stdbool.h>
#include "base/arena.h"
#include "base/text.h"

#define ORIGINAL_ORIGIN_MAX 200u
#define ORIGINAL_NEXT_MAX \
	1500u /* percent-encoded: with more, the header fields of redirects grow too large for proxies */

#define ORIGINAL_PATH_MAX 8192u /* as of our own */

struct original {
	struct text
	    origin;       /* as browsers write it: lower case, without the scheme's own port; on the arena */
	struct text path; /* with the query; "/" when there was none */
	bool secure;      /* https */
};

/* Takes "https://host:443/path?query" apart. false: it is no such address: another scheme, a user before the host, odd characters; or a path
 * that servers read in different ways where that counts: control characters and backslashes, escaped or not, an escape that is none, and a
 * path of ours by another spelling (/x/../-/spom/, /%2d/spom/). All other paths stay as they came, as the application will see them. */
NODISCARD bool original_read(struct text url, struct arena *arena, struct original *original_r);

/* The address of an edge that names its parts (X-Forwarded-Proto, -Host, -Uri), on the arena; absent: one of them is none. */
struct text original_join(struct text scheme, struct text host, struct text uri, struct arena *arena);

/* Whether a path is one of those that are SPOM's on every application's host. */
bool original_is_ours(struct text path);

#endif
