/* servers.h - which directory servers answer.
 *
 * A server lives until an operation finds it broken. It is then suspect, and a thread of its own probes it at once: where the probe
 * answers it lives on, else it is dead and probed every probe_ms. Nobody but that thread ever waits for a dead server. */
#ifndef SPOM_AUTHORITY_DIRECTORY_SERVERS_H
#define SPOM_AUTHORITY_DIRECTORY_SERVERS_H
#include <stdbool.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/err.h"

struct directory_settings;
struct ldapc_kind;
struct servers;

/* A server, and in which of its lives it was seen: what was opened in an earlier one is not used again. */
struct server_choice {
	const char *uri; /* borrowed */
	unsigned at;
	unsigned epoch;
	bool last; /* no other living server is left to try */
};

/* settings and kind (of unbound connections) are borrowed for as long as the servers live. */
NODISCARD enum err servers_new(
    const struct directory_settings *settings, const struct ldapc_kind *kind, struct servers **servers_r);
/* Other settings for the probes, as long-lived; the servers themselves stay. */
void servers_follow(struct servers *servers, const struct directory_settings *settings);
void servers_free(
    struct servers **servers); /* NULL-safe; waits for probes under way, at most the network timeout */

/* The first living server whose bit is not in tried; where only suspect ones are left, waits for what their probes say.
 * ERR_UNREACHABLE: none; ERR_TIMEOUT. */
NODISCARD enum err servers_choose(
    struct servers *servers, unsigned tried, int64_t deadline_ms, struct server_choice *choice_r);

/* The chosen server was broken. Told late, of an earlier life, it means nothing. */
void servers_suspect(struct servers *servers, const struct server_choice *choice);

/* Whether any server may still answer. */
bool servers_have_hope(struct servers *servers);

#endif
