/* quote.h - text within the answers of spomctl. */
#ifndef SPOM_CTL_QUOTE_H
#define SPOM_CTL_QUOTE_H

/* Prints a UTF-8 string as a JSON string, with its quotes, to stdout. */
void quote_json(const char *text);

#endif
