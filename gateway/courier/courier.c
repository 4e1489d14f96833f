#include "courier/courier.h"
#include <stdlib.h>
#include <time.h>
#include "base/clock.h"
#include "courier/letter.h"
#include "courier/send.h"
#include "log/log.h"

#define POLL_MS 1000
#define AGAIN_MS 200
#define TELL_AT_END_MS 3000 /* how long the end waits to say what became of the last mail */

void courier_init(struct courier *courier, const char *path, const struct strings *strings)
{
	*courier = (struct courier){ .strings = strings };
	line_init(&courier->line, path);
	(void)sigemptyset(&courier->ends);
	(void)sigaddset(&courier->ends, SIGTERM);
	(void)sigaddset(&courier->ends, SIGINT);
}

void courier_done(struct courier *courier)
{
	line_done(&courier->line);
	arena_done(&courier->arena);
}

/* Whether a signal came that ends us. */
static bool wait_for_end(const struct courier *courier, long wait_ms)
{
	struct timespec wait = { wait_ms / 1000, wait_ms % 1000 * 1000000 };
	return sigtimedwait(&courier->ends, NULL, &wait) > 0;
}

/* The settings of before stay until the new ones are there. */
static enum err copy_config(struct courier *courier, const struct msg_courier_config *from)
{
	struct arena arena = { 0 };
	const void *at;
	enum err err = wire_copy(WIRE(courier_config, from), &arena, &at);
	if (err != OK) {
		arena_done(&arena);
		return err;
	}
	arena_done(&courier->arena);
	courier->arena = arena;
	courier->config = at;
	return OK;
}

static enum err take_config(struct courier *courier, const struct msg_courier_config *config)
{
	enum err err = copy_config(courier, config);
	if (err != OK)
		return err;
	(void)setenv("TZ", text_str(courier->config->zone), 1);
	tzset();
	log_line(LOG_LEVEL_INFO, "settings_read", 0, LOG_TEXT("server", courier->config->host),
	    LOG_TEXT("from", courier->config->from));
	return OK;
}

/* Without a server there is nothing to ask for but other settings. */
static bool may_send(const struct courier *courier)
{
	return courier->config != NULL && courier->config->host.len > 0 &&
	       letter_is_address(courier->config->from);
}

/* Says what became of a mail, until the authority has heard it: a mail that it does not know to be sent is sent again. */
static bool tell(struct courier *courier, struct wire_any message)
{
	int64_t end_ms = INT64_MAX;
	for (;;) {
		CLEANUP(arena_done) struct arena arena = { 0 };
		struct wire_any answer;
		if (line_ask(&courier->line, message, &arena, &answer) == OK)
			return end_ms == INT64_MAX;
		if (wait_for_end(courier, AGAIN_MS))
			end_ms = clock_steady_ms() + TELL_AT_END_MS;
		if (clock_steady_ms() > end_ms)
			return false;
	}
}

static enum mail_fault fault_of(enum send_outcome outcome)
{
	if (outcome == SEND_NEVER)
		return MAIL_FAULT_NEVER;
	return outcome == SEND_LATER ? MAIL_FAULT_LATER : MAIL_FAULT_SERVER;
}

static bool tell_fault(
    struct courier *courier, const struct msg_mail_item *item, enum mail_fault fault, const char *reason)
{
	char id[WIRE_ID_TEXT_SIZE];
	wire_id_text(&item->id, id);
	const struct msg_mail_failed failed = { .id = item->id, .fault = fault, .reason = text_of(reason) };
	log_line(LOG_LEVEL_WARNING, "mail_not_sent", 0, LOG_STR("mail", id),
	    LOG_TEXT("kind", item->matter->kind), LOG_STR("fault", WIRE_ENUM_TEXT(mail_fault, fault)),
	    LOG_STR("reason", reason));
	return tell(courier, WIRE(mail_failed, &failed));
}

static bool tell_sent(struct courier *courier, const struct msg_mail_item *item)
{
	char id[WIRE_ID_TEXT_SIZE];
	wire_id_text(&item->id, id);
	const struct msg_mail_sent sent = { item->id };
	log_line(LOG_LEVEL_INFO, "mail_sent", 0, LOG_STR("mail", id), LOG_TEXT("kind", item->matter->kind));
	return tell(courier, WIRE(mail_sent, &sent));
}

/* Whether we go on. */
static bool deliver(struct courier *courier, const struct msg_mail_item *item, struct arena *arena)
{
	struct text letter;
	char reason[SEND_REASON_MAX];
	enum err err = letter_write(courier->strings, courier->config, item, arena, &letter);
	if (err == ERR_MALFORMED)
		return tell_fault(courier, item, MAIL_FAULT_NEVER, "no address or no words");
	if (err != OK)
		return tell_fault(courier, item, MAIL_FAULT_LATER, err_text(err));
	enum send_outcome outcome = send_letter(courier->config, item->matter->to, letter, reason);
	if (outcome == SEND_DONE)
		return tell_sent(courier, item);
	return tell_fault(courier, item, fault_of(outcome), reason);
}

static enum err ask_round(struct courier *courier, struct arena *arena, struct wire_any *answer_r)
{
	const struct msg_courier_settings wanted = { TEXT_LITERAL(SPOM_VERSION) };
	if (!may_send(courier))
		return line_ask(&courier->line, WIRE(courier_settings, &wanted), arena, answer_r);
	const struct msg_mail_next next = { courier->config->edition };
	return line_ask(&courier->line, WIRE(mail_next, &next), arena, answer_r);
}

static bool is_news(const struct courier *courier, const struct msg_courier_config *config)
{
	return courier->config == NULL || courier->config->edition != config->edition ||
	       courier->config->host.len != config->host.len;
}

/* Whether we go on; *wait_ms_r says how long until the next round. */
static bool round_once(struct courier *courier, long *wait_ms_r)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct wire_any answer;
	*wait_ms_r = POLL_MS;
	if (ask_round(courier, &arena, &answer) != OK)
		return true;
	if (answer.msg->tag == TAG_mail_item) {
		*wait_ms_r = 0;
		return deliver(courier, answer.at, &arena);
	}
	if (answer.msg->tag == TAG_courier_config && is_news(courier, answer.at) &&
	    take_config(courier, answer.at) != OK)
		log_line(LOG_LEVEL_ERROR, "settings_refused", 0);
	return true;
}

void courier_run(struct courier *courier)
{
	long wait_ms = 0;
	while (round_once(courier, &wait_ms))
		if (wait_for_end(courier, wait_ms))
			break;
}
