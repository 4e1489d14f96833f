/* chain_tests.h - a chain of its own for each test, in a folder of its own, and short ways to record and look. */
#ifndef SPOM_TESTS_CHAIN_TESTS_H
#define SPOM_TESTS_CHAIN_TESTS_H
#include <stddef.h>
#include "authority/authority.h"
#include "base/arena.h"
#include "base/err.h"
#include "conf/conf.h"

extern char chain_state[40]; /* the folder; the master key lies there as "master" */
extern struct conf chain_conf;
extern struct authority chain_authority;
extern struct arena chain_arena;

/* cmocka's fixtures of a test. */
int chain_setup(void **context);
int chain_teardown(void **context);

const char *chain_path(unsigned file); /* static buffer */

void chain_start(void);
void chain_restart(void);

enum err chain_record(const char *user);
void chain_record_many(unsigned n);

/* The first fault of all files, or "". head: one from the log, or NULL. */
const char *chain_verify(const char *head);

/* How many records of that event there are. */
unsigned chain_count(const char *event);

size_t chain_load(unsigned file, char *text, size_t size);
void chain_save(unsigned file, const char *text, size_t len);

#endif
