/* server.c - where the directory is, and how the way to it is protected. */
#include <stdio.h>
#include <string.h>
#include "ctl/setup/setup.h"

#define NOBODY ((struct secret){ NULL, 0 })

static bool has_scheme(const char *uri, const char *scheme)
{
	return strncmp(uri, scheme, strlen(scheme)) == 0;
}

/* The first of the URIs, on the arena; NULL: memory is out. */
static const char *first_uri(struct setup *setup)
{
	const char *all = dialogue_value(&setup->dialogue, "directory", "uri");
	all += strspn(all, " \t,");
	return arena_copy(setup->arena, all, strcspn(all, " \t,"));
}

/* The same server by another scheme and without TLS: only to learn whether it is there. */
static const char *rewritten(struct arena *arena, const char *uri, const char *scheme, const char *port)
{
	const char *host = strstr(uri, "://") + 3;
	size_t len = strcspn(host, "/");
	const char *behind = host[0] == '[' ? strchr(host, ']') : host;
	bool has_port = behind != NULL && memchr(behind, ':', len - (size_t)(behind - host)) != NULL;
	return arena_printf(
	    arena, "%s://%.*s%s%s", scheme, (int)len, host, has_port ? "" : ":", has_port ? "" : port);
}

static bool answers(const struct look_server *server)
{
	struct look *look = NULL;
	struct look_fault fault = { "" };
	enum err err = look_open(server, "", NOBODY, &look, &fault);
	look_close(&look);
	return err == OK;
}

/* Whether somebody listens, whatever becomes of TLS. */
static bool is_there(struct setup *setup)
{
	const char *uri = setup->server.uri;
	if (has_scheme(uri, "ldaps:"))
		uri = rewritten(setup->arena, uri, "ldap", "636");
	return uri != NULL && answers(&(struct look_server){ uri, false, "" });
}

/* Looks with what is known of the server. ERR_CONFIG: it cannot be reached in this way, which is said. */
static enum err try_server(struct setup *setup)
{
	struct look *look = NULL;
	struct look_fault fault = { "" };
	enum err err = look_open(&setup->server, "", NOBODY, &look, &fault);
	if (err == OK) {
		look_tree(look, setup->arena, &setup->tree);
		look_close(&look);
		dialogue_say("%s answers%s.", setup->server.uri,
		    setup->server.start_tls || has_scheme(setup->server.uri, "ldaps:") ? ", by TLS" : "");
		return OK;
	}
	dialogue_say("%s cannot be used: %s.", setup->server.uri, fault.text);
	return err == ERR_NO_MEMORY ? err : ERR_CONFIG;
}

/* The file has not helped; gives ERR_CONFIG. */
static enum err without_ca_file(struct setup *setup)
{
	struct conf_fault fault;
	enum err err =
	    conf_draft_set(setup->dialogue.draft, conf_setting_find("directory", "ca_file"), NULL, &fault);
	return err == OK ? ERR_CONFIG : err;
}

/* The certificate may be of an authority that the system does not know. ERR_CONFIG: another server has to be named. */
static enum err try_other_ca(struct setup *setup)
{
	const char *file;
	dialogue_say(
	    "Somebody listens there, but TLS fails: the certificate must name this host (of localhost: the "
	    "machine's name) and be signed by a known authority. If that is one of your own, name the file "
	    "with it.");
	enum err err = dialogue_setting(&setup->dialogue, "directory", "ca_file", NULL, &file);
	if (err != OK)
		return err;
	if (file[0] == '\0')
		return ERR_CONFIG;
	setup->server.ca_file = file;
	err = try_server(setup);
	return err == ERR_CONFIG ? without_ca_file(setup) : err;
}

/* Where StartTLS cannot be had, the other port may do. */
static void suggest_ldaps(struct setup *setup)
{
	const char *uri = strchr(strstr(setup->server.uri, "://") + 3, ':') == NULL
			      ? rewritten(setup->arena, setup->server.uri, "ldaps", "636")
			      : NULL;
	if (uri != NULL && answers(&(struct look_server){ uri, false, setup->server.ca_file }))
		dialogue_say("%s answers.", uri);
}

/* Passwords never travel in the clear; the rules of the settings say where they would. */
static enum err choose_start_tls(struct setup *setup)
{
	struct dialogue *dialogue = &setup->dialogue;
	struct conf_fault fault;
	const struct conf_setting *setting = conf_setting_find("directory", "start_tls");
	enum err err = conf_draft_set(dialogue->draft, setting, NULL, &fault);
	setup->server.start_tls = false;
	if (err != OK || conf_draft_check(dialogue->draft, &fault) == OK)
		return err;
	err = conf_draft_set(dialogue->draft, setting, "yes", &fault);
	if (err == OK)
		err = conf_draft_check(dialogue->draft, &fault);
	if (err == ERR_CONFIG)
		dialogue_say("%s.", fault.text);
	setup->server.start_tls = err == OK;
	return err;
}

/* On this machine nobody listens between; who wants TLS all the same says so. */
static enum err offer_start_tls(struct setup *setup)
{
	const char *value;
	if (!setup->tree.start_tls || setup->server.start_tls || !has_scheme(setup->server.uri, "ldap:"))
		return OK;
	enum err err = dialogue_setting(&setup->dialogue, "directory", "start_tls", NULL, &value);
	setup->server.start_tls = err == OK && (strcmp(value, "yes") == 0 || strcmp(value, "true") == 0);
	if (!setup->server.start_tls)
		return err;
	err = try_server(setup);
	return err == ERR_CONFIG ? try_other_ca(setup) : err;
}

static enum err ask_server(struct setup *setup)
{
	enum err err =
	    dialogue_setting(&setup->dialogue, "directory", "uri", look_usual_uri(setup->arena), NULL);
	setup->server = (struct look_server){ .uri = "", .ca_file = "" };
	if (err != OK)
		return err;
	setup->server.uri = first_uri(setup);
	if (setup->server.uri == NULL)
		return ERR_NO_MEMORY;
	err = choose_start_tls(setup);
	if (err == OK)
		err = try_server(setup);
	else
		return err;
	if (err == ERR_CONFIG && is_there(setup)) {
		err = try_other_ca(setup);
		if (err == ERR_CONFIG && setup->server.start_tls)
			suggest_ldaps(setup);
	}
	return err == OK ? offer_start_tls(setup) : err;
}

enum err setup_server(struct setup *setup)
{
	dialogue_section("directory");
	return setup_repeat(setup, ask_server);
}
