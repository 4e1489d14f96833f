/* lines.h - what wiretool prints, compared line by line with a file of the tree. */
#ifndef SPOM_TESTS_WIRE_LINES_H
#define SPOM_TESTS_WIRE_LINES_H
#include <stdio.h>

/* Fails with the first line that differs, and with the command that renews the file. Ends at the last line of both. */
void lines_compare(const char *command, const char *file);

/* Opens a file of the tree for reading, or fails. */
FILE *lines_open(const char *file);

#endif
