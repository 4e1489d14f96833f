/* state.h - what a struct directory consists of; for the files of this folder alone. */
#ifndef SPOM_AUTHORITY_DIRECTORY_STATE_H
#define SPOM_AUTHORITY_DIRECTORY_STATE_H
#include <stdint.h>
#include "authority/directory/ldapc.h"
#include "authority/directory/pool.h"
#include "authority/directory/servers.h"
#include "authority/directory/settings.h"
#include "base/arena.h"

/* Settings as they were kept once. Those of before live on for who reads them, until the directory is freed. */
struct kept_settings {
	struct directory_settings settings; /* its decoy_dn is never empty; without passwords */
	struct arena arena;
	struct kept_settings *former;
};

struct directory {
	const struct directory_settings *_Atomic settings; /* of the newest */
	struct kept_settings *newest;
	struct secret read_password; /* owned */
	struct secret proxy_password;
	struct secret store_password;
	struct ldapc_kind bind_kind;
	struct ldapc_kind search_kind;
	struct ldapc_kind proxy_kind;
	struct ldapc_kind records_kind;
	struct directory_settings records_settings; /* whose servers are those of the records */
	struct servers *servers;
	struct servers *records_servers; /* NULL: the records lie on the same ones */
	struct pool *bind;               /* only ever binds */
	struct pool *search;             /* bound as the reading identity, never again */
	struct pool
	    *proxy; /* bound as the proxy identity, uses the control each time; NULL without that identity */
	struct pool *records; /* bound as the identity of the records; NULL without it */
};

/* The deadline of an operation that begins now. */
int64_t directory_deadline(const struct directory *directory);

#endif
