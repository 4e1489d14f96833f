#include <stdio.h>
#include "base/secret.h"
#include "conf/conf.h"
#include "conf/stack.h"
#include "ctl/ctl.h"
#include "ctl/quote.h"

#define FILE_DEFAULT "/etc/spom/spom.conf"
#define SECRET_MAX 1024u

/* What was found: a fault ends the check, a note does not. */
struct findings {
	bool fault;
	bool note;
	struct conf_fault text;
};

static enum err check_secret(
    const char *file, const char *key, const char *secret_file, struct findings *found)
{
	CLEANUP(secret_free) struct secret secret = { NULL, 0 };
	if (secret_file[0] == '\0')
		return OK;
	enum err err = conf_secret(secret_file, SECRET_MAX, &secret);
	if (err == OK)
		return OK;
	(void)snprintf(found->text.text, sizeof found->text.text, "%.150s: %s: %.150s: %s", file, key,
	    secret_file,
	    err == ERR_FORBIDDEN ? "it may not be read by you, or more than its owner and group may touch it"
				 : err_text(err));
	return ERR_CONFIG;
}

static enum err check_secrets(const char *file, const struct conf *conf, struct findings *found)
{
	const struct {
		const char *key, *file;
	} rows[] = {
		{ "[authority] master_key_file", conf->authority.master_key_file },
		{ "[portal] edge_secret_file", conf->portal.edge_secret_file },
		{ "[directory] read_password_file", conf->directory.read_password_file },
		{ "[directory] proxy_password_file", conf->directory.proxy_password_file },
	};
	enum err err = OK;
	for (size_t i = 0; err == OK && i < COUNT(rows); i++)
		err = check_secret(file, rows[i].key, rows[i].file, found);
	return err;
}

/* Without a folder of its own the stack may be yet to be installed. */
static enum err check_stack(const struct conf *conf, struct findings *found)
{
	struct conf_stack stack;
	const char *confdir = conf->authority.pam_confdir;
	enum err err = conf_load_stack(confdir, conf->authority.pam_service, &stack, &found->text);
	if (err == ERR_NOT_FOUND && confdir[0] == '\0') {
		found->note = true;
		return OK;
	}
	return err;
}

static void check_all(const char *file, struct findings *found)
{
	CLEANUP(conf_free) struct conf *conf = NULL;
	enum err err = conf_load(file, &conf, &found->text);
	if (err == OK)
		err = check_secrets(file, conf, found);
	if (err == OK)
		err = check_stack(conf, found);
	found->fault = err != OK;
}

static void print_json(const char *file, const struct findings *found)
{
	(void)printf("{\"ok\": %s, \"file\": ", found->fault ? "false" : "true");
	quote_json(file);
	if (found->fault || found->note) {
		(void)printf(", \"%s\": ", found->fault ? "fault" : "note");
		quote_json(found->text.text);
	}
	(void)printf("}\n");
}

enum ctl_exit ctl_config_check(const struct ctl *ctl)
{
	const char *file = ctl->n_words > 0 ? ctl->words[0] : FILE_DEFAULT;
	struct findings found = { 0 };
	check_all(file, &found);
	if (ctl->json) {
		print_json(file, &found);
	} else if (found.fault) {
		(void)fprintf(stderr, "%s\n", found.text.text);
	} else {
		if (found.note)
			(void)fprintf(stderr, "note: %s\n", found.text.text);
		(void)printf("%s: ok\n", file);
	}
	return found.fault ? CTL_REFUSED : CTL_DONE;
}
