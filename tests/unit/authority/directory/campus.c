#include "authority/directory/campus.h"
#include "unit.h"
#include <string.h>
#include <time.h>
#include "authority/directory/slapd.h"
#include "base/clock.h"

struct secret secret_of(const char *string)
{
	return (struct secret){ (unsigned char *)string, strlen(string) };
}

void pause_ms(int ms)
{
	(void)nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000L }, NULL);
}

struct directory_settings *campus_settings(const char *uri_a, const char *uri_b)
{
	static const char *uris[2];
	static const char *const NAMES[] = { "uid", "mail" }, *const MEMBERS[] = { "member" };
	static struct directory_settings settings;
	uris[0] = uri_a;
	uris[1] = uri_b;
	settings = (struct directory_settings){
		.uris = uris,
		.n_uris = uri_b != NULL ? 2 : 1,
		.people_base = "ou=people," BASE,
		.people_filter = "objectClass=inetOrgPerson",
		.name_attributes = NAMES,
		.n_name_attributes = COUNT(NAMES),
		.id_attribute = "entryUUID",
		.display_name_attribute = "displayName",
		.mail_attribute = "mail",
		.groups_base = "ou=groups," BASE,
		.groups_filter = "(objectClass=groupOfNames)",
		.group_member_attributes = MEMBERS,
		.n_group_member_attributes = COUNT(MEMBERS),
		.group_name_attribute = "cn",
		.group_description_attribute = "description",
		.group_depth = 10,
		.read_dn = READ_DN,
		.read_password = secret_of(READ_PASSWORD),
		.proxy_dn = PROXY_DN,
		.proxy_password = secret_of(PROXY_PASSWORD),
		.decoy_dn = DECOY_DN,
		.store_dn = STORE_DN,
		.store_password = secret_of(STORE_PASSWORD),
		.records_base = RECORDS,
		.records_connections = 2,
		.language_attribute = "preferredLanguage",
		.activated_attribute = "createTimestamp",
		.uid_number_attribute = "uidNumber",
		.timeout_ms = 2000,
		.network_timeout_ms = 1000,
		.probe_ms = 300,
		.bind_connections = 2,
		.bind_queue = 64,
		.search_connections = 2,
		.search_queue = 64,
	};
	return &settings;
}

struct directory *campus_open(const struct directory_settings *settings)
{
	struct directory *directory = NULL;
	assert_int_equal(directory_open(settings, &directory), OK);
	return directory;
}

enum err find(struct directory *directory, struct arena *arena, const char *name, struct person *person_r)
{
	return directory_find(directory, text_of(name), DIRECTORY_NAMES_ALIASES, arena, person_r);
}

enum err sign_in(
    struct directory *directory, const char *name, const char *password, struct bind_result *result_r)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct person person;
	enum err err = find(directory, &arena, name, &person);
	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	return directory_bind(directory, err == OK ? &person : NULL, secret_of(password), result_r);
}

int64_t wait_until_well(struct directory *directory, int limit_ms)
{
	int64_t began_ms = clock_steady_ms();
	while (clock_steady_ms() - began_ms < limit_ms) {
		if (directory_is_well(directory))
			return clock_steady_ms() - began_ms;
		pause_ms(10);
	}
	return -1;
}
