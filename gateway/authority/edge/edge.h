/* edge.h - what machines ask: programs of ours about their settings and our health, web servers about a session. */
#ifndef SPOM_AUTHORITY_EDGE_EDGE_H
#define SPOM_AUTHORITY_EDGE_EDGE_H
#include <stdbool.h>
#include "authority/call/call.h"

enum err edge_on_check(struct call *call, const void *ask, struct wire_any *answer_r);
enum err edge_on_hand_over(struct call *call, const void *ask, struct wire_any *answer_r);
enum err edge_on_metrics(struct call *call, const void *ask, struct wire_any *answer_r);
enum err edge_on_front_settings(struct call *call, const void *ask, struct wire_any *answer_r);
enum err edge_on_gate_settings(struct call *call, const void *ask, struct wire_any *answer_r);
enum err edge_on_courier_settings(struct call *call, const void *ask, struct wire_any *answer_r);
enum err edge_on_mail_next(struct call *call, const void *ask, struct wire_any *answer_r);
enum err edge_on_mail_sent(struct call *call, const void *ask, struct wire_any *answer_r);
enum err edge_on_mail_failed(struct call *call, const void *ask, struct wire_any *answer_r);
enum err edge_on_health(struct call *call, const void *ask, struct wire_any *answer_r);

/* Answers many checks with one round trip to the store: a loop_batch (call/loop.h). */
void edge_check_many(struct call **calls, unsigned n, bool *done);

#endif
