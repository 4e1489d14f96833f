#include "unit.h"
#include <stdio.h>
#include <string.h>
#include "ctl/csv.h"

/* Rows as "line:cell|cell;", and what ended them. */
static const struct {
	const char *text;
	const char *rows;
	enum err end;
} TABLES[] = {
	{ "", "", ERR_NOT_FOUND },
	{ "\n\r\n", "", ERR_NOT_FOUND },
	{ "a,b", "1:a|b;", ERR_NOT_FOUND },
	{ "a,b\r\nc,d\r\n", "1:a|b;2:c|d;", ERR_NOT_FOUND },
	{ "a\n\nb\n", "1:a;3:b;", ERR_NOT_FOUND },
	{ "a\rb", "1:a;2:b;", ERR_NOT_FOUND },
	{ ",\n", "1:|;", ERR_NOT_FOUND },
	{ "\"a,b\",c", "1:a,b|c;", ERR_NOT_FOUND },
	{ "\"a \"\"b\"\"\",\"\"", "1:a \"b\"|;", ERR_NOT_FOUND },
	{ "\"a\nb\",c\nd", "1:a\nb|c;3:d;", ERR_NOT_FOUND },
	{ "\xef\xbb\xbf"
	  "a",
	    "1:a;", ERR_NOT_FOUND },
	{ "a\n\"b", "1:a;", ERR_MALFORMED },
	{ "\"a\"b", "", ERR_MALFORMED },
	{ "\"", "", ERR_MALFORMED },
	{ "\"\"\"", "", ERR_MALFORMED },
	{ "a\"b", "1:a\"b;", ERR_NOT_FOUND },
	{ ",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,", "1:|||||||||||||||||||||||||||||||;", ERR_NOT_FOUND },
	{ ",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,", "", ERR_TOO_LARGE },
};

static enum err read_all(char *text, char *rows, size_t room)
{
	struct csv csv;
	struct csv_row row;
	enum err err;
	csv_begin(&csv, text);
	rows[0] = '\0';
	while ((err = csv_next(&csv, &row)) == OK)
		for (unsigned i = 0; i < row.n; i++) {
			size_t len = strlen(rows);
			const char *before = i == 0 ? "" : "|", *behind = i + 1 == row.n ? ";" : "";
			char line[16] = "";
			if (i == 0)
				(void)snprintf(line, sizeof line, "%u:", row.line);
			(void)snprintf(
			    rows + len, room - len, "%s%s%s%s", line, before, row.cells[i], behind);
		}
	return err;
}

static void tables(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(TABLES); i++) {
		char text[128], rows[256];
		(void)snprintf(text, sizeof text, "%s", TABLES[i].text);
		enum err err = read_all(text, rows, sizeof rows);
		ROW(TABLES[i].text, err == TABLES[i].end && strcmp(rows, TABLES[i].rows) == 0);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(tables) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
