#include "house.h"
#include "unit.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "authority/call/loop.h"
#include "authority/call/rates.h"
#include "authority/edge/edge.h"
#include "authority/edge/forward_token.h"
#include "authority/keys/keys.h"
#include "authority/session/guard.h"
#include "authority/sso/listing.h"
#include "authority/sso/offered.h"
#include "authority/sso/oidc.h"
#include "authority/sso/registry.h"
#include "authority/sso/released.h"
#include "authority/sso/signing.h"
#include "authority/store/store.h"
#include "base/clock.h"
#include "base/io.h"
#include "conf/conf.h"
#include "fake_account.h"
#include "fake_audit.h"
#include "fake_directory.h"
#include "fake_outbox.h"
#include "fake_shelf.h"
#include "log/log.h"

#define DEADLINE_MS 5000

static const enum role ROLES[] = { ROLE_DOOR, ROLE_CHECK, ROLE_BACK, ROLE_GATE, ROLE_PAM, ROLE_ADMIN };
static char folder[] = "/tmp/spom-house-XXXXXX";
static char paths[ROLE_AUTHORITY][IO_PATH_MAX];
static struct conf *conf;
static struct authority authority;
static struct loop *loop, *checks, *back; /* as main.c has them */
static pthread_t thread, checks_thread, back_thread;
static struct arena arena;

static void write_file(const char *name, const char *text)
{
	char path[IO_PATH_MAX];
	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	(void)fputs(text, file);
	(void)fclose(file);
	(void)chmod(path, 0600);
}

static void write_settings(void)
{
	char text[2300];
	write_file("edge", "0123456789abcdef0123456789abcdef\n");
	write_file("password", "secret\n");
	(void)snprintf(text, sizeof text,
	    "[authority]\nsockets = %s\n"
	    "[peers]\ndoor = %u\ncheck = %u\nback = %u\ngate = %u\npam = %u\nadmin = %u\ncourier = %u\n"
	    "[portal]\norigin = http://localhost:8080\nalso = https://localhost:8443\ninstitution = Test\n"
	    "edge_secret_file = %s/edge\n"
	    "[directory]\nuri = ldap://127.0.0.1:1\npeople_base = dc=x\nread_dn = cn=x\nread_password_file = "
	    "%s/password\n"
	    "[records]\nbase = ou=spom,dc=x\ndn = cn=store\npassword_file = %s/password\n"
	    "[factors]\nrequired = no\n"
	    "[limits]\nmessages_second = 100000\n" /* tests are in a hurry; test_loop.c turns it down */
	    "[application wiki]\norigin = http://wiki.localhost:8080\nlabel = Wiki\n"
	    "[application vault]\norigin = https://vault.localhost\nlabel = Vault\ntwo_factors = yes\n"
	    "[application staff]\norigin = http://staff.localhost:8080\nlabel = Staff\ngroups = staff "
	    "heads,of\n"
	    "[application bank]\norigin = http://bank.localhost:8080\nlabel = Bank\nfresh_s = 60\n"
	    "[application signed]\norigin = http://signed.localhost:8080\nlabel = Signed\njwt = yes\n"
	    "[attribute mail]\nlabel = mail\nldap = mail\norder = 2\n[attribute room]\nlabel = room\nldap = "
	    "room\norder = 1\n",
	    folder, getuid(), getuid(), getuid(), getuid(), getuid(), getuid(), getuid(), folder, folder,
	    folder);
	write_file("spom.conf", text);
}

static void *run(void *context)
{
	loop_run(context, 1000);
	return NULL;
}

static void listen_all(void)
{
	for (size_t i = 0; i < COUNT(ROLES); i++) {
		(void)snprintf(paths[ROLES[i]], IO_PATH_MAX, "%s/%s", folder, WIRE_ENUM_TEXT(role, ROLES[i]));
		(void)mkdir(paths[ROLES[i]], 0700);
		(void)snprintf(paths[ROLES[i]], IO_PATH_MAX, "%s/%s/authority.sock", folder,
		    WIRE_ENUM_TEXT(role, ROLES[i]));
		struct loop *of = ROLES[i] == ROLE_CHECK ? checks : ROLES[i] == ROLE_BACK ? back : loop;
		assert_int_equal(loop_listen(of, paths[ROLES[i]], ROLES[i], getuid()), OK);
	}
}

int house_start(void **state)
{
	(void)state;
	static char path[IO_PATH_MAX];
	struct conf_fault fault;
	int64_t began_ms;
	assert_non_null(mkdtemp(folder));
	log_open("house", LOG_LEVEL_ERROR);
	write_settings();
	(void)snprintf(path, sizeof path, "%s/spom.conf", folder);
	if (conf_load(path, &conf, &fault) != OK)
		fail_msg("%s", fault.text);
	fake_directory_reset();
	fake_account_reset();
	fake_audit_reset();
	fake_outbox_reset();
	fake_shelf_reset();
	authority.conf = conf;
	authority.file = path;
	assert_int_equal(keys_new("", &authority.keys), OK);
	assert_int_equal(store_memory_new(10000, authority.keys, &authority.store), OK);
	assert_int_equal(store_epoch(authority.store, 0, &began_ms), OK); /* the first one ever */
	assert_int_equal(guard_new(&authority.guard), OK);
	assert_int_equal(registry_new(&authority.registry), OK);
	assert_int_equal(offered_new(&authority.offered), OK);
	assert_int_equal(listing_new(&authority.listing), OK);
	assert_int_equal(released_new(&authority.released), OK);
	assert_int_equal(signing_new(&authority.signing), OK);
	assert_int_equal(forward_tokens_new(&authority.forward_tokens), OK);
	assert_int_equal(rates_new(&authority.rates), OK);
	struct loop_settings settings = { .authority = &authority,
		.threads = { 2, 4, 2 },
		.queue = { 64, 64, 64 },
		.many = true,
		.patience_ms = 5000,
		.connections = 32 };
	assert_int_equal(loop_new(&settings, &loop), OK);
	settings.batch = edge_check_many;
	settings.batch_tag = TAG_check;
	assert_int_equal(loop_new(&settings, &checks), OK);
	settings.lender = loop;
	settings.batch = oidc_introspect_many;
	settings.batch_tag = TAG_oidc_introspect;
	assert_int_equal(loop_new(&settings, &back), OK);
	listen_all();
	assert_int_equal(pthread_create(&checks_thread, NULL, run, checks), 0);
	assert_int_equal(pthread_create(&back_thread, NULL, run, back), 0);
	return pthread_create(&thread, NULL, run, loop);
}

int house_stop(void **state)
{
	(void)state;
	loop_stop(loop);
	loop_stop(checks);
	loop_stop(back);
	(void)pthread_join(thread, NULL);
	(void)pthread_join(checks_thread, NULL);
	(void)pthread_join(back_thread, NULL);
	loop_free(&loop);
	loop_free(&checks);
	loop_free(&back);
	forward_tokens_free(&authority.forward_tokens);
	signing_free(&authority.signing);
	registry_free(&authority.registry);
	offered_free(&authority.offered);
	listing_free(&authority.listing);
	released_free(&authority.released);
	guard_free(&authority.guard);
	rates_free(&authority.rates);
	store_free(&authority.store);
	keys_free(&authority.keys);
	conf_free(&conf);
	house_forget();
	char command[IO_PATH_MAX + 16];
	(void)snprintf(command, sizeof command, "rm -rf %s", folder);
	return system(command);
}

struct authority *house_authority(void)
{
	return &authority;
}

struct conf *house_conf(void)
{
	return conf;
}

const char *house_path(enum role role)
{
	return paths[role];
}

struct link house_link(enum role role)
{
	struct link link;
	assert_int_equal(link_open(&link, paths[role], clock_steady_ms() + DEADLINE_MS), OK);
	assert_int_equal(link.role, role);
	return link;
}

struct wire_any house_ask(struct link *link, struct wire_any ask)
{
	struct wire_any answer;
	enum err err = link_ask(link, ask, 42, &arena, clock_steady_ms() + DEADLINE_MS, &answer);
	if (err != OK)
		fail_msg("%s: %s", ask.msg->name, err_text(err));
	return answer;
}

void house_forget(void)
{
	arena_done(&arena);
}

const void *house_must_be(const struct wire_msg *msg, struct wire_any any, const char *file, int line)
{
	if (any.msg != msg)
		fail_msg("%s:%d: wanted %s, got %s", file, line, msg->name, wire_print(any, &arena));
	return any.at;
}
