/* conf.h - the settings: one file, one table (settings.def).
 *
 * The reader is strict: an unknown section or key, a key twice, a value outside of its bounds is an error with file and
 * line. The file names the files that hold secrets; it holds none. */
#ifndef SPOM_CONF_CONF_H
#define SPOM_CONF_CONF_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/attr.h"
#include "base/err.h"
#include "base/secret.h"

/* A list of strings, in the order of the file. */
struct conf_list {
	const char *const *at;
	unsigned n;
};

/* struct conf { struct { ... } authority; struct { ... } peers; ... }: made from settings.def; strings are NUL-terminated,
 * never NULL ("" when empty), owned by the conf. */
#include "conf/struct.h"

struct conf_fault {
	char text[400]; /* "FILE:LINE: what is wrong", for people */
};

#define CONF_FAULTS_MAX 50
struct conf_faults {
	unsigned n; /* at most CONF_FAULTS_MAX; begin with 0 */
	bool more;  /* there are others, which are left out */
	struct conf_fault at[CONF_FAULTS_MAX];
};

/* Reads and checks a file. ERR_CONFIG and *fault filled: the first thing that is wrong. The caller frees. */
NODISCARD enum err conf_load(const char *file, struct conf **conf_r, struct conf_fault *fault);
/* The same with all that is wrong: lines first, then names, then values, and what they must be together once each is right. */
NODISCARD enum err conf_load_all(const char *file, struct conf **conf_r, struct conf_faults *faults);
void conf_free(struct conf **conf);

/* Told of a setting that stands anew in the file and counts after a restart only. */
typedef void conf_kept(const char *section, const char *key, void *context);

/* Makes conf the successor of old in a running program: what takes a restart stays as it is in old (whose strings conf then
 * borrows), and kept is told of each that differs. ERR_CONFIG and *fault: both together break a rule. file is for *fault. */
NODISCARD enum err conf_follow(const struct conf *old, struct conf *conf, const char *file, conf_kept *kept,
    void *context, struct conf_fault *fault);

/* Reads the first line (without its end) of a file that holds a secret, at most max bytes; the caller frees with
 * secret_free. ERR_NOT_FOUND, ERR_FORBIDDEN (others may read it, or its group may
 * write it), ERR_TOO_LARGE, ERR_MALFORMED (empty). */
NODISCARD enum err conf_secret(const char *file, size_t max, struct secret *secret_r);

/* The same for all of the file's lines, as they are. */
NODISCARD enum err conf_secret_lines(const char *file, size_t max, struct secret *secret_r);

#endif
