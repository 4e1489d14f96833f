/* rules.h - what settings must be together. Private to gateway/conf. */
#ifndef SPOM_CONF_RULES_H
#define SPOM_CONF_RULES_H
#include "conf/conf.h"

/* ERR_CONFIG: rules are broken, of each group one is added to *faults. Puts the families in their order, too. */
NODISCARD enum err rules_check(struct conf *conf, const char *file, struct conf_faults *faults);

#endif
