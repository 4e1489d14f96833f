/* look.h - a directory looked at before there are settings for it: what whoever sets SPOM up would otherwise have to know by heart.
 *
 * What it finds are guesses to be confirmed by a person. It asks, and changes nothing. One connection, for one thread; no question
 * takes longer than LOOK_MS. */
#ifndef SPOM_AUTHORITY_DIRECTORY_LOOK_H
#define SPOM_AUTHORITY_DIRECTORY_LOOK_H
#include <stdbool.h>
#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/secret.h"

#define LOOK_MS 10000
#define LOOK_CONTEXTS_MAX 8u

struct look;

struct look_server {
	const char *uri;
	bool start_tls;
	const char *ca_file; /* "": the system's */
};

/* For operators: why something could not be done. The server's words may be among them; control characters are not. */
struct look_fault {
	char text[200];
};

/* Where this machine's other programs look for their directory (ldap.conf(5)), on the arena; NULL: nowhere, or memory is out. */
const char *look_usual_uri(struct arena *arena);

/* Connects, protects, and binds as dn ("": as nobody, then password is not looked at). The caller closes *look_r. ERR_CONFIG: the server
 * does not take the identity, or the URI or the CA file is wrong; ERR_CLOSED: it is not there, or its certificate is not trusted;
 * ERR_TIMEOUT; ERR_NO_MEMORY; with all of them *fault. */
NODISCARD enum err look_open(const struct look_server *server, const char *dn, struct secret password,
    struct look **look_r, struct look_fault *fault);
void look_close(struct look **look); /* NULL-safe; clears */

/* The first value of an attribute that is one line of text, at most 200 bytes; on the arena. NULL: it cannot be seen. */
const char *look_value(struct look *look, const char *dn, const char *attribute, struct arena *arena);

/* Whether any entry that matches the filter is seen at base or below it. */
bool look_sees(struct look *look, const char *base, const char *filter);

struct look_tree {
	const char *contexts[LOOK_CONTEXTS_MAX]; /* DNs, the server's default one first */
	unsigned n;
	bool start_tls; /* the server says that it knows it */
};

/* What the root of the tree says, on the arena; nothing, where it cannot be read. */
void look_tree(struct look *look, struct arena *arena, struct look_tree *tree_r);

/* Where entries of one kind are. base is NULL, and so the rest, where none are seen. */
struct look_place {
	const char *base; /* DN: the nearest one above all that were seen; on the arena */
	const char *filter;
	const char *
	    name; /* attribute: of people, what they introduce themselves by; of groups, those that hold their members, a blank between */
	const char *
	    id; /* attribute: of people, one that never changes; NULL: none was seen, or groups were asked for */
};

void look_people(
    struct look *look, const struct look_tree *tree, struct arena *arena, struct look_place *place_r);
void look_groups(
    struct look *look, const struct look_tree *tree, struct arena *arena, struct look_place *place_r);

/* The DN above a DN, within it; NULL: there is none. */
const char *look_above(const char *dn);

/* Whether a DN is base or below it, as they are written. */
bool look_is_within(const char *dn, const char *base);

#endif
