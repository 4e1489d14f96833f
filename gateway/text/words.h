/* words.h - the English sentences that the PAM module may have to say, by text id; generated from web/strings. */
#ifndef SPOM_TEXT_WORDS_H
#define SPOM_TEXT_WORDS_H

/* The sentence, with placeholders such as {count} and {name}; NULL for an unknown id. */
const char *words_find(const char *id);

#endif
