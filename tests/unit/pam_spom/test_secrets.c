/* Passwords of every kind arrive as they were typed, or not at all, and none stays in the application's memory. */
#include "unit.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "pam_spom/app.h"
#include "pam_spom/memory.h"
#include "pam_spom/script.h"
#include "wire/prompt.h"

static struct fake fake;

static int stop(void **state)
{
	(void)state;
	fake_stop(&fake);
	return 0;
}

struct typed {
	const char *bytes;
	size_t len;
};

/* A yes for exactly these bytes. */
static void script_exactly(struct peer *peer)
{
	const struct typed *typed = peer->arg;
	fake_welcome(peer, ROLE_PAM);
	const struct msg_login_open *open = fake_receive(peer, TAG_login_open);
	script_ask_password(peer);
	const struct msg_login_answer *answer = fake_receive(peer, TAG_login_answer);
	struct secret right = { (unsigned char *)typed->bytes, typed->len };
	if (secret_equal(answer->answer, right))
		script_done(peer, open->user);
	else
		script_denied(peer, "sign_in_failed");
}

static char *repeated(size_t len)
{
	char *bytes = malloc(len + 1);
	memset(bytes, 'x', len);
	bytes[len] = '\0';
	return bytes;
}

static int result_of(const char *bytes, unsigned *errors_r)
{
	const struct typed typed = { bytes, strlen(bytes) };
	fake_start(&fake, fake_path("a"), script_exactly, &typed);
	struct app app = { .user = "anna", .password = bytes };
	int result = app_authenticate(&app);
	fake_stop(&fake);
	*errors_r = app.errors;
	return result;
}

static void any_bytes_arrive(void **state)
{
	(void)state;
	char every[256];
	unsigned errors;
	for (unsigned i = 0; i < 255; i++)
		every[i] = (char)(i + 1);
	every[255] = '\0';
	app_service("", "");
	assert_int_equal(
	    result_of("", &errors), PAM_SUCCESS); /* whether it may be empty is the authority's to say */
	assert_int_equal(result_of(every, &errors), PAM_SUCCESS);
	assert_int_equal(result_of("Straße \xff\xfe", &errors), PAM_SUCCESS);
}

static void length_has_an_end(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		size_t len;
		int result;
	} ROWS[] = {
		{ "1023", 1023, PAM_SUCCESS },
		{ "1024", 1024, PAM_SUCCESS },
		{ "1025", 1025, PAM_AUTH_ERR },
		{ "64 KiB", 65536, PAM_AUTH_ERR },
		{ "1 MiB", 1 << 20, PAM_AUTH_ERR },
	};
	app_service("", "");
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		char *bytes = repeated(ROWS[i].len);
		unsigned errors = 0;
		ROW(ROWS[i].name, result_of(bytes, &errors) == ROWS[i].result);
		ROW(ROWS[i].name,
		    errors ==
			(ROWS[i].result == PAM_SUCCESS ? 0 : 1)); /* the same words as for a wrong one */
		free(bytes);
	}
}

/* Types the word, leaving no copy but the one that it hands over. */
static int type_word(struct app *app, int style, const char *text, char **answer_r)
{
	(void)app, (void)text;
	if (style != PAM_PROMPT_ECHO_OFF)
		return PAM_SUCCESS;
	*answer_r = memory_line();
	return PAM_SUCCESS;
}

static int give_word(struct app *app, int style, const char *text, char **answer_r)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct wire_any any;
	uint64_t trace;
	char word[MEMORY_WORD + 1];
	uint8_t *prompt = NULL;
	(void)app;
	if (style != PAM_BINARY_PROMPT || prompt_read((const uint8_t *)text, &arena, &trace, &any) != OK)
		return PAM_CONV_ERR;
	memory_word(word);
	const struct msg_login_intro intro = { .cookie = { (unsigned char *)"cookie", 6 } };
	const struct msg_login_answer answer = { .id = TEXT_LITERAL("ask-1"),
		.answer = { (unsigned char *)word, MEMORY_WORD } };
	if (any.msg->tag == TAG_login_intro_wanted)
		(void)!prompt_make(WIRE(login_intro, &intro), 0, &prompt);
	else if (wire_is_ask(any.msg))
		(void)!prompt_make(WIRE(login_answer, &answer), 0, &prompt);
	explicit_bzero(word, sizeof word);
	*answer_r = (char *)prompt;
	return PAM_SUCCESS;
}

static void nothing_typed_stays_in_memory(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		fake_script *script;
		app_answer *answer;
	} ROWS[] = {
		{ "terminal", script_good, type_word },
		{ "gate", script_good_gate, give_word },
	};
	app_service("", "");
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		fake_start(&fake, fake_path("a"), ROWS[i].script, NULL);
		struct app app = { .user = "anna", .answer = ROWS[i].answer };
		ROW(ROWS[i].name, app_authenticate(&app) == PAM_AUTH_ERR);
		ROW(ROWS[i].name, !memory_holds_word());
		fake_stop(&fake);
	}
	char *copy = malloc(MEMORY_WORD + 1); /* the search finds what is there */
	memory_word(copy);
	__asm__ volatile("" : : "r"(copy) : "memory"); /* or the compiler sees that nobody reads it */
	assert_true(memory_holds_word());
	free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(any_bytes_arrive, stop),
		cmocka_unit_test_teardown(length_has_an_end, stop),
		cmocka_unit_test_teardown(nothing_typed_stays_in_memory, stop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
