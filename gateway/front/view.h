/* view.h - what a page needs that no program sends: where it stands in the menu, and what a moment makes of a time. */
#ifndef SPOM_FRONT_VIEW_H
#define SPOM_FRONT_VIEW_H
#include "front/front.h"

/* The entry of the menu for a path. */
enum place view_place(struct text path);

/* Gives the message that a template is to be rendered with: the one that was given, or a copy that is filled in. False when memory is
 * out. */
NODISCARD bool view_prepare(struct exchange *exchange, struct wire_any message, struct wire_any *prepared_r);

#endif
