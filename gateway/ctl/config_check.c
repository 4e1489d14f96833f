#include <stdio.h>
#include "base/secret.h"
#include "conf/conf.h"
#include "conf/stack.h"
#include "ctl/ctl.h"
#include "ctl/quote.h"

#define SECRET_MAX 1024u

/* What was found: a fault is a refusal, a note is not. */
struct findings {
	struct conf_faults faults;
	bool has_note;
	struct conf_fault note;
};

static void check_secret(const char *file, const char *key, const char *secret_file, struct findings *found)
{
	CLEANUP(secret_free) struct secret secret = { NULL, 0 };
	if (secret_file[0] == '\0' || found->faults.n == CONF_FAULTS_MAX)
		return;
	enum err err = conf_secret(secret_file, SECRET_MAX, &secret);
	if (err == OK)
		return;
	struct conf_fault *fault = &found->faults.at[found->faults.n++];
	(void)snprintf(fault->text, sizeof fault->text, "%.150s: %s: %.150s: %s", file, key, secret_file,
	    err == ERR_FORBIDDEN ? "it may not be read by you, or more than its owner and group may touch it"
				 : err_text(err));
}

static void check_secrets(const char *file, const struct conf *conf, struct findings *found)
{
	const struct {
		const char *key, *file;
	} rows[] = {
		{ "[authority] master_key_file", conf->authority.master_key_file },
		{ "[portal] edge_secret_file", conf->portal.edge_secret_file },
		{ "[directory] read_password_file", conf->directory.read_password_file },
		{ "[directory] proxy_password_file", conf->directory.proxy_password_file },
		{ "[records] password_file", conf->records.password_file },
		{ "[store] password_file", conf->store.password_file },
		{ "[mail] password_file", conf->mail.password_file },
	};
	for (size_t i = 0; i < COUNT(rows); i++)
		check_secret(file, rows[i].key, rows[i].file, found);
}

/* Without a folder of its own the stack may be yet to be installed. */
static void check_stack(const struct conf *conf, struct findings *found)
{
	struct conf_stack stack;
	const char *confdir = conf->authority.pam_confdir;
	enum err err = conf_load_stack(confdir, conf->authority.pam_service, &stack, &found->note);
	found->has_note = err == ERR_NOT_FOUND && confdir[0] == '\0';
	if (err != OK && !found->has_note && found->faults.n < CONF_FAULTS_MAX)
		found->faults.at[found->faults.n++] = found->note;
}

static void check_all(const char *file, struct findings *found)
{
	CLEANUP(conf_free) struct conf *conf = NULL;
	if (conf_load_all(file, &conf, &found->faults) != OK)
		return;
	check_secrets(file, conf, found);
	check_stack(conf, found);
}

static void print_json(const char *file, const struct findings *found)
{
	(void)printf("{\"ok\": %s, \"file\": ", found->faults.n > 0 ? "false" : "true");
	quote_json(file);
	(void)printf(", \"faults\": [");
	for (unsigned i = 0; i < found->faults.n; i++) {
		(void)printf("%s", i > 0 ? ", " : "");
		quote_json(found->faults.at[i].text);
	}
	(void)printf("]");
	if (found->has_note) {
		(void)printf(", \"note\": ");
		quote_json(found->note.text);
	}
	(void)printf("}\n");
}

static void print_text(const char *file, const struct findings *found)
{
	for (unsigned i = 0; i < found->faults.n; i++)
		(void)fprintf(stderr, "%s\n", found->faults.at[i].text);
	if (found->faults.more)
		(void)fprintf(stderr, "%s: and more\n", file);
	if (found->has_note)
		(void)fprintf(stderr, "note: %s\n", found->note.text);
	if (found->faults.n == 0)
		(void)printf("%s: ok\n", file);
}

enum ctl_exit ctl_config_check(const struct ctl *ctl)
{
	static struct findings found;
	const char *file = ctl->n_words > 0 ? ctl->words[0] : CTL_SETTINGS_FILE;
	found = (struct findings){ .has_note = false };
	check_all(file, &found);
	if (ctl->json)
		print_json(file, &found);
	else
		print_text(file, &found);
	return found.faults.n > 0 ? CTL_REFUSED : CTL_DONE;
}
