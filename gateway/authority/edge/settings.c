/* settings.c - what front and gate need to know. They read no file; each learns its own part. */
#include "authority/authority.h"
#include "authority/edge/edge.h"
#include "conf/conf.h"

static uint64_t port_of(const struct conf *conf, enum role role)
{
	switch (role) {
	case ROLE_DOOR:
		return conf->portal.door_port;
	case ROLE_CHECK:
		return conf->portal.check_port;
	default:
		return conf->portal.back_port;
	}
}

static struct text some(const char *string)
{
	return *string != '\0' ? text_of(string) : (struct text){ NULL, 0 };
}

static enum err fill_origins(struct call *call, const struct conf *conf, struct msg_front_config *config)
{
	unsigned n = conf->portal.also.n + 1;
	struct msg_value_row *rows = arena_array(&call->arena, n, sizeof *rows);
	if (rows == NULL)
		return ERR_NO_MEMORY;
	rows[0].value = text_of(conf->portal.origin);
	for (unsigned i = 1; i < n; i++)
		rows[i].value = text_of(conf->portal.also.at[i - 1]);
	config->origins.at = rows;
	config->origins.n = n;
	return OK;
}

static enum err fill_applications(struct call *call, const struct conf *conf, struct msg_front_config *config)
{
	struct msg_goal_row *rows = arena_array(&call->arena, conf->n_applications, sizeof *rows);
	if (rows == NULL)
		return ERR_NO_MEMORY;
	for (unsigned i = 0; i < conf->n_applications; i++)
		rows[i] = (struct msg_goal_row){ text_of(conf->applications[i].origin),
			text_of(conf->applications[i].label) };
	config->applications.at = rows;
	config->applications.n = conf->n_applications;
	return OK;
}

static enum err fill_secret(struct call *call, const struct conf *conf, struct msg_front_config *config)
{
	CLEANUP(secret_free) struct secret secret = { NULL, 0 };
	enum err err = conf_secret(conf->portal.edge_secret_file, 128, &secret);
	if (err != OK)
		return err;
	config->edge_secret = secret_copy(&call->arena, secret.at, secret.len);
	return config->edge_secret.at != NULL ? OK : ERR_NO_MEMORY;
}

static enum err nothing_new(struct call *call, struct wire_any *answer_r)
{
	struct msg_done *done = arena_alloc(&call->arena, sizeof *done);
	*answer_r = WIRE(done, done);
	return done != NULL ? OK : ERR_NO_MEMORY;
}

enum err edge_on_front_settings(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_front_settings *known = ask;
	int64_t edition = call->authority->edition; /* read before the settings: never newer than they are */
	const struct conf *conf = call->authority->conf;
	if (edition != 0 && known->edition == edition)
		return nothing_new(call, answer_r);
	struct msg_front_config *config = arena_alloc(&call->arena, sizeof *config);
	if (config == NULL)
		return ERR_NO_MEMORY;
	config->edition = edition;
	config->port = port_of(conf, call->role);
	config->threads = conf->portal.threads;
	config->institution = text_of(conf->portal.institution);
	config->logo = some(conf->portal.logo);
	config->colour = text_of(conf->portal.colour);
	config->help = some(conf->portal.help);
	config->zone = text_of(conf->portal.zone);
	config->turn_timeout_ms = conf->login.turn_timeout_ms;
	enum err err = fill_origins(call, conf, config);
	if (err == OK && call->role == ROLE_DOOR)
		err = fill_applications(call, conf, config);
	if (err == OK)
		err = fill_secret(call, conf, config);
	*answer_r = WIRE(front_config, config);
	return err == OK ? OK : ERR_CONFIG;
}

enum err edge_on_gate_settings(struct call *call, const void *ask, struct wire_any *answer_r)
{
	(void)ask;
	const struct conf *conf = call->authority->conf;
	struct msg_gate_config *config = arena_alloc(&call->arena, sizeof *config);
	if (config == NULL)
		return ERR_NO_MEMORY;
	config->service = text_of(conf->authority.pam_service);
	config->confdir = some(conf->authority.pam_confdir);
	config->children = conf->authority.gate_children;
	config->turn_timeout_ms = conf->login.turn_timeout_ms;
	config->door_uid = conf->peers.door;
	*answer_r = WIRE(gate_config, config);
	return OK;
}
