/* search.h - one search through a pool, and what its entries hold. */
#ifndef SPOM_AUTHORITY_DIRECTORY_SEARCH_H
#define SPOM_AUTHORITY_DIRECTORY_SEARCH_H
#include <ldap.h>
#include <stdbool.h>
#include <stdint.h>
#include "authority/directory/ldapc.h"
#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/text.h"

struct pool;

/* What a search brought back; dead once the function that takes it returns. */
struct answer {
	LDAP *ld;
	LDAPMessage *chain;
	unsigned n;     /* entries */
	bool cut_short; /* the server has more than the size limit, ours or its own */
};

struct entry {
	LDAP *ld;
	LDAPMessage *at;
};

/* Copies what it needs. Runs once for a search, when the server's answer is complete. */
typedef enum err search_take(const struct answer *answer, void *context);

/* Errors of pool_run; ERR_NOT_FOUND: no such base; ERR_FORBIDDEN: the directory does not allow it; ERR_CONFIG: it does not understand it or
 * wants something else (TLS, another server); else what take returned. */
NODISCARD enum err search_run(struct pool *pool, const struct ldapc_search *search, int64_t deadline_ms,
    search_take *take, void *context);

/* Entries from first to none: at is NULL then. */
struct entry entry_first(const struct answer *answer);
struct entry entry_next(struct entry entry);

NODISCARD enum err entry_dn(struct entry entry, struct arena *arena, struct text *dn_r);

/* The values that are clean text of at most max bytes (UTF-8, no control characters but line ends), in the directory's order;
 * pictures and keys are left out. n is 0 and values NULL when there is none. */
NODISCARD enum err entry_texts(struct entry entry, const char *attribute, size_t max, struct arena *arena,
    struct text **values_r, unsigned *n_r);

/* The first of them that has no line end either and is not empty; absent when there is none. */
NODISCARD enum err entry_text(
    struct entry entry, const char *attribute, size_t max, struct arena *arena, struct text *value_r);

/* All values as they are, whatever they hold; for who checks them himself. */
NODISCARD enum err entry_values(
    struct entry entry, const char *attribute, struct arena *arena, struct text **values_r, unsigned *n_r);

/* How many bytes the first value has, whatever it holds; 0: there is none. */
size_t entry_size(struct entry entry, const char *attribute);

/* Cuts a text to at most max bytes, not in the middle of a character. Its NUL is gone then; the copy has one. */
NODISCARD enum err entry_cut(struct text text, size_t max, struct arena *arena, struct text *cut_r);

/* Whether a value of the attribute fits, bytes as they are. */
typedef bool entry_check(const char *bytes, size_t len);
bool entry_any(struct entry entry, const char *attribute, entry_check *check);

#endif
