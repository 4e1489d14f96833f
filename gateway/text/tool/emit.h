/* emit.h - private to texttool: the tables as C. */
#ifndef SPOM_TEXT_TOOL_EMIT_H
#define SPOM_TEXT_TOOL_EMIT_H
#include "text/tool/files.h"

void emit_pages(FILE *out, const struct page *pages, unsigned n);
void emit_strings(FILE *out, const struct catalogue *catalogue);
void emit_words(FILE *out, const struct catalogue *catalogue);
void emit_statics(FILE *out, const struct source *files, const struct source *addresses, unsigned n);

#endif
