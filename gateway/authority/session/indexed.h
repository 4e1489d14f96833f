/* indexed.h - by what a service of SAML knows a session, SessionIndex and NameID together (SAML Profiles 4.4): a row of the store that leads from the pair to the
 * session, as long as that goes on. */
#ifndef SPOM_AUTHORITY_SESSION_INDEXED_H
#define SPOM_AUTHORITY_SESSION_INDEXED_H
#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "wire/wire.h"

struct authority;
struct store_batch;

struct indexed {
	struct text entity_id;
	struct text index;
	struct text name;
};

/* Adds to the batch that a service knows the session by that pair, and in which form the name is. */
void indexed_note(struct authority *authority, struct store_batch *batch,
    const struct msg_session_record *session, const struct indexed *pair, enum saml_format format);

/* The other way round. ERR_NOT_FOUND: the service knows none by it, or that was over an hour after its end; ERR_STORE. */
NODISCARD enum err indexed_find(struct authority *authority, const struct indexed *pair, struct arena *arena,
    const struct msg_saml_index_record **found_r);

/* The session goes on until then: so long the pair is good. One that is gone stays so. ERR_STORE. */
NODISCARD enum err indexed_go_on(
    struct authority *authority, const struct indexed *pair, int64_t until_ms, struct arena *arena);

#endif
