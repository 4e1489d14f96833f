/* stack.h - whether the PAM stack that spom-gate runs keeps SECURITY's rule: pam_spom comes first, alone asks questions,
 * and what stands behind it runs once, after the authority's yes. */
#ifndef SPOM_CONF_STACK_H
#define SPOM_CONF_STACK_H
#include "base/text.h"
#include "conf/conf.h"

struct conf_stack {
	bool ours_first; /* pam_spom is the first module of auth and of account */
	bool foreign;    /* modules other than ours, pam_permit and pam_deny run, too */
};

/* Checks the text (a NUL behind it) of a service file. ERR_CONFIG and *fault: the first line that breaks the rule, with
 * the reason. file is for *fault. */
NODISCARD enum err conf_check_stack(
    const char *file, struct text text, struct conf_stack *stack_r, struct conf_fault *fault);

/* The same for a service's file in confdir ("": /etc/pam.d). ERR_NOT_FOUND and *fault: there is none. */
NODISCARD enum err conf_load_stack(
    const char *confdir, const char *service, struct conf_stack *stack_r, struct conf_fault *fault);

#endif
