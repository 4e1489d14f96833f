/* good.h - settings files for the tests of conf. */
#ifndef SPOM_TESTS_CONF_GOOD_H
#define SPOM_TESTS_CONF_GOOD_H
#include <stddef.h>

/* A file that is in order: every setting that must be there. */
extern const char FILE_GOOD[];

/* Writes a new file of len bytes; its path is static until the next call. file_remove takes it away. */
const char *file_write(const void *bytes, size_t len);
void file_remove(void);

/* FILE_GOOD with one line more, behind the line of its section. */
const char *file_with(const char *section, const char *line);

/* FILE_GOOD with the line of a key taken out and line, if not NULL, put in. */
const char *file_changed(const char *key, const char *line);

#endif
