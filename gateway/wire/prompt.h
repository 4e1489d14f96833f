/* prompt.h - a frame as the data of a PAM_BINARY_PROMPT, between the module and a PAM application of ours (gate).
 *
 * What libpam carries through untouched: u32 whole length, big-endian, a control byte, then the frame with its head. The
 * reader cannot know how much memory stands behind the pointer: the length in front is all that there is, and the other
 * side lives in the same process. */
#ifndef SPOM_WIRE_PROMPT_H
#define SPOM_WIRE_PROMPT_H
#include "wire/frame.h"

#define PROMPT_HEAD 5u
#define PROMPT_CONTROL 0x53 /* no control of libpamc's, so that its agents leave it alone */

/* A prompt in malloc'd memory, which prompt_free erases; what a conversation answers with belongs to the module. Errors as
 * frame_write. */
NODISCARD enum err prompt_make(struct wire_any any, uint64_t trace, uint8_t **prompt_r);

/* Decodes a copy on the arena, so that the result lives as long as that. ERR_MALFORMED: not a prompt of ours. */
NODISCARD enum err prompt_read(
    const uint8_t *prompt, struct arena *arena, uint64_t *trace_r, struct wire_any *any_r);

/* Erases, frees, clears; NULL-safe. Only for prompts whose length in front is true. */
void prompt_free(uint8_t **prompt);

#endif
