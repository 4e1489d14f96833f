/* value.h - the text of one setting checked and turned into its C value. Private to gateway/conf. */
#ifndef SPOM_CONF_VALUE_H
#define SPOM_CONF_VALUE_H
#include "base/arena.h"
#include "base/text.h"
#include "conf/conf.h"
#include "conf/table.h"

/* What is wrong with a value, as the end of a sentence: "must be between 1 and 256". */
struct value_fault {
	char text[240];
};

/* Stores value (NUL-terminated; borrowed where it is a string) at to, which has the type of the setting's kind.
 * ERR_CONFIG and *fault; ERR_NO_MEMORY. */
NODISCARD enum err value_store(const struct conf_setting *setting, struct text value, struct arena *arena,
    void *to, struct value_fault *fault);

/* The WCAG contrast of white on #rrggbb, times 100. */
unsigned value_contrast(const char *colour);

/* Whether an origin or LDAP URI (scheme://host...) names this machine. */
bool value_is_local(const char *uri);

#endif
