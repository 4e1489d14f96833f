/* sentence.h - what the authority tells operators, in words. */
#ifndef SPOM_CTL_SENTENCE_H
#define SPOM_CTL_SENTENCE_H
#include "base/text.h"

/* The sentence of a text id; the id itself for an unknown one. */
const char *sentence_of(struct text id);

#endif
