/* From the settings file to struct directory_settings; the only file here that knows conf and log. */
#include "authority/directory/settings.h"
#include "authority/directory/directory.h"
#include "conf/conf.h"
#include "log/log.h"

#define PASSWORD_MAX 1024

static void write_notice(const char *uri, bool up, const char *why)
{
	if (up)
		log_line(LOG_LEVEL_INFO, "directory_server_back", 0, LOG_STR("uri", uri));
	else
		log_line(
		    LOG_LEVEL_WARNING, "directory_server_lost", 0, LOG_STR("uri", uri), LOG_STR("why", why));
}

/* An identity without a password file has no password: its DN must be empty as well. */
static enum err read_password(const char *dn, const char *file, struct secret *password_r)
{
	if (dn[0] == '\0')
		return OK;
	return file[0] != '\0' ? conf_secret(file, PASSWORD_MAX, password_r) : ERR_CONFIG;
}

static struct directory_settings settings_of(
    const struct conf_directory *conf, const struct conf_records *records)
{
	return (struct directory_settings){
		.store_dn = records->dn,
		.records_base = records->base,
		.records_uris = records->uri.at,
		.n_records_uris = records->uri.n,
		.records_connections = (unsigned)records->connections,
		.uris = conf->uri.at,
		.n_uris = conf->uri.n,
		.start_tls = conf->start_tls,
		.ca_file = conf->ca_file,
		.people_base = conf->people_base,
		.people_filter = conf->people_filter,
		.name_attributes = conf->name_attributes.at,
		.n_name_attributes = conf->name_attributes.n,
		.id_attribute = conf->id_attribute,
		.display_name_attribute = conf->display_name_attribute,
		.mail_attribute = conf->mail_attribute,
		.language_attribute = conf->language_attribute,
		.activated_attribute = conf->activated_attribute,
		.uid_number_attribute = conf->uid_number_attribute,
		.groups_base = conf->groups_base,
		.groups_filter = conf->groups_filter,
		.group_member_attributes = conf->group_member_attributes.at,
		.n_group_member_attributes = conf->group_member_attributes.n,
		.group_name_attribute = conf->group_name_attribute,
		.group_description_attribute = conf->group_description_attribute,
		.group_depth = (unsigned)conf->group_depth,
		.read_dn = conf->read_dn,
		.proxy_dn = conf->proxy_dn,
		.decoy_dn = conf->decoy_dn,
		.timeout_ms = (int)conf->timeout_ms,
		.network_timeout_ms = (int)conf->network_timeout_ms,
		.probe_ms = (int)conf->probe_interval_ms,
		.bind_connections = (unsigned)conf->bind_connections,
		.bind_queue = (unsigned)conf->bind_queue,
		.search_connections = (unsigned)conf->search_connections,
		.search_queue = (unsigned)conf->search_queue,
		.notice = write_notice,
	};
}

enum err directory_new(const struct conf *conf, struct directory **directory_r)
{
	CLEANUP(secret_free) struct secret reading = { 0 }, acting = { 0 }, keeping = { 0 };
	struct directory_settings settings = settings_of(&conf->directory, &conf->records);
	enum err err = read_password(settings.read_dn, conf->directory.read_password_file, &reading);
	if (err == OK)
		err = read_password(settings.proxy_dn, conf->directory.proxy_password_file, &acting);
	if (err == OK)
		err = read_password(settings.store_dn, conf->records.password_file, &keeping);
	if (err != OK)
		return err;
	settings.read_password = reading;
	settings.proxy_password = acting;
	settings.store_password = keeping;
	return directory_open(&settings, directory_r);
}

enum err directory_reload(struct directory *directory, const struct conf *conf)
{
	const struct directory_settings settings = settings_of(&conf->directory, &conf->records);
	return directory_follow(directory, &settings);
}
