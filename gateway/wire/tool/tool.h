/* tool.h - the commands of wiretool; each prints to stdout and gives the exit status. */
#ifndef SPOM_WIRE_TOOL_H
#define SPOM_WIRE_TOOL_H
#include "wire/wire.h"

int tool_json(const char *unused);
int tool_doc(const char *unused);
int tool_golden(const char *unused);
int tool_senders(const char *unused);
int tool_dict(const char *unused);
int tool_corpus(const char *folder);

/* The word for a kind, as the tables have it in lower case. */
const char *tool_kind(enum wire_kind kind);

/* All enums, in the order of their table. */
const struct wire_enum *const *tool_enums(unsigned *count_r);

#endif
