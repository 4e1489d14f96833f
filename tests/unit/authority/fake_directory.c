#include "fake_directory.h"
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define PASSWORD_LEAST 10
#define VALUES_MAX 4
#define VALUE_MAX 200
#define WRITTEN_MAX 32

static const struct fake {
	const char *id, *user, *name, *mail, *password;
	enum bind_outcome outcome;
	int expires_s;
	int grace_left;
} PEOPLE[] = {
	{ "id-ada", "ada", "Ada Lovelace", "ada@example.edu", "lovelace", BIND_OK, -1, -1 },
	{ "id-bob", "bob", "Bob", "bob@example.edu", "builder", BIND_LOCKED, -1, -1 },
	{ "id-eve", "eve", "Eve", "eve@example.edu", "initial", BIND_MUST_CHANGE, -1, -1 },
	{ "id-max", "max", "Max Planck", "max@example.edu", "planck", BIND_OK, 3 * 86400, -1 },
	{ "id-ivy", "ivy", "Ivy", "ivy@example.edu", "withered", BIND_EXPIRED, -1, -1 },
	{ "id-uma", "uma", "Uma", "uma@example.edu", "graceful", BIND_OK, -1, 2 },
};
#define FIRST_UID 1001u

/* What is not as in the table any more. */
static struct now {
	char password[VALUE_MAX]; /* empty: the table's */
	int64_t activated_ms;
	uint32_t uid; /* 0: FIRST_UID and its place */
	unsigned version;
	_Atomic bool locked, gone;
} now[COUNT(PEOPLE)];

/* Attributes that were written: of whom, which, with what. */
static struct written {
	size_t person;
	char name[64];
	char values[VALUES_MAX][VALUE_MAX];
	unsigned n;
} written[WRITTEN_MAX];
static unsigned n_written;

static char refused[64];
static bool refused_is_forbidden;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static _Atomic enum err failing;
static _Atomic unsigned finds, binds, looks;
static _Atomic int look_delay_ms;

void fake_directory_fails(enum err err)
{
	failing = err;
}

void fake_directory_count(unsigned *finds_r, unsigned *binds_r)
{
	*finds_r = finds;
	*binds_r = binds;
	finds = binds = 0;
}

void fake_directory_reset(void)
{
	(void)pthread_mutex_lock(&mutex);
	memset(now, 0, sizeof now);
	memset(written, 0, sizeof written);
	n_written = 0;
	refused[0] = '\0';
	failing = OK;
	finds = binds = looks = 0;
	look_delay_ms = 0;
	(void)pthread_mutex_unlock(&mutex);
}

void fake_directory_refuses(const char *attribute, bool forbidden)
{
	(void)pthread_mutex_lock(&mutex);
	(void)snprintf(refused, sizeof refused, "%s", attribute);
	refused_is_forbidden = forbidden;
	(void)pthread_mutex_unlock(&mutex);
}

/* COUNT(PEOPLE): nobody. */
static size_t place_of(struct text id)
{
	size_t i = 0;
	while (i < COUNT(PEOPLE) && !text_equal_str(id, PEOPLE[i].id))
		i++;
	return i;
}

static size_t place_of_user(const char *user)
{
	size_t i = 0;
	while (i < COUNT(PEOPLE) && strcmp(user, PEOPLE[i].user) != 0)
		i++;
	return i;
}

void fake_directory_locks(const char *user, bool locked)
{
	size_t i = place_of_user(user);
	if (i < COUNT(PEOPLE))
		now[i].locked = locked;
}

void fake_directory_loses(const char *user, bool gone)
{
	size_t i = place_of_user(user);
	if (i < COUNT(PEOPLE))
		now[i].gone = gone;
}

void fake_directory_slow(int delay_ms)
{
	look_delay_ms = delay_ms;
}

unsigned fake_directory_looks(void)
{
	return looks;
}

void fake_directory_activated(const char *user, int64_t activated_ms)
{
	size_t i = place_of_user(user);
	if (i < COUNT(PEOPLE))
		now[i].activated_ms = activated_ms;
}

void fake_directory_uid(const char *user, uint32_t uid)
{
	size_t i = place_of_user(user);
	if (i < COUNT(PEOPLE))
		now[i].uid = uid;
}

void fake_directory_touch(const char *user)
{
	size_t i = place_of_user(user);
	(void)pthread_mutex_lock(&mutex);
	if (i < COUNT(PEOPLE))
		now[i].version++;
	(void)pthread_mutex_unlock(&mutex);
}

enum err directory_new(const struct conf *conf, struct directory **directory_r)
{
	(void)conf;
	*directory_r = NULL;
	return OK;
}

enum err directory_reload(struct directory *directory, const struct conf *conf)
{
	(void)directory;
	(void)conf;
	return OK;
}

void directory_free(struct directory **directory)
{
	*directory = NULL;
}

static void fill(size_t i, struct person *person)
{
	const struct fake *fake = &PEOPLE[i];
	*person = (struct person){
		.id = text_of(fake->id),
		.dn = text_of(fake->id),
		.user = text_of(fake->user),
		.name = text_of(fake->name),
		.mail = text_of(fake->mail),
		.activated_ms = now[i].activated_ms,
	};
}

enum err directory_find(struct directory *directory, struct text name, enum directory_names names,
    struct arena *arena, struct person *person_r)
{
	(void)directory;
	(void)arena;
	finds++;
	if (failing != OK)
		return failing;
	for (size_t i = 0; i < COUNT(PEOPLE); i++)
		if (text_equal_str(name, PEOPLE[i].user) ||
		    (names == DIRECTORY_NAMES_ALIASES && text_equal_str(name, PEOPLE[i].mail))) {
			fill(i, person_r);
			return OK;
		}
	return ERR_NOT_FOUND;
}

enum err directory_find_id(
    struct directory *directory, struct text id, struct arena *arena, struct person *person_r)
{
	(void)directory;
	(void)arena;
	looks++;
	if (look_delay_ms > 0)
		(void)poll(NULL, 0, look_delay_ms);
	if (failing != OK)
		return failing;
	for (size_t i = 0; i < COUNT(PEOPLE); i++)
		if (text_equal_str(id, PEOPLE[i].id) && !now[i].gone) {
			fill(i, person_r);
			return OK;
		}
	return ERR_NOT_FOUND;
}

/* Inside. */
static bool is_password(size_t i, struct secret password)
{
	const char *right = now[i].password[0] != '\0' ? now[i].password : PEOPLE[i].password;
	return password.len == strlen(right) && memcmp(password.at, right, password.len) == 0;
}

enum err directory_bind(struct directory *directory, const struct person *person, struct secret password,
    struct bind_result *result_r)
{
	(void)directory;
	binds++;
	if (failing != OK)
		return failing;
	*result_r = (struct bind_result){ BIND_REFUSED, -1, -1 };
	size_t i = person != NULL ? place_of(person->id) : COUNT(PEOPLE);
	if (i == COUNT(PEOPLE))
		return OK;
	(void)pthread_mutex_lock(&mutex);
	bool changed = now[i].password[0] != '\0', proved = is_password(i, password);
	if (PEOPLE[i].outcome == BIND_LOCKED || (proved && !changed))
		*result_r =
		    (struct bind_result){ PEOPLE[i].outcome, PEOPLE[i].expires_s, PEOPLE[i].grace_left };
	else if (proved)
		result_r->outcome = BIND_OK;
	(void)pthread_mutex_unlock(&mutex);
	return OK;
}

enum err directory_may_enter(
    struct directory *directory, const struct person *person, struct arena *arena, bool *may_r)
{
	(void)directory;
	(void)arena;
	size_t i = place_of(person->id);
	*may_r = !text_equal_str(person->id, "id-bob") && (i == COUNT(PEOPLE) || !now[i].locked);
	return failing;
}

/* Inside: what was written of somebody, or NULL. */
static struct written *written_of(size_t i, struct text name)
{
	for (unsigned k = 0; k < n_written; k++)
		if (written[k].person == i && text_equal_str(name, written[k].name))
			return &written[k];
	return NULL;
}

static const uint8_t PICTURE[] = { 0xff, 0xd8, 0xff, 0xe0 };

static bool has_picture(const struct person *person, const char *name)
{
	return strcmp(name, "jpegPhoto") == 0 && text_equal_str(person->id, "id-ada");
}

/* Inside. */
static enum err read_one(
    const struct person *person, const char *name, struct arena *arena, struct attribute *attribute)
{
	const struct written *found = written_of(place_of(person->id), text_of(name));
	*attribute = (struct attribute){ .name = text_of(name) };
	unsigned n = found != NULL ? found->n : strcmp(name, "mail") == 0;
	struct text *values = arena_array(arena, n + 1, sizeof *values);
	if (values == NULL)
		return ERR_NO_MEMORY;
	for (unsigned i = 0; i < n; i++)
		if (!text_copy(arena, found != NULL ? text_of(found->values[i]) : person->mail, &values[i]))
			return ERR_NO_MEMORY;
	attribute->values = values;
	attribute->n_values = n;
	attribute->other_size = has_picture(person, name) ? sizeof PICTURE : 0;
	return OK;
}

enum err directory_read_self(struct directory *directory, const struct person *person,
    const char *const *names, unsigned n, struct arena *arena, struct attribute **attributes_r,
    struct text *version_r)
{
	(void)directory;
	struct attribute *found = arena_array(arena, n, sizeof *found);
	size_t at = place_of(person->id);
	enum err err = found != NULL ? failing : ERR_NO_MEMORY;
	(void)pthread_mutex_lock(&mutex);
	for (unsigned i = 0; err == OK && i < n; i++)
		err = read_one(person, names[i], arena, &found[i]);
	unsigned version = at < COUNT(PEOPLE) ? now[at].version : 0;
	(void)pthread_mutex_unlock(&mutex);
	if (err != OK)
		return err;
	*attributes_r = found;
	*version_r = text_of(arena_printf(arena, "version-%u", version));
	return OK;
}

enum err directory_read_self_bytes(struct directory *directory, const struct person *person, const char *name,
    size_t max, struct arena *arena, struct bytes *value_r)
{
	(void)directory;
	if (failing != OK)
		return failing;
	if (!has_picture(person, name))
		return ERR_NOT_FOUND;
	if (max < sizeof PICTURE)
		return ERR_TOO_LARGE;
	char *copy = arena_copy(arena, PICTURE, sizeof PICTURE);
	*value_r = (struct bytes){ (uint8_t *)copy, sizeof PICTURE };
	return copy != NULL ? OK : ERR_NO_MEMORY;
}

/* Inside. */
static void write_one(size_t i, const struct change *change)
{
	struct written *to = written_of(i, change->name);
	if (to == NULL && n_written < WRITTEN_MAX)
		to = &written[n_written++];
	if (to == NULL)
		return;
	*to = (struct written){ .person = i,
		.n = change->n_values < VALUES_MAX ? change->n_values : VALUES_MAX };
	(void)snprintf(to->name, sizeof to->name, "%.*s", TEXT_ARGS(change->name));
	for (unsigned k = 0; k < to->n; k++)
		(void)snprintf(to->values[k], VALUE_MAX, "%.*s", TEXT_ARGS(change->values[k]));
}

/* Inside. */
static struct write_result write_all(size_t i, struct text version, const struct change *changes, unsigned n)
{
	char is[32];
	(void)snprintf(is, sizeof is, "version-%u", now[i].version);
	if (!text_equal_str(version, is))
		return (struct write_result){ .outcome = WRITE_STALE };
	for (unsigned k = 0; k < n; k++)
		if (text_equal_str(changes[k].name, refused))
			return (struct write_result){ .outcome = WRITE_REFUSED,
				.attribute = changes[k].name,
				.words = text_of("the directory's own words"),
				.forbidden = refused_is_forbidden };
	for (unsigned k = 0; k < n; k++)
		write_one(i, &changes[k]);
	now[i].version++;
	return (struct write_result){ .outcome = WRITE_DONE };
}

enum err directory_write_self(struct directory *directory, const struct person *person, struct text version,
    const struct change *changes, unsigned n, struct arena *arena, struct write_result *result_r)
{
	(void)directory;
	(void)arena;
	size_t i = place_of(person->id);
	if (failing != OK || i == COUNT(PEOPLE))
		return failing != OK ? failing : ERR_FORBIDDEN;
	(void)pthread_mutex_lock(&mutex);
	*result_r = write_all(i, version, changes, n);
	(void)pthread_mutex_unlock(&mutex);
	return OK;
}

/* Inside. */
static enum password_outcome change_password(
    size_t i, struct secret old, struct secret fresh, const char **problem_r)
{
	if (PEOPLE[i].outcome == BIND_LOCKED || !is_password(i, old))
		return PASSWORD_OLD_WRONG;
	if (fresh.len < PASSWORD_LEAST)
		*problem_r = "password_too_short";
	else if (secret_equal(old, fresh))
		*problem_r = "password_in_history";
	else if (fresh.len >= VALUE_MAX)
		*problem_r = "password_refused";
	else {
		memcpy(now[i].password, fresh.at, fresh.len);
		now[i].password[fresh.len] = '\0';
		return PASSWORD_CHANGED;
	}
	return PASSWORD_REFUSED;
}

enum err directory_change_password(struct directory *directory, const struct person *person,
    struct secret old, struct secret fresh, struct arena *arena, enum password_outcome *outcome_r,
    const char **problem_r, struct text *words_r)
{
	(void)directory;
	(void)arena;
	size_t i = place_of(person->id);
	if (failing != OK || i == COUNT(PEOPLE))
		return failing != OK ? failing : ERR_NOT_FOUND;
	*problem_r = "password_refused";
	(void)pthread_mutex_lock(&mutex);
	*outcome_r = change_password(i, old, fresh, problem_r);
	(void)pthread_mutex_unlock(&mutex);
	*words_r = *outcome_r == PASSWORD_REFUSED ? text_of("the directory's own words") : (struct text){ 0 };
	return OK;
}

enum err directory_find_uid(
    struct directory *directory, uint32_t uid, struct arena *arena, struct person *person_r)
{
	(void)directory;
	(void)arena;
	if (failing != OK)
		return failing;
	for (size_t i = 0; i < COUNT(PEOPLE); i++)
		if (uid == (now[i].uid != 0 ? now[i].uid : FIRST_UID + i)) {
			fill(i, person_r);
			return OK;
		}
	return ERR_NOT_FOUND;
}

enum err directory_groups(struct directory *directory, const struct person *person, unsigned max,
    struct arena *arena, struct group **groups_r, unsigned *n_r, bool *more_r)
{
	(void)directory;
	(void)person;
	(void)max;
	struct group *groups = arena_array(arena, 2, sizeof *groups);
	if (groups == NULL)
		return ERR_NO_MEMORY;
	groups[0].name = text_of("staff");
	groups[1].name = text_of("a,b");
	*groups_r = groups;
	*n_r = 2;
	*more_r = false;
	return failing;
}

bool directory_is_well(struct directory *directory)
{
	(void)directory;
	return failing == OK;
}
