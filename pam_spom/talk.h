/* talk.h - the application's side of a conversation: its PAM conversation function, one message at a time.
 *
 * What the application answers is copied to the arena, then erased and freed at once. */
#ifndef SPOM_PAM_TALK_H
#define SPOM_PAM_TALK_H
#include <security/pam_modules.h>
#include <stdint.h>
#include "base/secret.h"
#include "wire/wire.h"

enum talk {
	TALK_FAILED, /* the application cannot or will not */
	TALK_AGAIN,  /* it has no answer yet (PAM_CONV_AGAIN) */
	TALK_DONE,
};

/* Longest line that is somebody's answer. */
#define TALK_ANSWER_MAX 1024u

/* Asks for one line without echo. A longer one is cut to TALK_ANSWER_MAX + 1 bytes, which fit into no message. */
NODISCARD enum talk talk_ask(
    pam_handle_t *pamh, const char *prompt, struct arena *arena, struct secret *answer_r);

/* Shows one line (PAM_TEXT_INFO or PAM_ERROR_MSG); whether it arrived changes nothing. */
void talk_show(pam_handle_t *pamh, int style, const char *line);

/* Hands a message over to a PAM application of ours and takes its answer, if it gives one: answer_r->msg is NULL else. */
NODISCARD enum talk talk_frame(pam_handle_t *pamh, struct wire_any any, uint64_t trace, struct arena *arena,
    uint64_t *trace_r, struct wire_any *answer_r);

#endif
