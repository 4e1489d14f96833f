/* rules.h - what settings must be together. Private to gateway/conf. */
#ifndef SPOM_CONF_RULES_H
#define SPOM_CONF_RULES_H
#include "conf/conf.h"

/* ERR_CONFIG and *fault: the first rule that is broken. Puts the families in their order, too. */
NODISCARD enum err rules_check(struct conf *conf, const char *file, struct conf_fault *fault);

#endif
