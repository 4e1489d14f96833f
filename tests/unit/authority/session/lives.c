#include "authority/session/lives.h"
#include <poll.h>
#include "authority/account/account.h"
#include "authority/directory/slapd.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "log/log.h"

struct authority lives;
struct arena lives_arena;
static struct conf conf;

static int begin(void)
{
	log_open("test", LOG_LEVEL_ERROR);
	conf.session.idle_s = 1800;
	conf.session.absolute_s = 36000;
	fake_directory_reset();
	fake_account_reset();
	lives.conf = &conf;
	lives.keys = store_keys;
	lives.store = store;
	return guard_new(&lives.guard) == OK ? 0 : -1;
}

int lives_memory(void **state)
{
	return both_memory(state) == 0 ? begin() : -1;
}

int lives_redis(void **state)
{
	return both_redis(state) == 0 ? begin() : -1;
}

int lives_end(void **state)
{
#ifdef SPOM_TEST_CLOCK
	clock_offset(0);
#endif
	guard_free(&lives.guard);
	arena_done(&lives_arena);
	return both_end(state);
}

struct lived lives_sign_in(struct text person)
{
	struct lived lived;
	struct msg_session_record record = {
		.person = person,
		.user = person,
		.name = person,
		.level = SESSION_LEVEL_PASSWORD,
	};
	assert_int_equal(account_generation(&lives, person, &record.generation), OK);
	assert_int_equal(session_create(&lives, &record, &lives_arena, NULL, &lived.token, &lived.key), OK);
	return lived;
}

enum err lives_load(const struct lived *lived)
{
	const struct msg_session_record *record;
	return session_load(&lives, lived->token, &lives_arena, &record);
}

void lives_age(void)
{
	guard_forget(&lives, ADA);
	guard_forget(&lives, MAX);
}
