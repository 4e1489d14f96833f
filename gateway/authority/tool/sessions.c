/* sessions.c - live sessions of people, in the store of a campus that runs: as many as sign-ins would take hours to make, each as
 * one behind a password and a code leaves it, with its row in the person's activity.
 *
 * A line is a session of a person: the immutable id, the user name, the display name, the mail address, with a TAB between them. Of each the
 * output says: user name, token, the session's id, and its cookie for the application at ORIGIN. */
#include <stdio.h>
#include <string.h>
#include "authority/authority.h"
#include "authority/edge/application.h"
#include "authority/keys/keys.h"
#include "authority/session/activity.h"
#include "authority/session/guard.h"
#include "authority/session/session.h"
#include "authority/store/store.h"
#include "authority/tool/seed.h"
#include "conf/conf.h"
#include "log/log.h"

#define ADDRESS "127.0.0.1"
#define BROWSER "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"

struct seeding {
	struct authority authority;
	struct text application; /* whose cookie is wanted */
};

static struct msg_session_record record_of(const struct conf *conf, char *const words[4])
{
	return (struct msg_session_record){
		.person = text_of(words[0]),
		.user = text_of(words[1]),
		.name = text_of(words[2]),
		.mail = text_of(words[3]),
		.level = SESSION_LEVEL_TWO_FACTORS,
		.origin = text_of(conf->portal.origin),
		.address = TEXT_LITERAL(ADDRESS),
		.browser = TEXT_LITERAL(BROWSER),
		.front = TEXT_LITERAL("door"),
		.amr = TEXT_LITERAL("pwd otp"),
		.door = TEXT_LITERAL("web"),
	};
}

static enum err create(struct seeding *seeding, const struct msg_session_record *record, struct arena *arena)
{
	const struct msg_activity_row row = {
		.event = TEXT_LITERAL("activity_signed_in"),
		.door = TEXT_LITERAL("web"),
		.address = TEXT_LITERAL(ADDRESS),
		.browser = TEXT_LITERAL(BROWSER),
	};
	struct secret token, cookie;
	struct store_key key;
	enum err err = session_create(&seeding->authority, record, arena, NULL, &token, &key);
	if (err != OK)
		return err;
	activity_note(&seeding->authority, record->person, &row, NULL);
	cookie = application_cookie(&seeding->authority, seeding->application, &key, arena);
	struct text id = session_id(&key, arena);
	if (cookie.at == NULL || id.at == NULL)
		return ERR_NO_MEMORY;
	(void)printf("%s\t%.*s\t%.*s\t%.*s\n", text_str(record->user), (int)token.len, (const char *)token.at,
	    TEXT_ARGS(id), (int)cookie.len, (const char *)cookie.at);
	return OK;
}

static enum err take(void *context, char *line)
{
	struct seeding *seeding = context;
	CLEANUP(arena_done) struct arena arena = { 0 };
	char *words[4], *rest = NULL;
	for (unsigned i = 0; i < COUNT(words); i++)
		if ((words[i] = strtok_r(i == 0 ? line : NULL, "\t", &rest)) == NULL)
			return ERR_MALFORMED;
	struct msg_session_record record = record_of(seeding->authority.conf, words);
	return create(seeding, &record, &arena);
}

static enum err seed(struct conf *conf, const char *origin)
{
	struct seeding seeding = { .authority = { .conf = conf }, .application = text_of(origin) };
	struct authority *authority = &seeding.authority;
	enum err err = keys_new(conf->authority.master_key_file, &authority->keys);
	if (err == OK)
		err = store_redis_new(conf, authority->keys, &authority->store);
	if (err == OK)
		err = guard_new(&authority->guard);
	if (err == OK)
		err = seed_lines(take, &seeding);
	guard_free(&authority->guard);
	store_free(&authority->store);
	keys_free(&authority->keys);
	return err;
}

enum err seed_sessions(const char *settings_file, const char *origin)
{
	struct conf *conf = NULL;
	struct conf_fault fault;
	log_open("seedtool", LOG_LEVEL_WARNING);
	enum err err = conf_load(settings_file, &conf, &fault);
	if (err != OK) {
		(void)fprintf(stderr, "%s\n", fault.text);
		return err;
	}
	err = seed(conf, origin);
	conf_free(&conf);
	return err;
}
