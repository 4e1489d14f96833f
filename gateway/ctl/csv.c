#include "ctl/csv.h"
#include <stdbool.h>
#include <string.h>

void csv_begin(struct csv *csv, char *text)
{
	static const char MARK[] = "\xef\xbb\xbf"; /* of UTF-8, which spreadsheets put there */
	csv->at = strncmp(text, MARK, sizeof MARK - 1) == 0 ? text + sizeof MARK - 1 : text;
	csv->line = 1;
}

static bool ends_cell(char c)
{
	return c == ',' || c == '\r' || c == '\n' || c == '\0';
}

/* Behind its first quote; "" is one. NULL: there is no last one. */
static char *unquote(struct csv *csv, char *at)
{
	char *to = at;
	for (; at[0] != '"' || at[1] == '"'; at++) {
		if (*at == '\0')
			return NULL;
		csv->line += *at == '\n';
		at += *at == '"';
		*to++ = *at;
	}
	*to = '\0';
	return at + 1;
}

/* *last_r: what stood behind the cell. */
static enum err take_cell(struct csv *csv, const char **cell_r, char *last_r)
{
	bool quoted = csv->at[0] == '"';
	char *begin = csv->at + quoted, *end = begin;
	if (quoted)
		end = unquote(csv, begin);
	else
		end += strcspn(begin, ",\r\n");
	if (end == NULL || !ends_cell(*end))
		return ERR_MALFORMED;
	*last_r = *end;
	*end = '\0';
	*cell_r = begin;
	csv->at = end + (*last_r != '\0');
	if (*last_r == '\r' && *csv->at == '\n')
		csv->at++;
	csv->line += *last_r == '\r' || *last_r == '\n';
	return OK;
}

enum err csv_next(struct csv *csv, struct csv_row *row_r)
{
	char last = '\n';
	row_r->n = 0;
	for (; *csv->at == '\r' || *csv->at == '\n'; csv->at++)
		csv->line += *csv->at == '\n';
	row_r->line = csv->line;
	if (*csv->at == '\0')
		return ERR_NOT_FOUND;
	do {
		if (row_r->n == CSV_CELLS_MAX)
			return ERR_TOO_LARGE;
		enum err err = take_cell(csv, &row_r->cells[row_r->n], &last);
		if (err != OK)
			return err;
		row_r->n++;
	} while (last == ',');
	return OK;
}
