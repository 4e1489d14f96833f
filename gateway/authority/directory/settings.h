/* settings.h - what the directory needs to know, as a plain struct: tests fill it by hand, settings.c from the settings file. */
#ifndef SPOM_AUTHORITY_DIRECTORY_SETTINGS_H
#define SPOM_AUTHORITY_DIRECTORY_SETTINGS_H
#include <stdbool.h>
#include "base/attr.h"
#include "base/err.h"
#include "base/secret.h"

struct directory;

/* Told when a server is given up and when it is back; why is for operators. Called from a thread of the directory's own. */
typedef void directory_notice(const char *uri, bool up, const char *why);

struct directory_settings {
	const char *const *uris; /* in the order in which they are tried */
	unsigned n_uris;         /* 1 to DIRECTORY_SERVERS_MAX */
	bool start_tls;
	const char *ca_file; /* empty: the system's */

	const char *people_base;
	const char *people_filter;
	const char *const *name_attributes; /* the first is the uid */
	unsigned n_name_attributes;         /* 1 to DIRECTORY_NAMES_MAX */
	const char *id_attribute;
	const char *display_name_attribute;
	const char *mail_attribute;
	const char *language_attribute; /* each of these three may be empty: not read */
	const char *activated_attribute;
	const char *uid_number_attribute; /* without it nobody is found by a number */

	const char *groups_base; /* empty: no groups */
	const char *groups_filter;
	const char *const
	    *group_member_attributes;       /* memberUid holds user names (posixGroup), any other one DNs */
	unsigned n_group_member_attributes; /* 1 to DIRECTORY_MEMBERS_MAX */
	const char *group_name_attribute;
	const char *group_description_attribute;
	unsigned group_depth;

	const char *read_dn; /* empty: searches are anonymous */
	struct secret read_password;
	const char *proxy_dn; /* empty: nothing can be read as the person */
	struct secret proxy_password;
	const char *store_dn; /* empty: there are no records */
	struct secret store_password;
	const char *records_base;
	const char *const *records_uris; /* writable servers; none: those above */
	unsigned n_records_uris;
	unsigned records_connections;
	const char *
	    decoy_dn; /* empty: a DN below people_base that is not there, which costs the server less than a person */

	int timeout_ms;         /* a whole operation, all servers together */
	int network_timeout_ms; /* connecting, and one server's answer as long as another server is left to ask */
	int probe_ms;           /* between two probes of a dead server */
	unsigned bind_connections;
	unsigned bind_queue; /* operations that wait for one of them; more are ERR_BUSY at once */
	unsigned search_connections;
	unsigned search_queue;

	directory_notice *notice; /* may be NULL */
};

/* Other settings from now on, one caller at a time: what is found where and under which names, the decoy and the times. URIs, TLS, the
 * identities, id_attribute and the connections stay as they were. Operations under way end by the settings that they began with.
 * ERR_CONFIG: a bound above. */
NODISCARD enum err directory_follow(struct directory *directory, const struct directory_settings *settings);

#define DIRECTORY_SERVERS_MAX 8
#define DIRECTORY_NAMES_MAX 8
#define DIRECTORY_MEMBERS_MAX 4

/* As directory_new (directory.h); everything is copied. Starts one thread for each server, which sleeps until the server fails.
 * ERR_CONFIG: a bound above, a URI or the CA file is wrong. */
NODISCARD enum err directory_open(const struct directory_settings *settings, struct directory **directory_r);

#endif
