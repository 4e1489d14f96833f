/* kept.h - what authentication leaves for the account phase of the same PAM handle: its connection and whose it is.
 *
 * In sshd the account phase may run in another process, and an application may have closed descriptors that it does not
 * know: the connection is used only by the process that made it, and only while the descriptor is still that socket. */
#ifndef SPOM_PAM_KEPT_H
#define SPOM_PAM_KEPT_H
#include <security/pam_modules.h>
#include "base/text.h"
#include "wire/link.h"

enum kept {
	KEPT_OTHER,   /* authentication was somebody else's */
	KEPT_NOTHING, /* no authentication here, or its connection is gone */
	KEPT_LINK,
};

/* Takes the link over until the handle ends. */
NODISCARD bool kept_store(pam_handle_t *pamh, struct link *link, struct text user, uint64_t trace);

/* Forgets what an earlier authentication of this handle left. */
void kept_forget(pam_handle_t *pamh);

/* With KEPT_LINK the link is the caller's, and *trace_r the login's. */
NODISCARD enum kept kept_take(pam_handle_t *pamh, struct text user, struct link *link_r, uint64_t *trace_r);

#endif
