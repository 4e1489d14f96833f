/* courier.c - what spom-courier asks: its settings, the next mail, and what became of the last one. */
#include "authority/authority.h"
#include "authority/edge/edge.h"
#include "authority/outbox/outbox.h"
#include "conf/conf.h"
#include "log/log.h"

#define PASSWORD_MAX 1024

static struct text some(const char *string)
{
	return *string != '\0' ? text_of(string) : (struct text){ NULL, 0 };
}

/* Without the password nothing is sent, and what waits stays in the queue. */
static enum err fill_password(struct call *call, const struct conf *conf, struct msg_courier_config *config)
{
	CLEANUP(secret_free) struct secret password = { NULL, 0 };
	if (conf->mail.password_file[0] == '\0')
		return OK;
	enum err err = conf_secret(conf->mail.password_file, PASSWORD_MAX, &password);
	if (err != OK) {
		log_line(LOG_LEVEL_ERROR, "mail_password_refused", 0,
		    LOG_STR("file", conf->mail.password_file), LOG_STR("reason", err_text(err)));
		config->host = (struct text){ NULL, 0 };
		return OK;
	}
	config->password = secret_copy(&call->arena, password.at, password.len);
	return config->password.at != NULL ? OK : ERR_NO_MEMORY;
}

static enum err give_settings(struct call *call, struct wire_any *answer_r)
{
	int64_t edition = call->authority->edition;
	const struct conf *conf = call->authority->conf;
	struct msg_courier_config *config = arena_alloc(&call->arena, sizeof *config);
	if (config == NULL)
		return ERR_NO_MEMORY;
	*config = (struct msg_courier_config){
		.edition = edition,
		.host = some(conf->mail.host),
		.user = some(conf->mail.user),
		.ca_file = some(conf->mail.ca_file),
		.from = some(conf->mail.from),
		.institution = text_of(conf->portal.institution),
		.origin = text_of(conf->portal.origin),
		.help = some(conf->portal.help),
		.zone = text_of(conf->portal.zone),
	};
	*answer_r = WIRE(courier_config, config);
	return fill_password(call, conf, config);
}

enum err edge_on_courier_settings(struct call *call, const void *ask, struct wire_any *answer_r)
{
	(void)ask;
	return give_settings(call, answer_r);
}

static enum err give_none(struct call *call, struct wire_any *answer_r)
{
	struct msg_mail_none *none = arena_alloc(&call->arena, sizeof *none);
	if (none == NULL)
		return ERR_NO_MEMORY;
	none->waiting = outbox_waiting(call->authority);
	*answer_r = WIRE(mail_none, none);
	return OK;
}

enum err edge_on_mail_next(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_mail_next *known = ask;
	const struct msg_mail_record *record;
	if (known->edition != call->authority->edition)
		return give_settings(call, answer_r);
	enum err err = outbox_next(call->authority, &call->arena, &record);
	if (err == ERR_NOT_FOUND)
		return give_none(call, answer_r);
	struct msg_mail_item *item = arena_alloc(&call->arena, sizeof *item);
	if (err != OK || item == NULL)
		return err != OK ? err : ERR_NO_MEMORY;
	*item = (struct msg_mail_item){ .id = record->id, .matter = record->matter };
	*answer_r = WIRE(mail_item, item);
	return OK;
}

static enum err give_done(struct call *call, struct wire_any *answer_r)
{
	struct msg_done *done = arena_alloc(&call->arena, sizeof *done);
	if (done == NULL)
		return ERR_NO_MEMORY;
	*answer_r = WIRE(done, done);
	return OK;
}

enum err edge_on_mail_sent(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_mail_sent *sent = ask;
	enum err err = outbox_sent(call->authority, &sent->id);
	return err == OK ? give_done(call, answer_r) : err;
}

enum err edge_on_mail_failed(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_mail_failed *failed = ask;
	enum err err = outbox_failed(call->authority, &failed->id, failed->fault, failed->reason);
	return err == OK ? give_done(call, answer_r) : err;
}
