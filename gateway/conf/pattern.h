/* pattern.h - extended regular expressions (POSIX.1-2017, XBD 9.4) that stay small when compiled. Private to gateway/conf. */
#ifndef SPOM_CONF_PATTERN_H
#define SPOM_CONF_PATTERN_H

/* At most as many places, each repetition written out: (a{20}){3} has 60. The C library spends memory and time
   with their square; at this bound it is 25 MiB and a tenth of a second. */
#define PATTERN_PLACES 512u

/* What speaks against the pattern, as the end of a sentence that begins with its name, or NULL. Static. */
const char *pattern_objection(const char *pattern);

#endif
