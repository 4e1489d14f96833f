#include "authority/directory/directory.h"
#include <stdlib.h>
#include <string.h>
#include "authority/directory/search.h"
#include "authority/directory/state.h"
#include "base/clock.h"

#define CONNECTIONS_MAX 64

int64_t directory_deadline(const struct directory *directory)
{
	return clock_steady_ms() + directory->settings->timeout_ms;
}

static bool is_sound(const struct directory_settings *settings)
{
	return settings->n_uris >= 1 && settings->n_uris <= DIRECTORY_SERVERS_MAX &&
	       settings->n_name_attributes >= 1 && settings->n_name_attributes <= DIRECTORY_NAMES_MAX &&
	       settings->n_group_member_attributes >= 1 &&
	       settings->n_group_member_attributes <= DIRECTORY_MEMBERS_MAX && settings->timeout_ms > 1 &&
	       settings->network_timeout_ms > 0 && settings->probe_ms > 0 &&
	       settings->bind_connections >= 1 && settings->bind_connections <= CONNECTIONS_MAX &&
	       settings->search_connections >= 1 && settings->search_connections <= CONNECTIONS_MAX &&
	       settings->n_records_uris <= DIRECTORY_SERVERS_MAX &&
	       settings->records_connections <= CONNECTIONS_MAX;
}

/* A string of the settings, on the arena; NULL is as good as empty. */
static bool keep(struct arena *arena, const char **string)
{
	const char *from = *string != NULL ? *string : "";
	*string = arena_copy(arena, from, strlen(from));
	return *string != NULL;
}

static bool keep_list(struct arena *arena, const char *const **list, unsigned n)
{
	const char **copy = arena_array(arena, n, sizeof *copy);
	for (unsigned i = 0; copy != NULL && i < n; i++) {
		copy[i] = (*list)[i];
		if (!keep(arena, &copy[i]))
			return false;
	}
	*list = copy;
	return copy != NULL;
}

static bool keep_strings(struct arena *arena, struct directory_settings *to)
{
	const char **const strings[] = { &to->ca_file, &to->people_base, &to->people_filter,
		&to->id_attribute, &to->display_name_attribute, &to->mail_attribute, &to->language_attribute,
		&to->activated_attribute, &to->uid_number_attribute, &to->store_dn, &to->records_base,
		&to->groups_base, &to->groups_filter, &to->group_name_attribute,
		&to->group_description_attribute, &to->read_dn, &to->proxy_dn, &to->decoy_dn };
	for (size_t i = 0; i < COUNT(strings); i++) {
		if (!keep(arena, strings[i]))
			return false;
	}
	return keep_list(arena, &to->uris, to->n_uris) &&
	       keep_list(arena, &to->records_uris, to->n_records_uris) &&
	       keep_list(arena, &to->name_attributes, to->n_name_attributes) &&
	       keep_list(arena, &to->group_member_attributes, to->n_group_member_attributes);
}

static enum err keep_password(struct secret from, struct secret *password_r)
{
	if (from.len == 0)
		return OK;
	enum err err = secret_own(from.len, password_r);
	if (err == OK)
		memcpy(password_r->at, from.at, from.len);
	return err;
}

static void free_kept(struct kept_settings **kept)
{
	while (*kept != NULL) {
		struct kept_settings *former = (*kept)->former;
		arena_done(&(*kept)->arena);
		free(*kept);
		*kept = former;
	}
}

static enum err fill_kept(struct kept_settings *kept, const struct directory_settings *from)
{
	struct directory_settings *to = &kept->settings;
	*to = *from;
	to->read_password = to->proxy_password = to->store_password = (struct secret){ 0 };
	if (!keep_strings(&kept->arena, to))
		return ERR_NO_MEMORY;
	if (to->ca_file[0] == '\0')
		to->ca_file = LDAPC_SYSTEM_CA_FILE;
	/* The first of two servers must leave time for the second. */
	if (to->network_timeout_ms > to->timeout_ms / 2)
		to->network_timeout_ms = to->timeout_ms / 2;
	if (to->decoy_dn[0] == '\0')
		to->decoy_dn = arena_printf(&kept->arena, "cn=spom-decoy,%s", to->people_base);
	return to->decoy_dn != NULL ? OK : ERR_NO_MEMORY;
}

static enum err keep_settings(struct directory *directory, const struct directory_settings *from)
{
	CLEANUP(free_kept) struct kept_settings *kept = calloc(1, sizeof *kept);
	enum err err = kept != NULL ? fill_kept(kept, from) : ERR_NO_MEMORY;
	if (err != OK)
		return err;
	kept->former = directory->newest;
	directory->newest = kept;
	directory->settings = &kept->settings;
	kept = NULL;
	return OK;
}

static enum err keep_passwords(struct directory *directory, const struct directory_settings *from)
{
	enum err err = keep_password(from->read_password, &directory->read_password);
	if (err == OK)
		err = keep_password(from->proxy_password, &directory->proxy_password);
	return err == OK ? keep_password(from->store_password, &directory->store_password) : err;
}

static struct ldapc_kind kind_of(const struct directory *directory, const char *dn, struct secret password)
{
	return (struct ldapc_kind){
		.start_tls = directory->settings->start_tls,
		.ca_file = directory->settings->ca_file,
		.network_timeout_ms = directory->settings->network_timeout_ms,
		.dn = dn,
		.password = password,
	};
}

/* The records may lie on servers of their own, with a life of their own. */
static enum err open_records(struct directory *directory)
{
	const struct directory_settings *settings = directory->settings;
	if (settings->store_dn[0] == '\0')
		return OK;
	struct servers *servers = directory->servers;
	directory->records_kind = kind_of(directory, settings->store_dn, directory->store_password);
	if (settings->n_records_uris > 0) {
		directory->records_settings = *settings;
		directory->records_settings.uris = settings->records_uris;
		directory->records_settings.n_uris = settings->n_records_uris;
		directory->records_settings.people_base = settings->records_base;
		enum err err = servers_new(
		    &directory->records_settings, &directory->bind_kind, &directory->records_servers);
		if (err != OK)
			return err;
		servers = directory->records_servers;
	}
	unsigned connections = settings->records_connections > 0 ? settings->records_connections : 1;
	return pool_new(
	    servers, &directory->records_kind, connections, settings->search_queue, &directory->records);
}

static enum err open_pools(struct directory *directory)
{
	const struct directory_settings *settings = directory->settings;
	directory->bind_kind = kind_of(directory, "", (struct secret){ 0 });
	directory->search_kind = kind_of(directory, settings->read_dn, directory->read_password);
	directory->proxy_kind = kind_of(directory, settings->proxy_dn, directory->proxy_password);
	enum err err = servers_new(settings, &directory->bind_kind, &directory->servers);
	if (err == OK)
		err = pool_new(directory->servers, &directory->bind_kind, settings->bind_connections,
		    settings->bind_queue, &directory->bind);
	if (err == OK)
		err = pool_new(directory->servers, &directory->search_kind, settings->search_connections,
		    settings->search_queue, &directory->search);
	if (err == OK && settings->proxy_dn[0] != '\0')
		err = pool_new(directory->servers, &directory->proxy_kind, settings->search_connections,
		    settings->search_queue, &directory->proxy);
	return err == OK ? open_records(directory) : err;
}

/* What would fail in the same way for ever is said at the start: URIs, the CA file, an identity without a password. */
static enum err check(const struct directory *directory)
{
	const struct directory_settings *settings = directory->settings;
	if ((settings->read_dn[0] != '\0' && directory->read_password.len == 0) ||
	    (settings->proxy_dn[0] != '\0' && directory->proxy_password.len == 0) ||
	    (settings->store_dn[0] != '\0' && directory->store_password.len == 0))
		return ERR_CONFIG;
	enum err err = OK;
	for (unsigned i = 0; err == OK && i < settings->n_uris; i++)
		err = ldapc_check(settings->uris[i], settings->start_tls, settings->ca_file);
	for (unsigned i = 0; err == OK && i < settings->n_records_uris; i++)
		err = ldapc_check(settings->records_uris[i], settings->start_tls, settings->ca_file);
	return err;
}

enum err directory_open(const struct directory_settings *settings, struct directory **directory_r)
{
	if (!is_sound(settings))
		return ERR_CONFIG;
	ldapc_prepare();
	CLEANUP(directory_free) struct directory *directory = calloc(1, sizeof *directory);
	if (directory == NULL)
		return ERR_NO_MEMORY;
	enum err err = keep_settings(directory, settings);
	if (err == OK)
		err = keep_passwords(directory, settings);
	if (err == OK)
		err = check(directory);
	if (err == OK)
		err = open_pools(directory);
	if (err != OK)
		return err;
	*directory_r = directory;
	directory = NULL;
	return OK;
}

/* What stays is taken from the settings of before, whose strings live as long as the directory. */
enum err directory_follow(struct directory *directory, const struct directory_settings *settings)
{
	const struct directory_settings *old = directory->settings;
	struct directory_settings next = *settings;
	next.uris = old->uris;
	next.n_uris = old->n_uris;
	next.start_tls = old->start_tls;
	next.ca_file = old->ca_file;
	next.id_attribute = old->id_attribute;
	next.read_dn = old->read_dn;
	next.proxy_dn = old->proxy_dn;
	next.bind_connections = old->bind_connections;
	next.bind_queue = old->bind_queue;
	next.search_connections = old->search_connections;
	next.search_queue = old->search_queue;
	next.notice = old->notice;
	if (!is_sound(&next))
		return ERR_CONFIG;
	enum err err = keep_settings(directory, &next);
	if (err != OK)
		return err;
	struct ldapc_kind *const kinds[] = { &directory->bind_kind, &directory->search_kind,
		&directory->proxy_kind };
	for (size_t i = 0; i < COUNT(kinds); i++)
		kinds[i]->network_timeout_ms = directory->settings->network_timeout_ms;
	servers_follow(directory->servers, directory->settings);
	return OK;
}

void directory_free(struct directory **directory)
{
	struct directory *old = *directory;
	if (old == NULL)
		return;
	servers_free(&old->servers);
	servers_free(&old->records_servers);
	pool_free(&old->bind);
	pool_free(&old->search);
	pool_free(&old->proxy);
	pool_free(&old->records);
	secret_free(&old->read_password);
	secret_free(&old->proxy_password);
	secret_free(&old->store_password);
	free_kept(&old->newest);
	free(old);
	*directory = NULL;
}

static enum err take_anything(const struct answer *answer, void *context)
{
	(void)answer;
	(void)context;
	return OK;
}

bool directory_is_well(struct directory *directory)
{
	static const char *const NOTHING[] = { LDAP_NO_ATTRS, NULL };
	const struct ldapc_search search = {
		.base = directory->settings->people_base,
		.scope = LDAP_SCOPE_BASE,
		.filter = "(objectClass=*)",
		.attributes = NOTHING,
	};
	return search_run(directory->search, &search, directory_deadline(directory), take_anything, NULL) ==
	       OK;
}
