/* pattern.h - extended regular expressions (POSIX.1-2017, XBD 9.4) that a whole value must match: those that are compiled in a tenth of a
 * second and 30 MiB at most. With others glibc takes
 * gigabytes, or hours. */
#ifndef SPOM_CONF_PATTERN_H
#define SPOM_CONF_PATTERN_H
#include <regex.h>
#include <stdbool.h>
#include "base/text.h"

#define PATTERN_MAX 200u /* bytes */
#define PATTERN_WHY_SIZE 160u

/* Compiles it; *compiled_r is freed with regfree. false: why says what speaks against it, as the end of a sentence that begins with the
 * pattern's name. */
bool pattern_compile(const char *pattern, regex_t *compiled_r, char why[PATTERN_WHY_SIZE]);

/* Whether the value, all of it, is what the pattern describes. */
bool pattern_matches(const regex_t *compiled, struct text value);

#endif
