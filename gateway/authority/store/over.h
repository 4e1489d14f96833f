/* over.h - private to the store: what this process has seen end, so that nobody brings it back.
 *
 * Who writes to the store may put a removed value back where it lay, sealed as it was, and take the ledger's last step away. Against a
 * whole process it is of no use to him: what was ended here (store_end) stays ended, and a step that was accepted here is not accepted again
 * (SECURITY 29). Of a fixed size; the oldest is forgotten. It ends with the process, and is no other one's: what has to hold
 * for longer than that is a person's generation. */
#ifndef SPOM_AUTHORITY_STORE_OVER_H
#define SPOM_AUTHORITY_STORE_OVER_H
#include "authority/store/store.h"

struct over;

NODISCARD enum err over_new(struct over **over_r);
void over_free(struct over **over); /* NULL-safe; clears */

/* A value of that key has ended. False: it had already. */
bool over_note(struct over *over, const struct store_key *key);

bool over_is(struct over *over, const struct store_key *key);

/* Whether the step is after all that were accepted here; then it is from now on one of them. Exactly one of several who take the same
 * step is told yes. */
bool over_step(struct over *over, const struct store_key *key, uint64_t step);

#endif
