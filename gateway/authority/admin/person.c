/* person.c - what is known of a person, and the door to a first factor. */
#include <time.h>
#include "authority/admin/operator.h"
#include "authority/session/guard.h"
#include "authority/session/session.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "log/log.h"

#define GROUPS_SHOWN 100u
#define SESSIONS_MAX 1000u
#define HOUR_MS 3600000LL
#define DAY_MS (24 * HOUR_MS)

static enum err add_groups(struct call *call, const struct person *person, struct msg_person_page *page)
{
	struct group *groups;
	unsigned n;
	enum err err = directory_groups(
	    call->authority->directory, person, GROUPS_SHOWN, &call->arena, &groups, &n, &page->more_groups);
	struct msg_group_row *rows = err == OK ? arena_array(&call->arena, n, sizeof *rows) : NULL;
	if (rows == NULL)
		return err != OK ? err : ERR_NO_MEMORY;
	for (unsigned i = 0; i < n; i++)
		rows[i] = (struct msg_group_row){ groups[i].name, groups[i].description };
	page->groups.at = rows;
	page->groups.n = n;
	return OK;
}

/* The end of that day, UTC; 0 for no day. */
static int64_t end_of_day_ms(const char *day)
{
	struct tm tm = { 0 };
	const char *end = strptime(day, "%Y-%m-%d", &tm);
	return end != NULL && *end == '\0' ? (int64_t)timegm(&tm) * 1000 + DAY_MS : 0;
}

/* SECURITY 14: as login decides it. */
static bool is_enrolment_open(
    const struct conf *conf, const struct person *person, const struct account *account)
{
	int64_t now_ms = clock_now_ms();
	if (account->n_factors > 0 || account->n_broken > 0)
		return false;
	return now_ms < account->enrol_until || now_ms < end_of_day_ms(conf->factors.roll_out) ||
	       (person->activated_ms > 0 &&
		   now_ms < person->activated_ms + (int64_t)conf->factors.window_days * DAY_MS);
}

static enum err add_account(struct call *call, const struct person *person, struct msg_person_page *page)
{
	const struct account *account;
	enum err err = account_load(call->authority, person->id, &call->arena, &account);
	if (err == OK)
		err = admin_factor_rows(call, account, &page->factors.at);
	if (err != OK)
		return err;
	page->factors.n = account->n_factors;
	page->has_account = account->is_there;
	page->generation = account->generation;
	page->broken = account->n_broken;
	page->recovery_left = account->recovery_left;
	page->recovery_made = account->recovery_made;
	page->enrolment_open = is_enrolment_open(call->authority->conf, person, account);
	page->enrol_until = account->enrol_until;
	page->distrusted = account->distrusted;
	return OK;
}

static enum err add_sessions(struct call *call, const struct person *person, struct msg_person_page *page)
{
	struct session_found *found;
	unsigned n;
	enum err err = session_list(call->authority, person->id, SESSIONS_MAX, &call->arena, &found, &n);
	if (err == OK)
		page->sessions = n;
	return err;
}

enum err admin_person_show(
    struct call *call, const struct asker *who, const void *ask, struct wire_any *answer_r)
{
	const struct msg_person_show *show = ask;
	struct msg_person_page *page = arena_alloc(&call->arena, sizeof *page);
	struct person person;
	enum err err = page != NULL ? admin_person(call, show->person, &person) : ERR_NO_MEMORY;
	if (err != OK)
		return err;
	admin_looked(call, who, &person, TEXT_LITERAL("person"));
	*page = (struct msg_person_page){
		.id = person.id,
		.user = person.user,
		.name = person.name,
		.dn = person.dn.len <= 512 ? person.dn : (struct text){ NULL, 0 },
		.mail = person.mail,
		.language = person.language.len <= 32 ? person.language : (struct text){ NULL, 0 },
		.activated = person.activated_ms,
	};
	err = directory_may_enter(call->authority->directory, &person, &call->arena, &page->open);
	if (err == OK)
		err = add_groups(call, &person, page);
	if (err == OK)
		err = add_account(call, &person, page);
	if (err == OK)
		err = add_sessions(call, &person, page);
	*answer_r = WIRE(person_page, page);
	return err;
}

/* Whoever could open this for himself would need nobody else's yes. */
static bool is_self(const struct asker *who, const struct person *person)
{
	return !who->administrator && text_equal(who->person.id, person->id);
}

enum err admin_open_enrolment(
    struct call *call, const struct asker *who, const void *ask, struct wire_any *answer_r)
{
	const struct msg_person_open_enrolment *order = ask;
	struct person person;
	enum err err = admin_person(call, order->person, &person);
	if (err != OK)
		return err;
	if (is_self(who, &person))
		return admin_refuse(call, REFUSAL_FORBIDDEN, "operator_self", 0, answer_r);
	int64_t until_ms = order->hours > 0 ? clock_now_ms() + (int64_t)order->hours * HOUR_MS : 0;
	const char *hours = arena_printf(&call->arena, "%llu h", (unsigned long long)order->hours);
	err = admin_record(call, who, AUDIT_ENROLMENT_OPENED, &person, text_of(hours));
	if (err == OK)
		err = account_enrol_until(call->authority, person.id, until_ms);
	if (err != OK)
		return err;
	if (until_ms > 0)
		admin_mail(call, &person, MAIL_ENROLMENT_OPENED, (struct text){ NULL, 0 }, order->hours);
	return admin_acted(
	    call, until_ms > 0 ? "enrolment_opened" : "enrolment_ended", &person, 0, until_ms, answer_r);
}
