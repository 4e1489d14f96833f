#include "unit.h"
#include <stdio.h>
#include <string.h>
#include "front/house.h"

static const char *head_of(struct reply *reply)
{
	struct text head = reply_head(reply, "policy");
	assert_non_null(head.at);
	return head.at;
}

static void fields(void **state)
{
	(void)state;
	struct arena arena = { 0 };
	struct reply reply = { .arena = &arena, .status = 303 };
	reply_header(&reply, "Location", text_of("/a"));
	reply_header(&reply, "X-A", text_of("a\r\nSet-Cookie: b=c"));
	reply_header(&reply, "X-B", (struct text){ "a\0b", 3 });
	reply_number(&reply, "Retry-After", 17);
	const char *head = head_of(&reply);
	assert_true(strncmp(head, "HTTP/1.1 303 See Other\r\nLocation: /a\r\n", 38) == 0);
	assert_string_equal(house_field(head, "Retry-After"), "17");
	assert_string_equal(house_field(head, "X-A"), "");
	assert_string_equal(house_field(head, "X-B"), "");
	assert_string_equal(house_field(head, "Set-Cookie"), "");
	assert_string_equal(house_field(head, "Cache-Control"), "no-store");
	assert_string_equal(house_field(head, "Content-Length"), "0");
	assert_string_equal(house_field(head, "Connection"), "keep-alive");
	assert_string_equal(house_field(head, "Content-Security-Policy"), "");
	assert_string_equal(strstr(head, "\r\n\r\n"), "\r\n\r\n");
	arena_done(&arena);
}

static void with_a_body(void **state)
{
	(void)state;
	struct arena arena = { 0 };
	struct reply reply = {
		.arena = &arena, .status = 200, .type = "text/html", .body = { "abc", 3 }, .close = true
	};
	const char *head = head_of(&reply);
	assert_string_equal(house_field(head, "Content-Security-Policy"), "policy");
	assert_string_equal(house_field(head, "Content-Type"), "text/html");
	assert_string_equal(house_field(head, "X-Content-Type-Options"), "nosniff");
	assert_string_equal(house_field(head, "Content-Length"), "3");
	assert_string_equal(house_field(head, "Connection"), "close");
	reply.keep = true;
	assert_string_equal(
	    house_field(head_of(&reply), "Cache-Control"), "public, max-age=31536000, immutable");
	arena_done(&arena);
}

static void policy_of_documents(void **state)
{
	(void)state;
	static const struct {
		const char *type;
		bool has;
	} ROWS[] = {
		{ "text/html; charset=utf-8", true },
		{ "application/json", true },
		{ "image/svg+xml", true },
		{ "text/plain", true },
		{ "text/css; charset=utf-8", false },
		{ "text/javascript; charset=utf-8", false },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct arena arena = { 0 };
		struct reply reply = { .arena = &arena, .status = 200, .type = ROWS[i].type };
		const char *head = head_of(&reply);
		ROW(ROWS[i].type, (house_field(head, "Content-Security-Policy")[0] != '\0') == ROWS[i].has);
		ROW(ROWS[i].type, (house_field(head, "X-Frame-Options")[0] != '\0') == ROWS[i].has);
		ROW(ROWS[i].type, strcmp(house_field(head, "X-Content-Type-Options"), "nosniff") == 0);
		arena_done(&arena);
	}
}

static void too_many_fields(void **state)
{
	(void)state;
	struct arena arena = { 0 };
	struct reply reply = { .arena = &arena, .status = 200 };
	for (unsigned i = 0; i < REPLY_HEADERS_MAX + 5; i++)
		reply_header(&reply, "X-A", text_of("b"));
	assert_int_equal(reply.n_headers, REPLY_HEADERS_MAX);
	assert_non_null(head_of(&reply));
	arena_done(&arena);
}

static const struct {
	const char *name, *value;
	bool secure;
	unsigned max_age_s;
	const char *line; /* NULL: not set */
} COOKIES[] = {
	{ "spom", "abc", false, 0, "spom=abc; Path=/; HttpOnly; SameSite=Lax" },
	{ "__Host-spom", "abc", true, 0, "__Host-spom=abc; Path=/; HttpOnly; SameSite=Lax; Secure" },
	{ "spom", "abc", false, 60, "spom=abc; Path=/; HttpOnly; SameSite=Lax; Max-Age=60" },
	{ "spom", NULL, true, 60, "spom=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0" },
	{ "spom", "a;b", false, 0, NULL },
	{ "spom", "a b", false, 0, NULL },
	{ "spom", "a\r\nb", false, 0, NULL },
};

static void cookies(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(COOKIES); i++) {
		struct arena arena = { 0 };
		struct reply reply = { .arena = &arena, .status = 200 };
		const char *value = COOKIES[i].value;
		struct secret secret = { (unsigned char *)(uintptr_t)value,
			value != NULL ? strlen(value) : 0 };
		reply_cookie(&reply, COOKIES[i].name, secret, COOKIES[i].secure, COOKIES[i].max_age_s);
		const char *line = COOKIES[i].line != NULL ? COOKIES[i].line : "";
		ROW(line, strcmp(house_field(head_of(&reply), "Set-Cookie"), line) == 0);
		arena_done(&arena);
	}
}

static void no_memory(void **state)
{
	(void)state;
	struct arena arena = { .limit = 64 };
	struct reply reply = { .arena = &arena, .status = 200 };
	assert_null(reply_head(&reply, "policy").at);
	arena_done(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields),
		cmocka_unit_test(with_a_body),
		cmocka_unit_test(policy_of_documents),
		cmocka_unit_test(too_many_fields),
		cmocka_unit_test(cookies),
		cmocka_unit_test(no_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
