/* path.h - where a redirect may lead: a path of one host, in no spelling that some browser reads as another one.
 *
 * Who redirects writes the host's origin before it as well, so that a mistake here is not yet an open redirect. */
#ifndef SPOM_BASE_PATH_H
#define SPOM_BASE_PATH_H
#include <stdbool.h>
#include "base/text.h"

/* Whether a path with its query, as it stands in a request line, stays on its host: it begins with one slash, has neither
 * backslash nor blank, control or other character that browsers drop or replace, and no escape spells a second slash. */
bool path_is_local(struct text path);

#endif
