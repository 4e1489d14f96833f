/* identities.h - the accounts of the directory that SPOM uses: each is tried with its password before the next question. Private to
 * gateway/ctl/setup. */
#ifndef SPOM_CTL_SETUP_IDENTITIES_H
#define SPOM_CTL_SETUP_IDENTITIES_H
#include "ctl/setup/setup.h"

/* Asks for the DN (found is offered; "-" means none where the setting is not required) and its password until the directory takes both, at
 * most DIALOGUE_TRIES times. *look_r: bound so, the caller closes it; NULL: none is wanted. Errors of dialogue.h. */
NODISCARD enum err identity_ask(struct setup *setup, const char *section, const char *key,
    enum setup_secret which, const char *found, struct look **look_r);

/* "NAME,BASE" on the arena; NULL where base is "" or memory is out. */
const char *identity_below(struct setup *setup, const char *name, const char *base);

#endif
