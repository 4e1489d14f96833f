/* kinds.h - messages of the tests' own: one with every kind of field, whatever the tables happen to use, and one without end. */
#ifndef SPOM_TESTS_WIRE_KINDS_H
#define SPOM_TESTS_WIRE_KINDS_H
#include "wire/wire.h"

struct msg_leaf {
	struct text name;
	uint64_t count;
};
struct leaves {
	const struct msg_leaf *at;
	uint32_t n;
};
struct msg_kinds {
	bool yes;
	uint64_t small;  /* up to 1000 */
	uint64_t wide;   /* up to 2^64 - 1 */
	uint64_t seldom; /* optional */
	int64_t when;
	enum role role;
	struct text text;  /* 20 bytes */
	struct text lines; /* optional, LINES */
	struct bytes bytes;
	struct bytes more; /* optional */
	struct secret hidden;
	struct secret shown; /* SHOW_ONCE, optional */
	struct id id;
	const struct msg_leaf *one;
	const struct msg_leaf *maybe; /* optional */
	struct leaves list;           /* 3 elements */
};
const struct wire_msg *wire_msg_leaf(void);
const struct wire_msg *wire_msg_kinds(void);

/* A message that holds itself. */
struct msg_deep {
	const struct msg_deep *deep; /* optional */
};
const struct wire_msg *wire_msg_deep(void);

/* A valid one to change. */
struct msg_kinds kinds_valid(void);

/* Every message of the tables, nested ones too, and those of this file but the endless one. */
const struct wire_msg *const *kinds_all(unsigned *count_r);

#endif
