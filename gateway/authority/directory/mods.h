/* mods.h - changes of an entry as libldap wants them. */
#ifndef SPOM_AUTHORITY_DIRECTORY_MODS_H
#define SPOM_AUTHORITY_DIRECTORY_MODS_H
#include <ldap.h>
#include "authority/directory/records.h"

/* A list on the arena, ended by NULL; its values are those of the changes, borrowed. n is not 0 (ERR_INTERNAL). */
NODISCARD enum err mods_make(
    const struct record_change *changes, unsigned n, struct arena *arena, LDAPMod ***mods_r);

/* What a code of a write means that is no word about the values: ERR_FORBIDDEN: the proxy is refused for this person; ERR_UNREACHABLE:
 * another server may do better; else ERR_CONFIG. */
enum err mods_fault(int code);

#endif
