#include "gate/settings.h"
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include "base/arena.h"
#include "base/clock.h"
#include "log/log.h"
#include "wire/link.h"

#define ASK_MS 5000
#define AGAIN_MS 200
#define SAY_EVERY 25 /* tries: five seconds */

static enum err path_under(const char *sockets, const char *rest, char path[IO_PATH_MAX + 1])
{
	int len = snprintf(path, IO_PATH_MAX + 1, "%s/%s", sockets, rest);
	return len > 0 && len <= IO_PATH_MAX ? OK : ERR_TOO_LARGE;
}

enum err settings_paths(const char *sockets, struct settings *settings_r)
{
	enum err err = path_under(sockets, "gate/authority.sock", settings_r->authority);
	return err == OK ? path_under(sockets, "turn/gate.sock", settings_r->turns) : err;
}

static bool copy(struct text from, char *to, size_t room)
{
	if (from.len >= room)
		return false;
	memcpy(to, text_str(from), from.len + 1);
	return true;
}

static enum err take(const struct msg_gate_config *config, struct settings *settings)
{
	if (!copy(config->service, settings->service, sizeof settings->service) ||
	    !copy(config->confdir, settings->confdir, sizeof settings->confdir))
		return ERR_TOO_LARGE;
	bool is_service = settings->service[0] != '\0' && strchr(settings->service, '/') == NULL;
	if (!is_service || config->children == 0 || config->turn_timeout_ms == 0 ||
	    config->door_uid == IO_UID_OVERFLOW)
		return ERR_CONFIG;
	settings->children = (unsigned)config->children;
	settings->turn_timeout_ms = (int64_t)config->turn_timeout_ms;
	settings->door_uid = (uid_t)config->door_uid;
	return OK;
}

/* ERR_STALE for an answer that is no settings: somebody else's socket, or a refusal. */
static enum err ask(struct settings *settings, struct arena *arena)
{
	struct link link;
	struct wire_any answer;
	int64_t deadline_ms = clock_steady_ms() + ASK_MS;
	const struct msg_gate_settings wanted = { .release = TEXT_LITERAL(SPOM_VERSION) };
	enum err err = link_open(&link, settings->authority, deadline_ms);
	if (err == OK)
		err = link_ask(&link, WIRE(gate_settings, &wanted), 0, arena, deadline_ms, &answer);
	link_close(&link);
	if (err != OK)
		return err;
	return answer.msg->tag == TAG_gate_config ? take(answer.at, settings) : ERR_STALE;
}

enum err settings_wait(struct settings *settings)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	for (unsigned tries = 0;; tries++) {
		enum err err = ask(settings, &arena);
		arena_reset(&arena);
		if (err == OK)
			return OK;
		if (err == ERR_CONFIG || tries % SAY_EVERY == 0)
			log_line(LOG_LEVEL_WARNING, "no_settings_from_authority", 0,
			    LOG_STR("socket", settings->authority), LOG_STR("error", err_text(err)));
		if (err == ERR_CONFIG)
			return err;
		(void)poll(NULL, 0, AGAIN_MS);
	}
}
