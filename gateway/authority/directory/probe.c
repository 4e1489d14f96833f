#include "authority/directory/probe.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "authority/directory/probe_state.h"
#include "base/clock.h"

#define PASSWORD_MAX 1024u
#define WORDS_MAX 400u

void probe_say(
    struct probe *probe, enum test_state state, const char *name, const char *remedy, const char *words, ...)
{
	char text[WORDS_MAX];
	va_list args;
	if (probe->n == PROBE_ROWS)
		return;
	va_start(args, words);
	(void)vsnprintf(text, sizeof text, words, args);
	va_end(args);
	for (char *at = text; *at != '\0'; at++) /* the directory's own words may be among them */
		if ((unsigned char)*at < 0x20 || (unsigned char)*at > 0x7e)
			*at = '?';
	struct msg_test_row *row = &probe->rows[probe->n];
	*row = (struct msg_test_row){ .state = state, .name = text_of(name), .remedy = text_of(remedy) };
	if (text_copy(probe->arena, text_of(text), &row->words))
		probe->n++;
}

int64_t probe_deadline(const struct probe *probe)
{
	return clock_steady_ms() + (int64_t)probe->conf->directory.timeout_ms;
}

enum err probe_open(struct probe *probe, const char *uri, const char *dn, const char *password_file,
    struct ldapc **ldapc_r, struct ldapc_fault *fault)
{
	CLEANUP(secret_free) struct secret password = { NULL, 0 };
	const struct conf_directory *conf = &probe->conf->directory;
	enum err err = OK;
	if (dn[0] != '\0')
		err = conf_secret(password_file, PASSWORD_MAX, &password);
	if (err != OK) {
		(void)snprintf(fault->text, sizeof fault->text, "the password file %.120s: %s", password_file,
		    err_text(err));
		return ERR_CONFIG;
	}
	const struct ldapc_kind kind = {
		.start_tls = conf->start_tls,
		.ca_file = conf->ca_file[0] != '\0' ? conf->ca_file : LDAPC_SYSTEM_CA_FILE,
		.network_timeout_ms = (int)conf->network_timeout_ms,
		.dn = dn,
		.password = password,
	};
	err = ldapc_open(&kind, uri, probe_deadline(probe), ldapc_r, fault);
	if (err != OK && fault->text[0] == '\0')
		(void)snprintf(fault->text, sizeof fault->text, "%s", err_text(err));
	return err;
}

int probe_search(struct probe *probe, struct ldapc *ldapc, const struct ldapc_search *search, unsigned *n_r)
{
	LDAPMessage *chain;
	int code;
	*n_r = 0;
	if (ldapc == NULL || ldapc_search(ldapc, search, probe_deadline(probe), &chain, &code) != OK)
		return -1;
	*n_r = (unsigned)ldap_count_entries(ldapc->ld, chain);
	ldap_msgfree(chain);
	return code;
}

bool probe_sees(struct probe *probe, struct ldapc *ldapc, const char *dn, const char *attribute)
{
	const char *attributes[] = { attribute != NULL ? attribute : LDAP_NO_ATTRS, NULL };
	const struct ldapc_search search = {
		.base = dn, .scope = LDAP_SCOPE_BASE, .filter = "(objectClass=*)", .attributes = attributes
	};
	LDAPMessage *chain;
	int code;
	bool sees = false;
	if (ldapc == NULL || ldapc_search(ldapc, &search, probe_deadline(probe), &chain, &code) != OK)
		return false;
	LDAPMessage *entry = ldap_first_entry(ldapc->ld, chain);
	if (entry != NULL && attribute != NULL) {
		struct berval **values = ldap_get_values_len(ldapc->ld, entry, attribute);
		sees = values != NULL;
		ldap_value_free_len(values);
	} else {
		sees = entry != NULL;
	}
	ldap_msgfree(chain);
	return sees;
}

bool probe_may_write(struct probe *probe, struct ldapc *ldapc, const char *dn, const char *attribute)
{
	char *values[] = { "spom: no entry has this value", NULL };
	LDAPMod change = { .mod_op = LDAP_MOD_DELETE, .mod_type = (char *)attribute, .mod_values = values };
	LDAPMod *changes[] = { &change, NULL };
	if (ldapc == NULL)
		return false;
	ldapc->stream.deadline_ms = probe_deadline(probe);
	int code = ldap_modify_ext_s(ldapc->ld, dn, changes, NULL, NULL);
	return code == LDAP_NO_SUCH_ATTRIBUTE || code == LDAP_SUCCESS;
}

enum err probe_run(
    const struct conf *conf, struct text sample, struct arena *arena, struct msg_directory_report *report)
{
	struct probe probe = { .conf = conf, .arena = arena, .sample = sample };
	probe.rows = arena_array(arena, PROBE_ROWS, sizeof *probe.rows);
	if (probe.rows == NULL)
		return ERR_NO_MEMORY;
	ldapc_prepare();
	probe_servers(&probe);
	probe_people(&probe);
	probe_reading(&probe);
	probe_acting(&probe);
	probe_records(&probe);
	ldapc_close(&probe.reader);
	ldapc_close(&probe.anonymous);
	report->rows.at = probe.rows;
	report->rows.n = probe.n;
	report->well = probe.n > 0;
	for (unsigned i = 0; i < probe.n; i++)
		report->well &= probe.rows[i].state != TEST_FAIL && probe.rows[i].state != TEST_SKIP;
	return OK;
}
