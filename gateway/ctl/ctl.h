/* ctl.h - spomctl: everything an operator does. One noun a file; the table of commands is in main.c.
 *
 * Answers go to stdout, as text or with --json as JSON, one object a line; what is wrong goes to stderr. */
#ifndef SPOM_CTL_CTL_H
#define SPOM_CTL_CTL_H
#include <stdbool.h>

/* Exit codes: the contract with scripts. */
enum ctl_exit {
	CTL_DONE = 0,
	CTL_REFUSED = 1, /* or not found, or not well */
	CTL_USAGE = 2,
	CTL_UNREACHABLE = 3,
};

#define CTL_SETTINGS_FILE "/etc/spom/spom.conf" /* where none is named */

struct msg_saml_record;

/* The options of service add; NULL: not given. */
struct ctl_service {
	const char *redirect_uris, *logout_uris, *backchannel, *frontchannel, *addresses, *label, *about,
	    *link, *owner, *groups, *claims, *categories, *alg, *subject, *sector, *client_id, *fresh,
	    *client_secret, *saml_metadata, *access_token, *audience, *scopes, *proxy_callbacks, *proxied_by,
	    *jwks, *uses, *encrypt, *label_en, *label_de, *about_en, *about_de, *logo;
	const struct msg_saml_record *saml; /* no option: metadata that were read already */
	bool two_factors, consent, is_public, refresh, cas, registration, client_credentials, resource_server,
	    device, idp_initiated, no_pkce;
};

struct ctl {
	const char *sockets;      /* the folder of the socket folders */
	bool json;                /* --json */
	const char *const *words; /* behind noun and verb */
	unsigned n_words;
	bool break_glass;   /* --break-glass */
	bool csv;           /* --csv */
	bool retire;        /* --retire */
	bool signing;       /* --signing */
	bool dry_run;       /* --dry-run */
	const char *reason; /* --reason and so on; NULL: not given */
	const char *since;
	const char *front;
	const char *hours;
	const char *head;
	const char *key;
	struct ctl_service service;
};

/* Each gives the exit code. */
typedef enum ctl_exit ctl_run(const struct ctl *ctl);
ctl_run ctl_config_check, ctl_config_settings, ctl_config_reload, ctl_health, ctl_who, ctl_person_show,
    ctl_open_enrolment, ctl_session_list, ctl_session_end, ctl_session_distrust, ctl_factor_list,
    ctl_factor_remove, ctl_key_list, ctl_key_backup, ctl_key_rotate, ctl_directory_test, ctl_audit_tail,
    ctl_audit_verify, ctl_audit_export, ctl_setup, ctl_service_add, ctl_service_list, ctl_service_show,
    ctl_service_test, ctl_import_clients, ctl_import_cas, ctl_import_saml, ctl_service_remove,
    ctl_signing_list, ctl_signing_rotate, ctl_metadata_show;

#endif
