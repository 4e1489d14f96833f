/* probe_state.h - what the files of the directory test share; private to them. */
#ifndef SPOM_AUTHORITY_DIRECTORY_PROBE_STATE_H
#define SPOM_AUTHORITY_DIRECTORY_PROBE_STATE_H
#include "authority/directory/ldapc.h"
#include "authority/directory/probe.h"
#include "conf/conf.h"

#define PROBE_ROWS 50u
#define PROBE_CANDIDATES 20u

struct probe {
	const struct conf *conf;
	struct arena *arena;
	struct text sample; /* a user name; may be absent */
	struct msg_test_row *rows;
	unsigned n;
	const char *uri;                          /* the first server that answers; NULL: none */
	struct ldapc *reader;                     /* bound as the reading identity there; NULL: it cannot */
	struct ldapc *anonymous;                  /* never bound */
	const char *person;                       /* DN of the sample; NULL: nobody was found */
	const char *candidates[PROBE_CANDIDATES]; /* people to take a sample from */
	unsigned n_candidates;
};

/* A row of the report. remedy may be NULL. A report that is full loses rows at its end. */
PRINTF_LIKE(5, 6)
void probe_say(
    struct probe *probe, enum test_state state, const char *name, const char *remedy, const char *words, ...);

/* The deadline of one step. */
int64_t probe_deadline(const struct probe *probe);

/* Opens a connection bound as dn ("": not bound); the row is the caller's. */
NODISCARD enum err probe_open(struct probe *probe, const char *uri, const char *dn, const char *password_file,
    struct ldapc **ldapc_r, struct ldapc_fault *fault);

/* One search; the code of LDAP, -1 where there was no answer. as_dn as in ldapc_search. n_r: entries. */
int probe_search(struct probe *probe, struct ldapc *ldapc, const struct ldapc_search *search, unsigned *n_r);

/* Whether an entry, and an attribute of it (NULL: any), can be seen on that connection. */
bool probe_sees(struct probe *probe, struct ldapc *ldapc, const char *dn, const char *attribute);

/* Tries to take a value away from an attribute that has no such value: nothing changes, but the directory says whether it would be
 * allowed. */
bool probe_may_write(struct probe *probe, struct ldapc *ldapc, const char *dn, const char *attribute);

/* The parts, in order. */
void probe_servers(struct probe *probe);
void probe_people(struct probe *probe);
void probe_reading(struct probe *probe);
void probe_acting(struct probe *probe);
void probe_records(struct probe *probe);

#endif
