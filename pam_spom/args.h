/* args.h - what stands behind pam_spom.so in a PAM line. */
#ifndef SPOM_PAM_ARGS_H
#define SPOM_PAM_ARGS_H
#include <security/pam_modules.h>
#include <stdbool.h>
#include "wire/wire.h"

#define ARGS_SOCKET "/run/spom/pam/authority.sock"

struct args {
	const char *socket;
	const char *service; /* NULL: PAM_SERVICE */
	enum pam_mode mode;
};

/* Reads socket=PATH (absolute), mode=full|mfa and service=NAME; the strings stay libpam's. Anything else is logged and
 * gives false: a line that is not understood lets nobody in. */
NODISCARD bool args_read(pam_handle_t *pamh, int argc, const char **argv, struct args *args_r);

#endif
