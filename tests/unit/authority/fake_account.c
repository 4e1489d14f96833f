#include "fake_account.h"
#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define PEOPLE_MAX 256
#define PERSON_MAX 128
#define FACTOR_MAX 1024
#define CODE_MAX 64

struct fake_factor {
	struct id id;
	uint8_t body[FACTOR_MAX];
	size_t len;
};

static struct fake {
	char person[PERSON_MAX + 1];
	struct account account; /* numbers and flags alone */
	unsigned changes;
	char user[PERSON_MAX + 1]; /* noted; "": none */
	struct fake_factor factors[ACCOUNT_FACTORS_MAX];
	char codes[ACCOUNT_RECOVERY_CODES][CODE_MAX]; /* the first recovery_left of them */
} people[PEOPLE_MAX];
static unsigned n_people;
static char epoch[33];
static enum err failing;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void leave(pthread_mutex_t **held)
{
	(void)pthread_mutex_unlock(*held);
}

static pthread_mutex_t *enter(void)
{
	(void)pthread_mutex_lock(&mutex);
	return &mutex;
}

/* Until the end of the function, this thread alone. */
#define ALONE CLEANUP(leave) UNUSED pthread_mutex_t *alone = enter()

void fake_account_reset(void)
{
	ALONE;
	memset(people, 0, sizeof people);
	n_people = 0;
	epoch[0] = '\0';
	failing = OK;
}

void fake_account_fails(enum err err)
{
	ALONE;
	failing = err;
}

static struct fake *find(struct text person)
{
	for (unsigned i = 0; i < n_people; i++)
		if (text_equal_str(person, people[i].person))
			return &people[i];
	return NULL;
}

/* For writing: makes the entry. NULL: no room. */
static struct fake *open(struct text person)
{
	struct fake *fake = find(person);
	if (fake == NULL && n_people < PEOPLE_MAX && person.len <= PERSON_MAX) {
		fake = &people[n_people++];
		memcpy(fake->person, person.at, person.len);
		fake->account.is_there = true;
	}
	if (fake != NULL)
		fake->changes++;
	return fake;
}

void fake_account_breaks(struct text person, unsigned n)
{
	ALONE;
	struct fake *fake = open(person);
	if (fake != NULL)
		fake->account.n_broken = n;
}

static enum err give_factors(const struct fake *fake, struct arena *arena, struct account *account)
{
	const struct msg_factor_record **factors =
	    arena_array(arena, account->n_factors + 1, sizeof *factors);
	if (factors == NULL)
		return ERR_NO_MEMORY;
	for (unsigned i = 0; i < account->n_factors; i++) {
		const void *record;
		char *body = arena_copy(arena, fake->factors[i].body, fake->factors[i].len);
		enum err err = body == NULL ? ERR_NO_MEMORY
					    : wire_decode(wire_msg_factor_record(), (uint8_t *)body,
						  fake->factors[i].len, arena, &record);
		if (err != OK)
			return err;
		factors[i] = record;
	}
	account->factors = factors;
	return OK;
}

enum err account_load(
    struct authority *authority, struct text person, struct arena *arena, const struct account **account_r)
{
	(void)authority;
	ALONE;
	const struct fake *fake = find(person);
	struct account *account = arena_alloc(arena, sizeof *account);
	if (failing != OK || account == NULL)
		return failing != OK ? failing : ERR_NO_MEMORY;
	if (fake != NULL)
		*account = fake->account;
	account->version = text_of(arena_printf(arena, "%u", fake != NULL ? fake->changes : 0));
	if (!text_copy(arena, person, &account->person))
		return ERR_NO_MEMORY;
	enum err err = fake != NULL ? give_factors(fake, arena, account) : OK;
	if (err == OK)
		*account_r = account;
	return err;
}

enum err account_generation(struct authority *authority, struct text person, uint64_t *generation_r)
{
	(void)authority;
	ALONE;
	const struct fake *fake = find(person);
	if (failing == OK)
		*generation_r = fake != NULL ? fake->account.generation : 0;
	return failing;
}

static struct fake_factor *find_factor(struct fake *fake, const struct id *id)
{
	for (unsigned i = 0; fake != NULL && i < fake->account.n_factors; i++)
		if (memcmp(&fake->factors[i].id, id, sizeof *id) == 0)
			return &fake->factors[i];
	return NULL;
}

static enum err keep_factor(struct fake_factor *to, const struct msg_factor_record *factor)
{
	struct fake_factor fresh = { .id = factor->id };
	enum err err = wire_encode(WIRE(factor_record, factor), fresh.body, sizeof fresh.body, &fresh.len);
	if (err == OK)
		*to = fresh;
	return err;
}

static enum err add_factor(struct text person, const struct msg_factor_record *factor, bool is_first)
{
	ALONE;
	if (failing != OK)
		return failing;
	struct fake *fake = open(person);
	if (fake == NULL || fake->account.n_factors == ACCOUNT_FACTORS_MAX)
		return ERR_TOO_LARGE;
	bool has_any = fake->account.n_factors + fake->account.n_broken > 0;
	if (find_factor(fake, &factor->id) != NULL || (is_first && has_any))
		return ERR_EXISTS;
	enum err err = keep_factor(&fake->factors[fake->account.n_factors], factor);
	fake->account.n_factors += err == OK;
	return err;
}

enum err account_factor_add(
    struct authority *authority, struct text person, const struct msg_factor_record *factor)
{
	(void)authority;
	return add_factor(person, factor, false);
}

enum err account_factor_add_first(
    struct authority *authority, struct text person, const struct msg_factor_record *factor)
{
	(void)authority;
	return add_factor(person, factor, true);
}

enum err account_factor_change(
    struct authority *authority, struct text person, const struct msg_factor_record *factor)
{
	(void)authority;
	ALONE;
	if (failing != OK)
		return failing;
	struct fake_factor *there = find_factor(find(person), &factor->id);
	return there != NULL ? keep_factor(there, factor) : ERR_NOT_FOUND;
}

enum err account_factor_remove(struct authority *authority, struct text person, const struct id *factor)
{
	(void)authority;
	ALONE;
	if (failing != OK)
		return failing;
	struct fake *fake = find(person);
	struct fake_factor *there = find_factor(fake, factor);
	if (there == NULL)
		return ERR_NOT_FOUND;
	struct fake_factor *end = &fake->factors[fake->account.n_factors--];
	memmove(there, there + 1, (size_t)(end - there - 1) * sizeof *there);
	return OK;
}

/* Without case, spaces and dashes. */
static void plain_code(struct secret code, char plain[CODE_MAX])
{
	size_t n = 0;
	for (size_t i = 0; i < code.len && n < CODE_MAX - 1; i++)
		if (code.at[i] != ' ' && code.at[i] != '-')
			plain[n++] = (char)tolower(code.at[i]);
	plain[n] = '\0';
}

enum err account_recovery_set(
    struct authority *authority, struct text person, const struct secret *codes, unsigned n, int64_t made_ms)
{
	(void)authority;
	ALONE;
	struct fake *fake = failing == OK && n <= ACCOUNT_RECOVERY_CODES ? open(person) : NULL;
	if (fake == NULL)
		return failing != OK ? failing : ERR_TOO_LARGE;
	for (unsigned i = 0; i < n; i++)
		plain_code(codes[i], fake->codes[i]);
	fake->account.recovery_left = n;
	fake->account.recovery_made = made_ms;
	return OK;
}

enum err account_recovery_use(struct authority *authority, struct text person, struct secret code)
{
	(void)authority;
	ALONE;
	char plain[CODE_MAX];
	struct fake *fake = find(person);
	if (failing != OK)
		return failing;
	plain_code(code, plain);
	for (unsigned i = 0; fake != NULL && i < fake->account.recovery_left; i++) {
		if (strcmp(fake->codes[i], plain) != 0)
			continue;
		memcpy(fake->codes[i], fake->codes[--fake->account.recovery_left], CODE_MAX);
		return OK;
	}
	return ERR_NOT_FOUND;
}

enum err account_user_note(struct authority *authority, struct text person, struct text user)
{
	(void)authority;
	ALONE;
	struct fake *fake = failing == OK && user.len <= PERSON_MAX ? open(person) : NULL;
	if (fake == NULL)
		return failing != OK ? failing : ERR_BUSY;
	memcpy(fake->user, user.at, user.len);
	fake->user[user.len] = '\0';
	fake->account.has_enrolled = true;
	return OK;
}

enum err account_user_is_known(
    struct authority *authority, struct text person, struct text user, bool *known_r)
{
	(void)authority;
	ALONE;
	*known_r = false;
	for (unsigned i = 0; i < n_people; i++)
		*known_r |= !text_equal_str(person, people[i].person) && strlen(people[i].user) == user.len &&
			    strncasecmp(people[i].user, user.at, user.len) == 0;
	return failing;
}

enum err account_generation_raise(struct authority *authority, struct text person, uint64_t *generation_r)
{
	(void)authority;
	ALONE;
	struct fake *fake = failing == OK ? open(person) : NULL;
	if (fake == NULL)
		return failing != OK ? failing : ERR_BUSY;
	*generation_r = ++fake->account.generation;
	return OK;
}

enum err account_enrol_until(struct authority *authority, struct text person, int64_t until_ms)
{
	(void)authority;
	ALONE;
	struct fake *fake = failing == OK ? open(person) : NULL;
	if (fake != NULL)
		fake->account.enrol_until = until_ms;
	return fake != NULL ? OK : failing != OK ? failing : ERR_BUSY;
}

enum err account_known_after(struct authority *authority, struct text person, int64_t after_ms)
{
	(void)authority;
	ALONE;
	struct fake *fake = failing == OK ? open(person) : NULL;
	if (fake != NULL)
		fake->account.known_after = after_ms;
	return fake != NULL ? OK : failing != OK ? failing : ERR_BUSY;
}

enum err account_distrust(struct authority *authority, struct text person, bool distrusted)
{
	(void)authority;
	ALONE;
	struct fake *fake = failing == OK ? open(person) : NULL;
	if (fake != NULL)
		fake->account.distrusted = distrusted;
	return fake != NULL ? OK : failing != OK ? failing : ERR_BUSY;
}

enum err account_epoch_load(struct authority *authority, struct arena *arena, struct text *epoch_r)
{
	(void)authority;
	ALONE;
	if (failing != OK)
		return failing;
	struct text kept = { 0 };
	if (epoch[0] != '\0' && !text_copy(arena, text_of(epoch), &kept))
		return ERR_NO_MEMORY;
	*epoch_r = kept;
	return OK;
}

enum err account_epoch_save(struct authority *authority, struct text fresh)
{
	(void)authority;
	ALONE;
	if (failing == OK)
		(void)snprintf(epoch, sizeof epoch, "%.*s", TEXT_ARGS(fresh));
	return failing;
}

enum err account_reseal(struct authority *authority, unsigned max, unsigned *left_r)
{
	(void)authority;
	(void)max;
	ALONE;
	if (failing == OK)
		*left_r = 0;
	return failing;
}
