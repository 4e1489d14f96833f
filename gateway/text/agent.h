/* agent.h - a browser as people call it: "Firefox on Linux".
 *
 * What a browser says of itself is a claim, good for recognizing one's own and for nothing else. */
#ifndef SPOM_TEXT_AGENT_H
#define SPOM_TEXT_AGENT_H
#include "text/strings.h"

/* The ids that agent_add looks up: they count as used. */
#define AGENT_GROUP "agent."

/* Appends the words for a User-Agent; an unknown or absent one gets a sentence, too. */
void agent_add(
    const struct strings *strings, const struct language *language, struct text agent, struct out *out);

/* Whether it is a browser that cannot show our pages: one that has no custom properties, and has had no repairs for years. */
bool agent_is_unsupported(struct text agent);

#endif
