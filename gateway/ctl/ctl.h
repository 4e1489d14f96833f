/* ctl.h - spomctl: everything an operator does. One command a file; the table of them is in main.c.
 *
 * Answers go to stdout, as text or with --json as one JSON object; what is wrong goes to stderr. */
#ifndef SPOM_CTL_CTL_H
#define SPOM_CTL_CTL_H
#include <stdbool.h>

/* Exit codes: the contract with scripts. */
enum ctl_exit {
	CTL_DONE = 0,
	CTL_REFUSED = 1, /* or not found, or not well */
	CTL_USAGE = 2,
	CTL_UNREACHABLE = 3,
};

struct ctl {
	const char *sockets;      /* the folder of the socket folders */
	bool json;                /* --json */
	const char *const *words; /* behind noun and verb */
	unsigned n_words;
};

/* Each gives the exit code. */
enum ctl_exit ctl_config_check(const struct ctl *ctl);
enum ctl_exit ctl_config_settings(const struct ctl *ctl);
enum ctl_exit ctl_health(const struct ctl *ctl);

#endif
