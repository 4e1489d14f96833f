#include <stdio.h>
#include <string.h>
#include "base/enc.h"
#include "ctl/setup/setup.h"

#define MASTER_BYTES 32u
#define EDGE_BYTES 24u

/* Which setting names the file, and what it is called (docs/install.md). */
static const struct {
	const char *section, *key, *file;
} ROWS[SETUP_SECRETS] = {
	[SETUP_MASTER] = { "authority", "master_key_file", "master" },
	[SETUP_EDGE] = { "portal", "edge_secret_file", "edge" },
	[SETUP_READ] = { "directory", "read_password_file", "ldap-read" },
	[SETUP_PROXY] = { "directory", "proxy_password_file", "ldap-proxy" },
	[SETUP_STORE] = { "records", "password_file", "ldap-store" },
	[SETUP_REDIS] = { "store", "password_file", "redis" },
	[SETUP_SMTP] = { "mail", "password_file", "smtp" },
};

const char *setup_secret_path(struct setup *setup, enum setup_secret which)
{
	return arena_printf(setup->arena, "%s/%s", setup->folder, ROWS[which].file);
}

/* Names the file in the settings; with path NULL it is not named. */
static enum err name_file(struct setup *setup, enum setup_secret which, const char *path)
{
	struct conf_fault fault;
	const struct conf_setting *setting = conf_setting_find(ROWS[which].section, ROWS[which].key);
	enum err err = conf_draft_set(setup->dialogue.draft, setting, path, &fault);
	if (err == ERR_CONFIG)
		dialogue_say("%s.", fault.text);
	return err;
}

/* The secret of a file that is there already, if it may stay; absent otherwise. No file is replaced that somebody wants to stay. */
static enum err keep(struct setup *setup, const char *path, struct secret *secret_r)
{
	CLEANUP(secret_free) struct secret there = { NULL, 0 };
	char question[400];
	bool stays = false;
	*secret_r = (struct secret){ NULL, 0 };
	enum err found = conf_secret(path, DIALOGUE_SECRET_MAX, &there);
	if (found == ERR_NOT_FOUND)
		return OK;
	(void)snprintf(question, sizeof question, "%s is there%s%s. Keep %s?", path,
	    found != OK ? ", but cannot be used: " : "", found != OK ? err_text(found) : "",
	    found != OK ? "it, and end here" : "the password in it");
	enum err err = dialogue_yes(question, true, &stays);
	if (err != OK || !stays)
		return err;
	if (found != OK)
		return found == ERR_NO_MEMORY ? found : ERR_EXISTS;
	*secret_r = secret_copy(setup->arena, there.at, there.len);
	return secret_r->at != NULL ? OK : ERR_NO_MEMORY;
}

enum err setup_secret_ask(struct setup *setup, enum setup_secret which, const char *question, bool optional,
    struct secret *secret_r)
{
	struct secret secret, typed = { NULL, 0 };
	const char *path = setup_secret_path(setup, which);
	enum err err = path != NULL ? keep(setup, path, &secret) : ERR_NO_MEMORY;
	if (err == OK && secret.at == NULL) {
		err = dialogue_secret(&setup->dialogue, question, optional, &typed);
		secret = typed;
	}
	if (err == OK)
		err = name_file(setup, which, secret.at != NULL ? path : NULL);
	if (err != OK)
		return err;
	setup->secrets[which] = typed; /* one that stays needs no writing */
	*secret_r = secret;
	return OK;
}

enum err setup_secret_drop(struct setup *setup, enum setup_secret which)
{
	setup->secrets[which] = (struct secret){ NULL, 0 };
	return name_file(setup, which, NULL);
}

static enum err make(struct setup *setup, size_t len, struct secret *secret_r)
{
	unsigned char bytes[MASTER_BYTES];
	char *text = arena_alloc(setup->arena, ENC_BASE64URL_SIZE(MASTER_BYTES));
	if (text == NULL)
		return ERR_NO_MEMORY;
	secret_random(bytes, len);
	enc_base64url(bytes, len, text);
	explicit_bzero(bytes, sizeof bytes);
	*secret_r = (struct secret){ (unsigned char *)text, strlen(text) };
	return OK;
}

enum err setup_secret_make(struct setup *setup, enum setup_secret which)
{
	CLEANUP(secret_free) struct secret there = { NULL, 0 };
	const char *path = setup_secret_path(setup, which);
	enum err err = path != NULL ? name_file(setup, which, path) : ERR_NO_MEMORY;
	if (err != OK)
		return err;
	enum err found = conf_secret(path, DIALOGUE_SECRET_MAX, &there);
	if (found == ERR_NOT_FOUND)
		return make(setup, which == SETUP_MASTER ? MASTER_BYTES : EDGE_BYTES, &setup->secrets[which]);
	dialogue_say("%s is there and stays as it is%s%s.", path,
	    found != OK ? ", though it cannot be used: " : "", found != OK ? err_text(found) : "");
	return OK;
}
