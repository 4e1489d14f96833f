/* records.h - entries of our own, below the base of the records, as the identity that alone may be there; for authority/account and
 * authority/sso alone, which know what they mean.
 *
 * That an entry is not there counts only from a server that takes writes: one that lags behind must not make anybody a person
 * without a second factor. Each operation takes at most the operation timeout. All give ERR_UNREACHABLE, ERR_TIMEOUT, ERR_BUSY,
 * ERR_NO_MEMORY and, where our identity is refused or there is none, ERR_CONFIG. */
#ifndef SPOM_AUTHORITY_DIRECTORY_RECORDS_H
#define SPOM_AUTHORITY_DIRECTORY_RECORDS_H
#include "authority/directory/directory.h"

enum record_how {
	RECORD_ADD,     /* these values to those that are there */
	RECORD_DELETE,  /* these values, which must be there; none: the attribute */
	RECORD_REPLACE, /* all values by these; none: takes the attribute away, if it is there */
};

struct record_change {
	enum record_how how;
	const char *attribute;
	const struct text *values;
	unsigned n;
};

struct record {
	struct text dn;
	struct attribute *attributes; /* in the order of the names that were asked for */
};

/* Reads n attributes of an entry into the elements of attributes, values as they are. ERR_NOT_FOUND: no such entry. */
NODISCARD enum err records_read(struct directory *directory, const char *dn, const char *const *names,
    unsigned n, struct arena *arena, struct attribute *attributes);

/* Adds an entry with the values of RECORD_ADD. ERR_EXISTS; ERR_NOT_FOUND: nothing to add it below. */
NODISCARD enum err records_add(struct directory *directory, const char *dn,
    const struct record_change *changes, unsigned n, struct arena *arena);

/* Adds an organizational unit. OK as well: it is there; ERR_CONFIG: what it is to lie below, the base of the settings, is not. */
NODISCARD enum err records_add_unit(
    struct directory *directory, const char *dn, const char *name, struct arena *arena);

/* Takes an entry away. ERR_NOT_FOUND: no such entry. */
NODISCARD enum err records_remove(struct directory *directory, const char *dn);

/* Changes an entry, all or nothing. assertion: NULL, or a filter that must hold (ignored by servers without RFC 4528).
 * ERR_NOT_FOUND: no such entry; ERR_STALE: a value to delete is not there, or the assertion does not hold; ERR_EXISTS: a
 * value to add is there. */
NODISCARD enum err records_modify(struct directory *directory, const char *dn,
    const struct record_change *changes, unsigned n, const char *assertion, struct arena *arena);

/* Up to max of the entries directly below a DN that match, as a server says it that takes writes where there is none; *more_r: there are others. timeout_ms: 0, or one of its own. */
NODISCARD enum err records_search(struct directory *directory, const char *below, const char *filter,
    const char *const *names, unsigned n, unsigned max, int timeout_ms, struct arena *arena,
    struct record **records_r, unsigned *n_r, bool *more_r);

/* Visits all of them, in parts, so that there is never more than a part in memory. A visitor gets NULL before the first, and again where another
 * server begins anew. arena: the part's; it is reset between parts. *more_r: the server gave no more, or
 * not in time. An error of the visitor ends it. */
#define RECORDS_PART 200
typedef enum err records_visit(void *context, const struct record *record);
NODISCARD enum err records_each(struct directory *directory, const char *below, const char *filter,
    const char *const *names, unsigned n, int timeout_ms, struct arena *arena, records_visit *visit,
    void *context, bool *more_r);

#endif
