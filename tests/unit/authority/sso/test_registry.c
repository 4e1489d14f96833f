/* Services on a shelf in memory: what is made of one, and what is remembered of it. */
#include "unit.h"
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include "../fake_shelf.h"
#include "authority/authority.h"
#include "authority/keys/keys.h"
#include "authority/sso/registry.h"
#include "base/clock.h"
#include "log/log.h"

#define T(literal) TEXT_LITERAL(literal)
#define THREADS 4
#define ROUNDS 400

static struct authority authority;
static struct arena arena;

static struct msg_service_record service_of(const char *name, const char *client_id)
{
	static const struct msg_uri_row URI = { T("https://wiki.example.edu/in") };
	return (struct msg_service_record){
		.name = text_of(name),
		.protocol = PROTOCOL_OIDC,
		.label = T("Wiki"),
		.client_id = text_of(client_id),
		.redirect_uris = { &URI, 1 },
	};
}

static struct secret add(const char *name, const char *client_id)
{
	struct msg_service_record service = service_of(name, client_id);
	struct secret secret = { NULL, 0 };
	assert_int_equal(registry_add(&authority, &service, false, &arena, &secret), OK);
	return secret;
}

static enum err look(const char *client_id)
{
	CLEANUP(arena_done) struct arena mine = { 0 };
	const struct msg_service_record *service = NULL;
	enum err err = registry_client(&authority, text_of(client_id), &mine, &service);
	if (err == OK)
		assert_true(text_equal_str(service->client_id, client_id));
	return err;
}

static void what_the_authority_makes(void **state)
{
	(void)state;
	struct msg_service_record service = service_of("wiki", NULL);
	struct secret secret = { NULL, 0 }, none = { NULL, 0 };
	assert_int_equal(registry_add(&authority, &service, false, &arena, &secret), OK);
	assert_int_equal(service.client_id.len, 22);
	assert_int_equal(secret.len, 43);
	assert_int_equal(service.secret.len, KEYS_HASH_SIZE);
	assert_true(clock_now_ms() - service.added < 60000);
	assert_true(registry_knows_secret(&authority, &service, secret));
	struct msg_service_record app = service_of("app", "app-1");
	assert_int_equal(registry_add(&authority, &app, true, &arena, &none), OK);
	assert_null(none.at);
	assert_int_equal(app.secret.len, 0);
	assert_false(registry_knows_secret(&authority, &app, secret));
	struct msg_service_record again = service_of("app", NULL), same = service_of("other", "app-1");
	assert_int_equal(registry_add(&authority, &again, true, &arena, &none), ERR_EXISTS);
	assert_int_equal(registry_add(&authority, &same, true, &arena, &none), ERR_EXISTS);
	struct msg_service_record wrong = service_of("Wrong", NULL);
	assert_int_equal(registry_add(&authority, &wrong, true, &arena, &none), ERR_MALFORMED);
	assert_null(none.at);
	assert_int_equal(registry_remove(&authority, T("app")), OK);
	assert_int_equal(registry_remove(&authority, T("app")), ERR_NOT_FOUND);
}

static void secrets(void **state)
{
	(void)state;
	const struct msg_service_record *wiki, *chat;
	struct secret of_wiki = add("wiki", "id-wiki"), of_chat = add("chat", "id-chat");
	assert_int_equal(registry_client(&authority, T("id-wiki"), &arena, &wiki), OK);
	assert_int_equal(registry_client(&authority, T("id-chat"), &arena, &chat), OK);
	assert_true(registry_knows_secret(&authority, wiki, of_wiki));
	assert_true(registry_knows_secret(&authority, chat, of_chat));
	assert_false(registry_knows_secret(&authority, wiki, of_chat));
	assert_false(registry_knows_secret(&authority, wiki, (struct secret){ NULL, 0 }));
	assert_false(registry_knows_secret(&authority, wiki, (struct secret){ of_wiki.at, of_wiki.len - 1 }));
	unsigned char large[200] = { 'x' };
	assert_false(registry_knows_secret(&authority, wiki, (struct secret){ large, sizeof large }));
	struct msg_service_record other = *wiki; /* the hash is of this client alone */
	other.client_id = T("id-chat");
	assert_false(registry_knows_secret(&authority, &other, of_wiki));
}

static void what_was_looked_up_is_remembered(void **state)
{
	(void)state;
	(void)add("wiki", "id-wiki");
	(void)fake_shelf_finds();
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(look("id-wiki"), OK);
		assert_int_equal(look("id-none"), ERR_NOT_FOUND);
	}
	assert_int_equal(fake_shelf_finds(), 2);
	(void)add("none", "id-none"); /* own changes count at once */
	assert_int_equal(look("id-none"), OK);
	assert_int_equal(registry_remove(&authority, T("wiki")), OK);
	assert_int_equal(look("id-wiki"), ERR_NOT_FOUND);
	static const char LONG[] = "123456789012345678901234567890123456789012345678901234567890123456789"
				   "0123456789012345678901234567890123456789012345678901234567890";
	(void)fake_shelf_finds();
	assert_int_equal(look(""), ERR_NOT_FOUND);
	assert_int_equal(look(LONG), ERR_NOT_FOUND);
	assert_int_equal(fake_shelf_finds(), 0);
}

static enum err look_at(const char *address, const char *wanted)
{
	CLEANUP(arena_done) struct arena mine = { 0 };
	const struct msg_service_record *service = NULL;
	enum err err = registry_address(&authority, text_of(address), &mine, &service);
	if (err == OK)
		assert_string_equal(service->name.at, wanted);
	return err;
}

static void add_at(const char *name, const struct msg_uri_row *rows, uint32_t n)
{
	struct msg_service_record service = {
		.name = text_of(name),
		.protocol = PROTOCOL_CAS,
		.label = T("Wiki"),
		.addresses = { rows, n },
	};
	struct secret secret = { NULL, 0 };
	assert_int_equal(registry_add(&authority, &service, false, &arena, &secret), OK);
	assert_null(secret.at);
	assert_null(service.client_id.at);
}

static void services_at_addresses(void **state)
{
	(void)state;
	static const struct msg_uri_row WIKI[] = { { T("https://wiki.example.edu/*") },
		{ T("http://127.0.0.1:80/") }, { T("http://127.0.0.1:81/") } };
	static const struct msg_uri_row ADMIN = { T("https://wiki.example.edu/admin/*") };
	add_at("wiki", WIKI, COUNT(WIKI));
	add_at("admin", &ADMIN, 1);
	assert_int_equal(look_at("https://wiki.example.edu/page", "wiki"), OK);
	assert_int_equal(look_at("https://wiki.example.edu/admin", "wiki"), OK);
	assert_int_equal(look_at("https://wiki.example.edu/admin/", "admin"), OK);
	assert_int_equal(look_at("http://127.0.0.1:8000/", "wiki"), OK);
	(void)fake_shelf_finds();
	assert_int_equal(look_at("https://wiki.example.edu/page", "wiki"), OK);
	assert_int_equal(look_at("https://chat.example.edu/", ""), ERR_NOT_FOUND);
	assert_int_equal(look_at("https://chat.example.edu/", ""), ERR_NOT_FOUND);
	assert_int_equal(look_at("https://wiki.example.edu/../", ""), ERR_NOT_FOUND);
	assert_int_equal(fake_shelf_finds(), 1);
	/* one kind is never taken for the other */
	assert_int_equal(look("cas:https://wiki.example.edu/*"), ERR_NOT_FOUND);
	(void)add("chat", "cas:https://chat.example.edu/");
	assert_int_equal(look_at("https://chat.example.edu/", ""), ERR_NOT_FOUND);
	/* what is nearest and broken does not become another's */
	fake_shelf_breaks(SHELF_SERVICE, "admin");
	assert_int_equal(look_at("https://wiki.example.edu/admin/other", ""), ERR_NOT_FOUND);
}

static void a_fault_is_not_remembered(void **state)
{
	(void)state;
	(void)add("wiki", "id-wiki");
	fake_shelf_fails(ERR_UNREACHABLE);
	assert_int_equal(look("id-wiki"), ERR_UNREACHABLE);
	fake_shelf_fails(OK);
	assert_int_equal(look("id-wiki"), OK);
	fake_shelf_fails(ERR_UNREACHABLE);
	assert_int_equal(look("id-wiki"), OK); /* remembered */
	fake_shelf_fails(OK);
	(void)add("torn", "id-torn");
	fake_shelf_breaks(SHELF_SERVICE, "torn");
	assert_int_equal(look("id-torn"), ERR_NOT_FOUND);
}

/* Who guesses client ids pushes nobody out. */
static void guesses_have_a_place_of_their_own(void **state)
{
	(void)state;
	char name[20];
	for (unsigned i = 0; i < 40; i++) {
		(void)snprintf(name, sizeof name, "s%u", i);
		(void)add(name, name);
	}
	for (unsigned i = 0; i < 40; i++) {
		(void)snprintf(name, sizeof name, "s%u", i);
		assert_int_equal(look(name), OK);
	}
	for (unsigned i = 0; i < 1000; i++) {
		(void)snprintf(name, sizeof name, "guess-%u", i);
		assert_int_equal(look(name), ERR_NOT_FOUND);
	}
	(void)fake_shelf_finds();
	for (unsigned i = 0; i < 40; i++) {
		(void)snprintf(name, sizeof name, "s%u", i);
		assert_int_equal(look(name), OK);
	}
	assert_int_equal(fake_shelf_finds(), 0);
}

static void remove_wiki(void)
{
	assert_int_equal(registry_remove(&authority, T("wiki")), OK);
}

/* What was read before a change says nothing of the time behind it. */
static void a_change_meanwhile_is_not_overlooked(void **state)
{
	(void)state;
	(void)add("wiki", "id-wiki");
	fake_shelf_meanwhile(remove_wiki);
	assert_int_equal(look("id-wiki"), OK);
	assert_int_equal(look("id-wiki"), ERR_NOT_FOUND);
}

static void *look_and_change(void *context)
{
	char name[20];
	(void)snprintf(name, sizeof name, "t%zu", (size_t)context);
	for (unsigned i = 0; i < ROUNDS; i++) {
		CLEANUP(arena_done) struct arena mine = { 0 };
		struct msg_service_record service = service_of(name, name);
		struct secret secret;
		const struct msg_service_record *found;
		enum err added = registry_add(&authority, &service, false, &mine, &secret);
		enum err seen = registry_client(&authority, text_of(name), &mine, &found);
		enum err shared = registry_client(&authority, T("id-wiki"), &mine, &found);
		enum err removed = registry_remove(&authority, text_of(name));
		enum err gone = registry_client(&authority, text_of(name), &mine, &found);
		if (added != OK || seen != OK || shared != OK || removed != OK || gone != ERR_NOT_FOUND)
			return context;
	}
	return NULL;
}

static void many_threads(void **state)
{
	(void)state;
	pthread_t threads[THREADS];
	(void)add("wiki", "id-wiki");
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, look_and_change, (void *)(i + 1)), 0);
	for (size_t i = 0; i < THREADS; i++) {
		void *failed;
		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
}

static int begin(void **state)
{
	(void)state;
	fake_shelf_reset();
	log_open("test", LOG_LEVEL_ERROR);
	assert_int_equal(keys_new("", &authority.keys), OK);
	return registry_new(&authority.registry);
}

static int end(void **state)
{
	(void)state;
	registry_free(&authority.registry);
	registry_free(&authority.registry);
	keys_free(&authority.keys);
	arena_done(&arena);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_the_authority_makes),
		TEST(secrets),
		TEST(what_was_looked_up_is_remembered),
		TEST(services_at_addresses),
		TEST(a_fault_is_not_remembered),
		TEST(guesses_have_a_place_of_their_own),
		TEST(a_change_meanwhile_is_not_overlooked),
		TEST(many_threads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
