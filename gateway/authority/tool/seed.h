/* seed.h - private to seedtool: what it makes of a list of people on stdin, on stdout. */
#ifndef SPOM_AUTHORITY_TOOL_SEED_H
#define SPOM_AUTHORITY_TOOL_SEED_H
#include "base/attr.h"
#include "base/err.h"

/* Accounts as LDIF below base, sealed with the master key. ERR_MALFORMED: a line is no person; else errors of keys_new, seal, stdout. */
NODISCARD enum err seed_accounts(const char *master_key_file, const char *base);

/* Services as LDIF below base, sealed with the master key. ERR_MALFORMED: a line is no service; else the same errors. */
NODISCARD enum err seed_services(const char *master_key_file, const char *base);

/* Live sessions in the store of the settings, and who holds what. ERR_MALFORMED as above; else errors of the settings, the
 * keys and the store. */
NODISCARD enum err seed_sessions(const char *settings_file, const char *origin);

/* Hands each line of stdin, without its end, to take, which may change it; until there is no more, or one fails. */
NODISCARD enum err seed_lines(enum err (*take)(void *context, char *line), void *context);

#endif
