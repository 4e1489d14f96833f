/* memory.h - a word that is typed in tests, and whether it stands anywhere in this process' memory afterwards. */
#ifndef SPOM_TESTS_MEMORY_H
#define SPOM_TESTS_MEMORY_H
#include <stdbool.h>

#define MEMORY_WORD 20

/* Writes the word, with a NUL behind it: the only copy, and the caller's to erase. */
void memory_word(char word[MEMORY_WORD + 1]);

/* A line with the word at its end, malloc'd: an allocator writes over the first bytes of what is freed. */
char *memory_line(void);

/* Searches all that can be written to; itself written so that it keeps no copy. */
bool memory_holds_word(void);

#endif
