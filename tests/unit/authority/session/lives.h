/* lives.h - an authority with people in memory and a store of either kind, for tests of sessions. */
#ifndef SPOM_TESTS_SESSION_LIVES_H
#define SPOM_TESTS_SESSION_LIVES_H
#include "authority/authority.h"
#include "authority/fake_account.h"
#include "authority/fake_directory.h"
#include "authority/session/guard.h"
#include "authority/session/session.h"
#include "authority/store/both.h"

extern struct authority lives; /* its store is both.h's */
extern struct arena lives_arena;

int lives_memory(void **state);
int lives_redis(void **state);
int lives_end(void **state);

#define LIVES(test) \
	{ #test "_memory", test, lives_memory, lives_end, NULL }, \
	{ \
#test "_redis", test, lives_redis, lives_end, NULL \
	}

#define ADA TEXT_LITERAL("id-ada")
#define MAX TEXT_LITERAL("id-max")

struct lived {
	struct secret token;
	struct store_key key;
};

/* Signs somebody in, under the generation that the account has now. */
struct lived lives_sign_in(struct text person);

/* What session_load says. */
enum err lives_load(const struct lived *lived);

/* What the directory said before counts no longer. */
void lives_age(void);

#endif
