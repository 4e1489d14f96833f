/* turn.h - one turn of a browser's login: one run of the PAM stack, auth and account, never setcred or a session. */
#ifndef SPOM_GATE_TURN_H
#define SPOM_GATE_TURN_H
#include <security/pam_appl.h>
#include "gate/settings.h"
#include "wire/link.h"

/* A PAM handle that does nothing but keep the service's modules and those of libpam's service `other` in memory, so that a
 * turn does not load them again. NULL when libpam cannot (logged); turns then say so, too. */
pam_handle_t *turn_hold_modules(const struct settings *settings);

/* Runs the stack. The result (an ask, login_denied, refused or turn_passed) lies on the arena. authority is opened where it is
 * not alive, and used only after the whole stack said yes. */
NODISCARD struct wire_any turn_run(const struct settings *settings, struct link *authority,
    const struct msg_turn *turn, uint64_t trace, struct arena *arena);

#endif
