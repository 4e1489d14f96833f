/* settings.h - what gate knows: it reads no settings file but asks the authority, once, when it starts. */
#ifndef SPOM_GATE_SETTINGS_H
#define SPOM_GATE_SETTINGS_H
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/attr.h"
#include "base/err.h"
#include "base/io.h"

struct settings {
	char authority[IO_PATH_MAX + 1]; /* the gate's socket of the authority */
	char turns[IO_PATH_MAX + 1];     /* where gate listens */
	char service[65];                /* the PAM service */
	char confdir[201];               /* "": the system's */
	unsigned children;
	int64_t turn_timeout_ms;
	uid_t door_uid;
	bool has_foreign; /* modules beside ours are in the stack: a process for each turn */
};

/* The paths under the folder of sockets. ERR_TOO_LARGE. */
NODISCARD enum err settings_paths(const char *sockets, struct settings *settings_r);

/* Asks until the authority answers, which may start later than gate does; fills in the rest but has_foreign. ERR_CONFIG: what
 * it answered cannot be served (logged). */
NODISCARD enum err settings_wait(struct settings *settings);

#endif
