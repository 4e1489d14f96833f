/* judge.h - private to sso: bytes of strangers are judged by spom-judge, a program without keys. Where it is away, or falls over them, that one request
 * is an error, and all else goes on. */
#ifndef SPOM_AUTHORITY_SSO_JUDGE_H
#define SPOM_AUTHORITY_SSO_JUDGE_H
#include "authority/call/call.h"

#define JUDGE_DEADLINE_MS 2000

/* What it makes of that, on the call's arena. ERR_MALFORMED: nothing that it should be, and *fault_r says why; ERR_JUDGE: it did not answer
 * (logged). */
NODISCARD enum err judge_ask(struct call *call, struct wire_any question, const struct wire_msg *wanted,
    const void **judged_r, enum judge_fault *fault_r);

#endif
