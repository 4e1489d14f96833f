/* reload.h - new settings without a restart: on SIGHUP, and when an operator says so. */
#ifndef SPOM_AUTHORITY_RELOAD_H
#define SPOM_AUTHORITY_RELOAD_H
#include "base/attr.h"
#include "base/err.h"

struct authority;
struct conf;

/* Takes the file as the authority's first settings; they and all that follow belong to this module from then on. ERR_CONFIG: faulty,
 * each fault is logged. */
NODISCARD enum err reload_first(struct authority *authority, const char *file);

/* Reads the file again. A file with a fault changes nothing: each fault is logged with its line, and the settings stay
 * (ERR_CONFIG). Otherwise all settings count from now on but those that take a restart, which are logged by name. Nothing is
 * changed either when that cannot be recorded (the error of audit_record). May be called by any thread. */
NODISCARD enum err authority_reload(struct authority *authority);

/* Starts the thread that waits for SIGHUP. The signal must be blocked in every thread: call reload_block before the first. */
void reload_block(void);
NODISCARD enum err reload_start(struct authority *authority);
void reload_stop(void);

/* Frees all settings; nobody reads them any more. */
void reload_forget(struct authority *authority);

#endif
