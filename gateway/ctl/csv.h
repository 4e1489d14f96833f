/* csv.h - rows of comma-separated values (RFC 4180), as spreadsheets write them. */
#ifndef SPOM_CTL_CSV_H
#define SPOM_CTL_CSV_H
#include "base/attr.h"
#include "base/err.h"

#define CSV_CELLS_MAX 32u

struct csv_row {
	const char *cells[CSV_CELLS_MAX];
	unsigned n;
	unsigned line; /* on which it begins, from 1 */
};

struct csv {
	char *at; /* what is left; is written to */
	unsigned line;
};

/* A text that ends with a NUL and stays as long as its rows. */
void csv_begin(struct csv *csv, char *text);

/* The next row that is not empty. ERR_NOT_FOUND: there is none; ERR_MALFORMED: a quote is not closed, or something stands behind one;
 * ERR_TOO_LARGE: more cells than CSV_CELLS_MAX. In each case row_r->line says where. */
NODISCARD enum err csv_next(struct csv *csv, struct csv_row *row_r);

#endif
