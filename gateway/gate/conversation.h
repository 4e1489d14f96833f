/* conversation.h - gate's PAM conversation function: what a browser's turn answers to the modules.
 *
 * Only pam_spom asks, and only whole messages (PAM_BINARY_PROMPT). What the turn brought is given once, for the ask that it was
 * meant for; every other ask is remembered and answered with PAM_CONV_AGAIN. A text prompt comes from a module that does not
 * belong into the stack and is never answered. */
#ifndef SPOM_GATE_CONVERSATION_H
#define SPOM_GATE_CONVERSATION_H
#include <security/pam_appl.h>
#include <stdint.h>
#include "wire/wire.h"

struct arena;

struct conversation {
	const struct msg_turn *turn; /* borrowed */
	struct arena *arena;         /* what is remembered lies there */
	uint64_t trace;
	bool is_answered;        /* the turn's reply was given */
	struct wire_any ask;     /* the ask that waits; .msg NULL: none, as below */
	struct wire_any refusal; /* login_denied or refused, the last one */
	const struct msg_login_done *done;
};

/* For struct pam_conv; appdata is a struct conversation. */
int conversation_answer(
    int count, const struct pam_message **messages, struct pam_response **responses_r, void *appdata);

#endif
