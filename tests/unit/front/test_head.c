#include "unit.h"
#include <stdio.h>
#include <string.h>
#include "front/head.h"

/* A head that is good but for what a row adds or changes. */
struct row {
	const char *name;
	const char *method, *path, *query, *version;
	const char *lines[4][2];
	bool without_host;
	bool good;
	uint64_t length;
};

static const struct row ROWS[] = {
	{ .name = "plain", .good = true },
	{ .name = "1.0", .version = "1.0", .good = true },
	{ .name = "2.0", .version = "2.0" },
	{ .name = "query", .query = "a=b&c=%41", .good = true },
	{ .name = "length", .lines = { { "Content-Length", "17" } }, .good = true, .length = 17 },
	{ .name = "length 0", .lines = { { "content-length", "0" } }, .good = true },
	{ .name = "two lengths", .lines = { { "Content-Length", "1" }, { "Content-Length", "2" } } },
	{ .name = "two equal lengths", .lines = { { "Content-Length", "1" }, { "CONTENT-LENGTH", "1" } } },
	{ .name = "length and encoding",
	    .lines = { { "Content-Length", "1" }, { "Transfer-Encoding", "chunked" } } },
	{ .name = "encoding", .lines = { { "Transfer-Encoding", "identity" } } },
	{ .name = "length with a letter", .lines = { { "Content-Length", "5x" } } },
	{ .name = "length with a sign", .lines = { { "Content-Length", "+5" } } },
	{ .name = "negative length", .lines = { { "Content-Length", "-5" } } },
	{ .name = "list of lengths", .lines = { { "Content-Length", "5, 5" } } },
	{ .name = "hexadecimal length", .lines = { { "Content-Length", "0x5" } } },
	{ .name = "leading zero", .lines = { { "Content-Length", "05" } } },
	{ .name = "empty length", .lines = { { "Content-Length", "" } } },
	{ .name = "twenty digits", .lines = { { "Content-Length", "99999999999999999999" } } },
	{ .name = "2^64", .lines = { { "Content-Length", "18446744073709551616" } } },
	{ .name = "no Host", .without_host = true },
	{ .name = "two Hosts", .lines = { { "Host", "b" } } },
	{ .name = "two cookies", .lines = { { "Cookie", "a=b" }, { "Cookie", "c=d" } } },
	{ .name = "two edges", .lines = { { "X-SPOM-Edge", "a" }, { "x-spom-edge", "b" } } },
	{ .name = "two origins", .lines = { { "X-SPOM-Origin", "a" }, { "X-SPOM-Origin", "b" } } },
	{ .name = "two addresses", .lines = { { "X-Forwarded-For", "a" }, { "X-Forwarded-For", "b" } } },
	{ .name = "two of no importance", .lines = { { "X-Other", "a" }, { "X-Other", "b" } }, .good = true },
	{ .name = "expectation", .lines = { { "Expect", "100-continue" } } },
	{ .name = "upgrade", .lines = { { "Upgrade", "websocket" } } },
	{ .name = "odd field name", .lines = { { "X Y", "a" } } },
	{ .name = "empty field name", .lines = { { "", "a" } } },
	{ .name = "control character", .lines = { { "X-Y", "a\x01" } } },
	{ .name = "bare CR", .lines = { { "X-Y", "a\rb" } } },
	{ .name = "tab", .lines = { { "X-Y", "a\tb" } }, .good = true },
	{ .name = "letters beyond ASCII", .lines = { { "X-Y", "ß" } }, .good = true },
	{ .name = "absolute address", .path = "http://evil.example/" },
	{ .name = "asterisk", .path = "*" },
	{ .name = "empty path", .path = "" },
	{ .name = "NUL in the path", .path = "/login%00x" },
	{ .name = "NUL in the query", .query = "a=%00" },
	{ .name = "broken escape", .path = "/%4" },
	{ .name = "broken escape in the query", .query = "a=%zz" },
	{ .name = "blank in the path", .path = "/a b" },
	{ .name = "beyond ASCII in the path", .path = "/\xc3\x9f" },
	{ .name = "fragment", .path = "/a#b" },
	{ .name = "escaped path", .path = "/%C3%9F", .good = true },
	{ .name = "odd method", .method = "GE T" },
	{ .name = "long method", .method = "ABCDEFGHIJKLMNOPQ" },
	{ .name = "other method", .method = "PROPFIND", .good = true },
};

static void make(const struct row *row, struct head *head)
{
	*head = (struct head){
		.method = text_of(row->method != NULL ? row->method : "GET"),
		.path = text_of(row->path != NULL ? row->path : "/login"),
		.query = text_of(row->query),
		.version = text_of(row->version != NULL ? row->version : "1.1"),
	};
	if (!row->without_host)
		head->lines[head->n_lines++] = (struct head_line){ text_of("Host"), text_of("localhost") };
	for (size_t i = 0; i < COUNT(row->lines) && row->lines[i][0] != NULL; i++)
		head->lines[head->n_lines++] =
		    (struct head_line){ text_of(row->lines[i][0]), text_of(row->lines[i][1]) };
}

static void every_row(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct head head;
		uint64_t length = 99;
		const char *why = NULL;
		make(&ROWS[i], &head);
		enum err err = head_check(&head, &length, &why);
		ROW(ROWS[i].name, (err == OK) == ROWS[i].good);
		ROW(ROWS[i].name, err == OK ? length == ROWS[i].length : why != NULL && length == 99);
	}
}

static void sixty_four_fields(void **state)
{
	(void)state;
	struct head head;
	uint64_t length;
	const char *why;
	make(&ROWS[0], &head);
	while (head.n_lines < HEAD_LINES_MAX - 1)
		head.lines[head.n_lines++] = (struct head_line){ text_of("X-Y"), text_of("z") };
	assert_int_equal(head_check(&head, &length, &why), OK);
	head.lines[head.n_lines++] = (struct head_line){ text_of("X-Y"), text_of("z") };
	assert_int_equal(head_check(&head, &length, &why), ERR_MALFORMED);
}

static void a_long_address(void **state)
{
	(void)state;
	static char path[HEAD_URI_MAX + 3];
	struct head head;
	uint64_t length;
	const char *why;
	memset(path, 'a', sizeof path - 1);
	path[0] = '/';
	make(&ROWS[0], &head);
	head.path = (struct text){ path, HEAD_URI_MAX };
	assert_int_equal(head_check(&head, &length, &why), OK);
	head.path.len++;
	assert_int_equal(head_check(&head, &length, &why), ERR_MALFORMED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row),
		cmocka_unit_test(sixty_four_fields),
		cmocka_unit_test(a_long_address),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
