/* syntax.h - what front refuses at the endpoints for services by its syntax alone is told the authority, for its audit.
 *
 * Behind the answer, which waits for nothing of it and stays what it is. What cannot be told stands in the log as any request does. */
#ifndef SPOM_FRONT_SYNTAX_H
#define SPOM_FRONT_SYNTAX_H
#include "front/front.h"

/* Tells it where the reply, which has left, is such a refusal; nothing where the authority was asked itself. */
void syntax_tell(struct exchange *exchange);

#endif
