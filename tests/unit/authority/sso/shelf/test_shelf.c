/* The shelf in a real directory, with somebody else who writes there. */
#include "unit.h"
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "authority/authority.h"
#include "authority/directory/campus.h"
#include "authority/directory/records.h"
#include "authority/directory/slapd.h"
#include "authority/keys/keys.h"
#include "authority/sso/shelf.h"
#include "conf/conf.h"
#include "log/log.h"

#define MASTER_1 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define MASTER_2 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
#define NONE ((struct text){ NULL, 0 })

static struct slapd slapd;
static struct conf conf = { .records = { .base = RECORDS } };
static struct authority authority = { .conf = &conf };

static enum err add_found_by(const char *name, struct shelf_finds finds)
{
	const struct msg_uri_row uri = { TEXT_LITERAL("https://wiki.example.edu/in") };
	const struct msg_service_record service = {
		.name = text_of(name),
		.protocol = PROTOCOL_OIDC,
		.label = TEXT_LITERAL("Wiki"),
		.client_id = finds.n > 0 ? finds.at[0] : NONE,
		.redirect_uris = { &uri, 1 },
		.added = 1000,
	};
	return shelf_add(&authority, SHELF_SERVICE, text_of(name), finds, WIRE(service_record, &service));
}

static enum err add(const char *name, const char *find)
{
	const struct text text = text_of(find);
	return add_found_by(name, (struct shelf_finds){ &text, find != NULL });
}

static enum err add_key(const char *name)
{
	static uint8_t bytes[] = "private";
	const struct msg_signing_key_record key = {
		.kid = text_of(name), .alg = SIGNING_ES256, .private = { bytes, 7 }, .made = 1000
	};
	return shelf_add(
	    &authority, SHELF_SIGNING_KEY, text_of(name), SHELF_NO_FINDS, WIRE(signing_key_record, &key));
}

static enum err load(enum shelf shelf, const char *name)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	const void *record;
	return shelf_load(&authority, shelf, text_of(name), &arena, &record);
}

/* The name of what is found; the error as text where nothing is. */
static const char *found_by_first(struct shelf_finds finds)
{
	static char name[SHELF_NAME_MAX + 1];
	CLEANUP(arena_done) struct arena arena = { 0 };
	const void *record;
	enum err err = shelf_find(&authority, SHELF_SERVICE, finds, &arena, &record);
	if (err != OK)
		return err_text(err);
	const struct msg_service_record *service = record;
	(void)snprintf(name, sizeof name, "%s", text_str(service->name));
	return name;
}

static const char *found_by(const char *find)
{
	const struct text text = text_of(find);
	return found_by_first((struct shelf_finds){ &text, 1 });
}

/* "a b! more": the names, those that cannot be opened marked, and whether there are others. */
static const char *listed(enum shelf shelf, unsigned max)
{
	static char names[400];
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct shelf_item *items;
	unsigned n;
	bool more;
	size_t len = 0;
	names[0] = '\0';
	enum err err = shelf_list(&authority, shelf, max, &arena, &items, &n, &more);
	if (err != OK)
		return err_text(err);
	for (unsigned i = 0; i < n; i++)
		len += (size_t)snprintf(names + len, sizeof names - len, "%s%.*s%s", i > 0 ? " " : "",
		    TEXT_ARGS(items[i].name), items[i].record == NULL ? "!" : "");
	if (more)
		(void)snprintf(names + len, sizeof names - len, " more");
	return names;
}

static void clear(void)
{
	for (unsigned shelf = 0; shelf < SHELF_COUNT_; shelf++) {
		CLEANUP(arena_done) struct arena arena = { 0 };
		struct shelf_item *items;
		unsigned n;
		bool more;
		assert_int_equal(
		    shelf_list(&authority, (enum shelf)shelf, 100, &arena, &items, &n, &more), OK);
		for (unsigned i = 0; i < n; i++)
			assert_int_equal(shelf_remove(&authority, (enum shelf)shelf, items[i].name), OK);
	}
}

/* What somebody does who may write there. */
static void put(const char *unit, const char *name, const char *attribute, struct text value)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	const struct record_change change = { RECORD_REPLACE, attribute, &value, value.at != NULL };
	const char *dn = arena_printf(&arena, "cn=%s,ou=%s,%s", name, unit, RECORDS);
	assert_int_equal(records_modify(authority.directory, dn, &change, 1, NULL, &arena), OK);
}

static struct text get(const char *unit, const char *name, const char *attribute, struct arena *arena)
{
	const char *names[] = { attribute };
	struct attribute read;
	const char *dn = arena_printf(arena, "cn=%s,ou=%s,%s", name, unit, RECORDS);
	assert_int_equal(records_read(authority.directory, dn, names, 1, arena, &read), OK);
	return read.n_values > 0 ? read.values[0] : NONE;
}

static void what_is_put_there_is_found(void **state)
{
	(void)state;
	assert_string_equal(listed(SHELF_SERVICE, 10), "");
	assert_string_equal(found_by("id-wiki"), err_text(ERR_NOT_FOUND));
	assert_int_equal(add("wiki", "id-wiki"), OK);
	assert_int_equal(add("chat", "id(*)\\chat"), OK);
	assert_int_equal(add("files_2", "ID-wiki"), OK); /* another one */
	assert_int_equal(load(SHELF_SERVICE, "wiki"), OK);
	assert_int_equal(load(SHELF_SIGNING_KEY, "wiki"), ERR_NOT_FOUND);
	assert_int_equal(load(SHELF_SERVICE, "other"), ERR_NOT_FOUND);
	assert_string_equal(found_by("id-wiki"), "wiki");
	assert_string_equal(found_by("ID-wiki"), "files_2");
	assert_string_equal(found_by("id(*)\\chat"), "chat");
	assert_string_equal(found_by("id-*"), err_text(ERR_NOT_FOUND));
	assert_string_equal(found_by("id wiki"), err_text(ERR_NOT_FOUND));
	assert_int_equal(shelf_remove(&authority, SHELF_SERVICE, TEXT_LITERAL("wiki")), OK);
	assert_int_equal(shelf_remove(&authority, SHELF_SERVICE, TEXT_LITERAL("wiki")), ERR_NOT_FOUND);
	assert_string_equal(found_by("id-wiki"), err_text(ERR_NOT_FOUND));
}

static void names_and_what_finds_are_there_once(void **state)
{
	(void)state;
	assert_int_equal(add("wiki", "id-wiki"), OK);
	assert_int_equal(add("wiki", "id-other"), ERR_EXISTS);
	assert_int_equal(add("other", "id-wiki"), ERR_EXISTS);
	assert_int_equal(add_key("wiki"), OK); /* another shelf */
	assert_int_equal(add_key("wiki"), ERR_EXISTS);
	static const char *const NAMES[] = { "", "Wiki", "a b", "a,b", "a=b", "a.b", "\xc3\xbc", "*",
		"a2345678901234567890123456789012345678901234567890123456789012345" };
	for (size_t i = 0; i < COUNT(NAMES); i++) {
		ROW(NAMES[i], add(NAMES[i], "id-free") == ERR_MALFORMED);
		ROW(NAMES[i], load(SHELF_SERVICE, NAMES[i]) == ERR_MALFORMED);
		ROW(NAMES[i], shelf_remove(&authority, SHELF_SERVICE, text_of(NAMES[i])) == ERR_MALFORMED);
	}
	static const char *const FINDS[] = { "", "a b", "a\x7f", "\xc3\xbc" };
	for (size_t i = 0; i < COUNT(FINDS); i++)
		ROW(FINDS[i], add("free", FINDS[i]) == ERR_MALFORMED);
	const struct msg_uri_row foreign = { TEXT_LITERAL("x") };
	assert_int_equal(shelf_add(&authority, SHELF_SERVICE, TEXT_LITERAL("free"), SHELF_NO_FINDS,
			     WIRE(uri_row, &foreign)),
	    ERR_INTERNAL);
}

/* The order of the directory's values is its own; the nearest text is whose thing it is, also where that is broken. */
static void one_may_be_found_by_several_texts(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	static const struct text WIKI[] = { TEXT_LITERAL("cas:b"), TEXT_LITERAL("cas:a"),
		TEXT_LITERAL("cas:ab") };
	static const struct text CHAT[] = { TEXT_LITERAL("cas:chat"), TEXT_LITERAL("cas:a") };
	static const struct text NEAREST[] = { TEXT_LITERAL("cas:none"), TEXT_LITERAL("cas:ab"),
		TEXT_LITERAL("cas:chat") };
	static const struct text OTHERS[] = { TEXT_LITERAL("cas:chat"), TEXT_LITERAL("cas:ab") };
	assert_int_equal(add_found_by("wiki", (struct shelf_finds){ WIKI, 3 }), OK);
	assert_int_equal(add_found_by("chat", (struct shelf_finds){ CHAT, 2 }), ERR_EXISTS);
	assert_int_equal(add_found_by("chat", (struct shelf_finds){ CHAT, 1 }), OK);
	for (size_t i = 0; i < COUNT(WIKI); i++)
		assert_string_equal(found_by(text_str(WIKI[i])), "wiki");
	assert_string_equal(found_by_first((struct shelf_finds){ NEAREST, 3 }), "wiki");
	assert_string_equal(found_by_first((struct shelf_finds){ OTHERS, 2 }), "chat");
	assert_string_equal(found_by_first((struct shelf_finds){ NEAREST, 1 }), err_text(ERR_NOT_FOUND));
	assert_string_equal(found_by_first(SHELF_NO_FINDS), err_text(ERR_NOT_FOUND));
	put("services", "wiki", "spomFoundBy", WIKI[2]); /* some were taken away */
	assert_string_equal(found_by_first((struct shelf_finds){ NEAREST, 3 }), err_text(ERR_STALE));
	put("services", "chat", "spomFoundBy", WIKI[2]);
	assert_string_equal(found_by_first((struct shelf_finds){ NEAREST, 3 }), err_text(ERR_STALE));
	struct text many[SHELF_FINDS_MAX + 1];
	for (unsigned i = 0; i < COUNT(many); i++)
		many[i] = text_of(arena_printf(&arena, "cas:%u", i));
	assert_int_equal(add_found_by("many", (struct shelf_finds){ many, COUNT(many) }), ERR_MALFORMED);
	assert_int_equal(add_found_by("many", (struct shelf_finds){ many, COUNT(many) - 1 }), OK);
	assert_string_equal(found_by("cas:31"), "many");
}

static void they_are_listed_in_order(void **state)
{
	(void)state;
	static const char *const NAMES[] = { "m", "b-2", "b", "zz", "b_1", "a", "b1" };
	for (size_t i = 0; i < COUNT(NAMES); i++)
		assert_int_equal(add(NAMES[i], NULL), OK);
	assert_string_equal(listed(SHELF_SERVICE, 10), "a b b-2 b1 b_1 m zz");
	assert_string_equal(listed(SHELF_SERVICE, 3), "a b b-2 more");
	assert_string_equal(listed(SHELF_SIGNING_KEY, 3), "");
}

/* Who writes to the directory takes things away, and that is all. */
static void what_was_changed_is_broken(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	assert_int_equal(add("wiki", "id-wiki"), OK);
	assert_int_equal(add("chat", "id-chat"), OK);
	assert_int_equal(add_key("wiki"), OK);
	struct text wiki = get("services", "wiki", "spomSealed", &arena);
	struct text chat = get("services", "chat", "spomSealed", &arena);
	struct text key = get("keys", "wiki", "spomSealed", &arena);
	char *flipped = arena_printf(&arena, "%s", text_str(wiki));
	flipped[60] = flipped[60] == 'A' ? 'B' : 'A';
	const struct {
		const char *name, *attribute;
		struct text value, before;
	} ROWS[] = {
		{ "of another name", "spomSealed", chat, wiki },
		{ "of another shelf", "spomSealed", key, wiki },
		{ "a bit", "spomSealed", text_of(flipped), wiki },
		{ "cut", "spomSealed", { wiki.at, wiki.len - 4 }, wiki },
		{ "rubbish", "spomSealed", TEXT_LITERAL("x"), wiki },
		{ "found by something else", "spomFoundBy", TEXT_LITERAL("id-new"), TEXT_LITERAL("id-wiki") },
		{ "not found any more", "spomFoundBy", NONE, TEXT_LITERAL("id-wiki") },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		put("services", "wiki", ROWS[i].attribute, ROWS[i].value);
		ROW(ROWS[i].name, load(SHELF_SERVICE, "wiki") == ERR_STALE);
		ROW(ROWS[i].name, strcmp(listed(SHELF_SERVICE, 9), "chat wiki!") == 0);
		ROW(ROWS[i].name, strcmp(found_by("id-wiki"), "wiki") != 0);
		ROW(ROWS[i].name, strcmp(found_by("id-new"), "wiki") != 0);
		put("services", "wiki", ROWS[i].attribute, ROWS[i].before);
		ROW(ROWS[i].name, load(SHELF_SERVICE, "wiki") == OK);
	}
	put("services", "wiki", "spomFoundBy", TEXT_LITERAL("id-chat"));
	assert_string_equal(found_by("id-chat"), err_text(ERR_STALE)); /* two */
}

static const char *write_keys(const char *text)
{
	static char path[200];
	(void)snprintf(path, sizeof path, "%s/master", slapd_folder());
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	assert_int_equal(fchmod(fileno(file), 0600), 0);
	(void)fputs(text, file);
	assert_int_equal(fclose(file), 0);
	return path;
}

static unsigned left_after(unsigned max)
{
	unsigned left = 99;
	assert_int_equal(shelf_reseal(&authority, max, &left), OK);
	return left;
}

static void it_is_sealed_anew(void **state)
{
	(void)state;
	assert_int_equal(left_after(10), 0);
	assert_int_equal(add("wiki", "id-wiki"), OK);
	assert_int_equal(add("chat", NULL), OK);
	assert_int_equal(add("torn", NULL), OK);
	assert_int_equal(add_key("k1"), OK);
	put("services", "torn", "spomSealed", TEXT_LITERAL("x"));
	assert_int_equal(left_after(10), 0);
	assert_int_equal(keys_reload(authority.keys, write_keys(MASTER_2 "\n" MASTER_1 "\n")), OK);
	assert_int_equal(left_after(0), 4);
	assert_int_equal(left_after(1), 3);
	assert_string_equal(listed(SHELF_SERVICE, 9), "chat torn! wiki");
	assert_int_equal(left_after(10), 0);
	assert_int_equal(keys_reload(authority.keys, write_keys(MASTER_2 "\nnames " MASTER_1 "\n")), OK);
	assert_string_equal(listed(SHELF_SERVICE, 9), "chat torn! wiki");
	assert_string_equal(found_by("id-wiki"), "wiki");
	assert_int_equal(load(SHELF_SIGNING_KEY, "k1"), OK);
}

static void without_a_directory_nothing_is_said(void **state)
{
	(void)state;
	assert_int_equal(add("wiki", "id-wiki"), OK);
	slapd_kill(&slapd);
	enum err err = load(SHELF_SERVICE, "wiki");
	assert_true(err == ERR_UNREACHABLE || err == ERR_TIMEOUT);
	assert_string_not_equal(found_by("id-wiki"), err_text(ERR_NOT_FOUND));
	assert_string_not_equal(listed(SHELF_SERVICE, 9), "");
	slapd_start(&slapd);
	assert_true(wait_until_well(authority.directory, 3000) >= 0);
}

static int begin(void **state)
{
	(void)state;
	assert_int_equal(keys_new(write_keys(MASTER_1 "\n"), &authority.keys), OK);
	return 0;
}

static int end(void **state)
{
	(void)state;
	clear();
	keys_free(&authority.keys);
	return 0;
}

static int open_all(void **state)
{
	(void)state;
	log_open("test", LOG_LEVEL_ERROR);
	slapd_new(&slapd, "shelf");
	authority.directory = campus_open(campus_settings(slapd.ldap, NULL));
	return 0;
}

static int close_all(void **state)
{
	(void)state;
	directory_free(&authority.directory);
	slapd_kill(&slapd);
	return 0;
}

static int run_all(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_put_there_is_found, begin, end),
		cmocka_unit_test_setup_teardown(names_and_what_finds_are_there_once, begin, end),
		cmocka_unit_test_setup_teardown(one_may_be_found_by_several_texts, begin, end),
		cmocka_unit_test_setup_teardown(they_are_listed_in_order, begin, end),
		cmocka_unit_test_setup_teardown(what_was_changed_is_broken, begin, end),
		cmocka_unit_test_setup_teardown(it_is_sealed_anew, begin, end),
		cmocka_unit_test_setup_teardown(without_a_directory_nothing_is_said, begin, end),
	};
	return cmocka_run_group_tests(tests, open_all, close_all);
}

int main(void)
{
	return slapd_guard(run_all);
}
