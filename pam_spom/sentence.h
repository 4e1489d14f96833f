/* sentence.h - what a person on a terminal reads: the sentence of a text id, in English. */
#ifndef SPOM_PAM_SENTENCE_H
#define SPOM_PAM_SENTENCE_H
#include <stdint.h>
#include "base/text.h"

#define SENTENCE_SIZE 600

/* Writes one line: {name} and {count} are replaced. An id without a sentence says what sign_in_failed says. */
void sentence_make(struct text id, struct text name, uint64_t count, char line[SENTENCE_SIZE]);

#endif
