/* Letters: every kind in every language; what comes from outside stays a line of text. */
#include "unit.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include "courier/coded.h"
#include "courier/letter.h"
#include "text/web.h"

#define AT_MS 1772557440000 /* 2026-03-03 17:04 UTC */

static struct arena arena;

static const char *const KINDS[] = {
#define MAIL(constant, text) #text,
#include "authority/outbox/mails.def"
#undef MAIL
};

static const struct msg_courier_config CONFIG = {
	.from = { "portal@example.edu", 18 },
	.institution = { "Universit\xc3\xa4t Beispiel", 21 },
	.origin = { "https://login.example.edu:8443", 30 },
	.help = { "help@example.edu", 16 },
	.zone = { "Europe/Berlin", 13 },
};

static const struct msg_mail_matter MATTER = {
	.kind = { "factor_added", 12 },
	.to = { "anna@example.edu", 16 },
	.name = { "Anna", 4 },
	.language = { "en", 2 },
	.object = { "My phone", 8 },
	.address = { "192.0.2.7", 9 },
	.browser = { "Mozilla/5.0 (X11; Linux x86_64; rv:1) Firefox/117.0", 51 },
	.door = { "web", 3 },
	.count = 3,
	.at = AT_MS,
};

static int set_zone(void **state)
{
	(void)state;
	setenv("TZ", "Europe/Berlin", 1);
	tzset();
	return 0;
}

static int forget(void **state)
{
	(void)state;
	arena_done(&arena);
	return 0;
}

static enum err try_letter(const struct msg_mail_matter *matter, const char **letter_r)
{
	struct text letter = { NULL, 0 };
	const struct msg_mail_item item = { .id = { { 1, 2, 3 } }, .matter = matter };
	enum err err = letter_write(&web_strings, &CONFIG, &item, &arena, &letter);
	*letter_r = text_str(letter);
	return err;
}

static const char *letter_of(const struct msg_mail_matter *matter)
{
	const char *letter;
	assert_int_equal(try_letter(matter, &letter), OK);
	return letter;
}

static const char *body_of(const char *letter)
{
	const char *at = strstr(letter, "\r\n\r\n");
	assert_non_null(at);
	return at + 4;
}

static int digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : c - 'A' + 10;
}

/* What quoted-printable says; every line is checked for its length and its end. */
static const char *decoded(const char *body)
{
	char *text = arena_alloc(&arena, strlen(body) + 1), *to = text;
	for (size_t column = 0; *body != '\0'; body++, column++) {
		assert_in_range(column, 0, 77);
		if (*body == '=' && body[1] == '\r') {
			body += 2;
			column = (size_t)-1;
		} else if (*body == '=') {
			*to++ = (char)(digit(body[1]) * 16 + digit(body[2]));
			body += 2;
			column += 2;
		} else if (*body == '\r') {
			assert_int_equal(body[1], '\n');
			*to++ = '\n';
			body++;
			column = (size_t)-1;
		} else {
			assert_true(*body >= ' ' && *body < 0x7f);
			*to++ = *body;
		}
	}
	return text;
}

static void a_letter_says_what_happened_and_what_to_do(void **state)
{
	(void)state;
	const char *letter = letter_of(&MATTER);
	static const char *const HEAD[] = {
		"Date: Tue, 03 Mar 2026 17:04:00 +0000\r\n",
		"From: =?utf-8?B?VW5pdmVyc2l0w6R0IEJlaXNwaWVs?= <portal@example.edu>\r\n",
		"To: Anna <anna@example.edu>\r\n",
		"Subject: A device was added to your account\r\n",
		"Message-ID: <AQIDAAAAAAAAAAAAAAAAAA@login.example.edu>\r\n",
		"Auto-Submitted: auto-generated\r\n",
		"Content-Type: text/plain; charset=utf-8\r\n",
	};
	for (size_t i = 0; i < COUNT(HEAD); i++)
		ROW(HEAD[i], strstr(letter, HEAD[i]) != NULL && strstr(letter, HEAD[i]) < body_of(letter));
	static const char *const WORDS[] = { "Hello Anna,\n", "\xe2\x80\x9cMy phone\xe2\x80\x9d",
		"When: on 3 March 2026 at 18:04\n", "From: 192.0.2.7\n", "With: Firefox on Linux\n",
		"Through: web\n", "https://login.example.edu:8443/security", "help@example.edu",
		"Universit\xc3\xa4t Beispiel" };
	const char *words = decoded(body_of(letter));
	for (size_t i = 0; i < COUNT(WORDS); i++)
		ROW(WORDS[i], strstr(words, WORDS[i]) != NULL);
	assert_string_equal(letter_of(&MATTER), letter); /* the same mail is the same bytes */
}

static void every_kind_has_words_in_every_language(void **state)
{
	(void)state;
	for (unsigned i = 0; i < web_strings.n_languages; i++)
		for (size_t j = 0; j < COUNT(KINDS); j++) {
			struct msg_mail_matter matter = MATTER;
			matter.kind = text_of(KINDS[j]);
			matter.language = text_of(web_strings.languages[i].tag);
			const char *letter = letter_of(&matter), *words = decoded(body_of(letter));
			ROW(KINDS[j], strchr(words, '{') == NULL && strchr(letter, '{') == NULL);
			ROW(KINDS[j], strstr(words, "Anna,\n") != NULL);
			const char *link = words;
			while ((link = strstr(link, "://")) != NULL) {
				ROW(KINDS[j], strncmp(link - 5, "https://login.example.edu:8443", 30) == 0);
				link++;
			}
		}
}

/* A kind that nobody sends any more leaves no words behind. */
static void there_are_no_words_without_a_kind(void **state)
{
	(void)state;
	static const char *const PARTS[] = { ".subject", ".body", ".advice" };
	for (unsigned i = 0; i < web_strings.n_ids; i++) {
		const char *id = web_strings.ids[i], *dot = strchr(id, '.');
		if (strncmp(id, "mail.", 5) != 0 || strchr(dot + 1, '.') == NULL)
			continue;
		bool known = false;
		for (size_t j = 0; j < COUNT(KINDS); j++)
			for (size_t k = 0; k < COUNT(PARTS); k++) {
				size_t len = strlen(KINDS[j]);
				known |= strncmp(id + 5, KINDS[j], len) == 0 &&
					 strcmp(id + 5 + len, PARTS[k]) == 0;
			}
		ROW(id, known);
	}
}

static void the_language_is_the_persons(void **state)
{
	(void)state;
	struct msg_mail_matter matter = MATTER;
	static const struct {
		const char *language, *greeting;
	} ROWS[] = {
		{ "de", "Guten Tag Anna" },
		{ "de-AT, en;q=0.5", "Guten Tag Anna" },
		{ "fr", "Hello Anna" },
		{ NULL, "Hello Anna" },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		matter.language = text_of(ROWS[i].language);
		ROW(ROWS[i].greeting, strncmp(decoded(body_of(letter_of(&matter))), ROWS[i].greeting,
					  strlen(ROWS[i].greeting)) == 0);
	}
	matter.language = text_of("de");
	matter.kind = text_of("code_wrong");
	matter.count = 1;
	assert_non_null(strstr(decoded(body_of(letter_of(&matter))), "einen falschen Code. "));
}

static void what_is_not_known_is_left_out(void **state)
{
	(void)state;
	const struct msg_mail_matter matter = {
		.kind = text_of("factor_added"), .to = text_of("anna@example.edu"), .at = AT_MS
	};
	const char *words = decoded(body_of(letter_of(&matter)));
	assert_null(strstr(words, "From:"));
	assert_null(strstr(words, "With:"));
	assert_null(strstr(words, "Through:"));
	assert_non_null(strstr(words, "(without a name)"));
	assert_non_null(strstr(words, "Hello anna example. edu,"));
}

/* Number of lines of the head, which nothing from outside may raise. */
static unsigned head_lines(const char *letter)
{
	unsigned n = 0;
	for (const char *at = letter; at < body_of(letter) - 2; at = strstr(at, "\r\n") + 2)
		n += *at != ' ';
	return n;
}

static void what_comes_from_outside_stays_text(void **state)
{
	(void)state;
	static const char *const NASTY[] = {
		"a\r\nBcc: evil@example.com",
		"a\nBcc: evil@example.com\n\n",
		"a\rb",
		"Anna\" <evil@example.com>, \"x",
		"=?utf-8?Q?=0D=0ABcc:_evil@example.com?=",
		"see https://evil.example/login now",
		"http://evil.example",
		"www.evil.example",
		"mailto:evil@example.com",
		"{portal}{when}",
		"\xe2\x80\xae evil",
		".\r\n.\r\n",
		"\x7f\x01",
		"\xd0\x90\xd0\xbd\xd0\xbd\xd0\xb0 \xd0\x90\xd0\xbd\xd0\xbd\xd0\xb0 "
		"\xd0\x90\xd0\xbd\xd0\xbd\xd0\xb0 "
		"\xd0\x90\xd0\xbd\xd0\xbd\xd0\xb0 \xd0\x90\xd0\xbd\xd0\xbd\xd0\xb0",
	};
	unsigned usual = head_lines(letter_of(&MATTER));
	for (size_t i = 0; i < COUNT(NASTY); i++) {
		struct msg_mail_matter matter = MATTER;
		matter.name = matter.object = matter.address = matter.browser = matter.door =
		    text_of(NASTY[i]);
		const char *letter = letter_of(&matter), *words = decoded(body_of(letter));
		ROW(NASTY[i], head_lines(letter) == usual);
		ROW(NASTY[i], strcasestr(letter, "\nBcc:") == NULL && strcasestr(words, "\nBcc:") == NULL);
		ROW(NASTY[i], strstr(words, "evil.e") == NULL && strstr(words, "evil@") == NULL);
		ROW(NASTY[i], strstr(words, "\xe2\x80\xae") == NULL);
		ROW(NASTY[i], strstr(words, "http://") == NULL);
		ROW(NASTY[i], text_is_utf8(words, strlen(words)));
	}
}

static void an_address_that_no_header_may_carry_is_never_written_to(void **state)
{
	(void)state;
	static const char *const WRONG[] = { "", "anna", "@example.edu", "anna@", "a@b@c", "a b@example.edu",
		"anna@example.edu\r\nRCPT TO:<evil@example.com>", "<anna@example.edu>", "a,b@example.edu",
		"-f@example.edu", "\"a\"@example.edu", "\xc3\xa4@example.edu", "a@example.edu>" };
	for (size_t i = 0; i < COUNT(WRONG); i++) {
		struct msg_mail_matter matter = MATTER;
		const char *letter;
		matter.to = text_of(WRONG[i]);
		ROW(WRONG[i], try_letter(&matter, &letter) == ERR_MALFORMED);
		ROW(WRONG[i], !letter_is_address(matter.to));
	}
	struct msg_mail_matter matter = MATTER;
	const char *letter;
	matter.kind = text_of("no_such_kind");
	assert_int_equal(try_letter(&matter, &letter), ERR_MALFORMED);
	assert_true(letter_is_address(text_of("o'neil+x@mail.example.edu")));
}

static void long_names_are_cut_between_characters(void **state)
{
	(void)state;
	for (size_t max = 0; max < 12; max++) {
		struct text clean = letter_clean(text_of("a\xe2\x82\xac\xf0\x9f\x98\x80\xc3\xa4."
							 "b"),
		    max, &arena);
		assert_true(clean.len <= max);
		assert_true(text_is_utf8(clean.at, clean.len));
	}
}

static void words_of_a_header_are_coded_in_short_lines(void **state)
{
	(void)state;
	static const char *const WORDS[] = { "plain", "caf\xc3\xa9", "a \"quoted\" one",
		"a very long line of plain words that goes on and on and does not end before eighty",
		"\xe0\xa4\xa8\xe0\xa4\xae\xe0\xa4\xb8\xe0\xa5\x8d\xe0\xa4\xa4\xe0\xa5\x87 "
		"\xe0\xa4\xa8\xe0\xa4\xae\xe0\xa4\xb8\xe0\xa5\x8d\xe0\xa4\xa4\xe0\xa5\x87" };
	for (size_t i = 0; i < COUNT(WORDS); i++) {
		struct out out = OUT(&arena);
		struct text text;
		coded_words(text_of(WORDS[i]), &out);
		assert_true(out_done(&out, &text));
		for (const char *at = text.at; *at != '\0';) {
			size_t len = strcspn(at, "\r");
			ROW(WORDS[i], len <= 76);
			at += at[len] == '\r' ? len + 2 : len;
		}
		assert_int_equal(strcmp(text.at, WORDS[i]) == 0, i == 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_letter_says_what_happened_and_what_to_do, forget),
		cmocka_unit_test_teardown(every_kind_has_words_in_every_language, forget),
		cmocka_unit_test_teardown(there_are_no_words_without_a_kind, forget),
		cmocka_unit_test_teardown(the_language_is_the_persons, forget),
		cmocka_unit_test_teardown(what_is_not_known_is_left_out, forget),
		cmocka_unit_test_teardown(what_comes_from_outside_stays_text, forget),
		cmocka_unit_test_teardown(an_address_that_no_header_may_carry_is_never_written_to, forget),
		cmocka_unit_test_teardown(long_names_are_cut_between_characters, forget),
		cmocka_unit_test_teardown(words_of_a_header_are_coded_in_short_lines, forget),
	};
	return cmocka_run_group_tests(tests, set_zone, NULL);
}
