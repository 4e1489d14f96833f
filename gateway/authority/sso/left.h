/* left.h - what somebody has signed out of, and what came of it. */
#ifndef SPOM_AUTHORITY_SSO_LEFT_H
#define SPOM_AUTHORITY_SSO_LEFT_H
#include "authority/call/call.h"

enum err left_on_signed_out(struct call *call, const void *ask, struct wire_any *answer_r);

#endif
