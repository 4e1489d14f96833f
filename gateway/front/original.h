/* original.h - the address that a browser asked the edge for, taken apart. Whatever could be read in two ways is none. */
#ifndef SPOM_FRONT_ORIGINAL_H
#define SPOM_FRONT_ORIGINAL_H
#include <stdbool.h>
#include "base/arena.h"
#include "base/text.h"

#define ORIGINAL_ORIGIN_MAX 200u
#define ORIGINAL_NEXT_MAX \
	1500u /* percent-encoded: with more, the header fields of redirects grow too large for proxies */

struct original {
	struct text
	    origin;       /* as browsers write it: lower case, without the scheme's own port; on the arena */
	struct text path; /* with the query; "/" when there was none */
	bool secure;      /* https */
};

/* Takes "https://host:443/path?query" apart. false: it is no such address: another scheme, a user before the host, odd characters. */
NODISCARD bool original_read(struct text url, struct arena *arena, struct original *original_r);

#endif
