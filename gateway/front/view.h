/* view.h - what a page needs beside its message: its place in the menu, its language, what a moment makes of a time. */
#ifndef SPOM_FRONT_VIEW_H
#define SPOM_FRONT_VIEW_H
#include "front/front.h"

/* The entry of the menu for a path. */
enum place view_place(struct text path);

/* The language of the page, for messages whose answers have words in it. */
enum portal_language view_language(const struct exchange *exchange);

/* Pages for somebody speak the person's language, which the authority says in the page's frame or in the page, if it is one of ours; else the browser's. */
void view_speak(struct exchange *exchange, struct wire_any page);

/* Gives the message that a template is to be rendered with: the one that was given, or a copy that is filled in. False when memory is
 * out. */
NODISCARD bool view_prepare(struct exchange *exchange, struct wire_any message, struct wire_any *prepared_r);

/* What people read of what a service would be told: a language by its name in place of its tag, where it is one of ours. False: memory is out. */
NODISCARD bool view_told(const struct exchange *exchange, const struct msg_consent_told **told);

#endif
