#include "authority/login/enrolment.h"
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "authority/audit/audit.h"
#include "authority/directory/directory.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "log/log.h"

#define DAY_MS 86400000LL
#define GROUPS_MAX 1000u

static enum err is_in(
    struct call *call, const struct msg_login_record *record, const char *group, bool *is_in_r)
{
	struct directory *directory = call->authority->directory;
	struct person person;
	struct group *groups;
	unsigned n;
	bool more;
	enum err err = directory_find_id(directory, record->person, &call->arena, &person);
	if (err == OK)
		err = directory_groups(directory, &person, GROUPS_MAX, &call->arena, &groups, &n, &more);
	if (err != OK)
		return err;
	*is_in_r = false;
	for (unsigned i = 0; i < n; i++)
		*is_in_r |= text_equal_str(groups[i].name, group);
	return OK;
}

enum err enrolment_is_needed(struct call *call, const struct msg_login_record *record, bool *needed_r)
{
	const struct conf *conf = call->authority->conf;
	bool excused = !conf->factors.required;
	enum err err = OK;
	if (!excused && *conf->factors.not_for != '\0')
		err = is_in(call, record, conf->factors.not_for, &excused);
	if (err == OK)
		*needed_r = !excused;
	return err;
}

/* The end of that day, UTC; 0 for no day. */
static int64_t end_of_day_ms(const char *day)
{
	struct tm tm = { 0 };
	const char *end = strptime(day, "%Y-%m-%d", &tm);
	return end != NULL && *end == '\0' ? (int64_t)timegm(&tm) * 1000 + DAY_MS : 0;
}

/* Whether the days after the activation are not over, or the day of the roll-out has not come. */
static enum err is_in_window(struct call *call, const struct msg_login_record *record, bool *is_in_r)
{
	const struct conf *conf = call->authority->conf;
	int64_t now_ms = clock_now_ms();
	struct person person;
	*is_in_r = now_ms < end_of_day_ms(conf->factors.roll_out);
	if (*is_in_r)
		return OK;
	enum err err = directory_find_id(call->authority->directory, record->person, &call->arena, &person);
	if (err == OK)
		*is_in_r = person.activated_ms > 0 &&
			   now_ms < person.activated_ms + (int64_t)conf->factors.window_days * DAY_MS;
	return err;
}

/* Whether neither an account of another id nor the audit knows of somebody who enrolled under this name or id: an entry that was made
 * anew, or lost its account, does not make a person new. */
static enum err is_new(
    struct call *call, const struct msg_login_record *record, const struct account *account, bool *is_new_r)
{
	bool is_known = false, has_enrolled = false;
	*is_new_r = true;
	if (account->has_enrolled) /* the account itself says that all factors were removed */
		return OK;
	enum err err = account_user_is_known(call->authority, record->person, record->user, &is_known);
	if (err == OK)
		err = audit_has_enrolled(call->authority->audit, record->person, record->user, &has_enrolled);
	if (err != OK)
		return err;
	*is_new_r = !is_known && !has_enrolled;
	if (!*is_new_r)
		log_line(LOG_LEVEL_WARNING, "enrolment_not_new", call->frame.trace,
		    LOG_TEXT("user", record->user), LOG_TEXT("person", record->person),
		    LOG_STR("known_to", is_known ? "directory" : "audit"));
	return OK;
}

enum err enrolment_is_open(
    struct call *call, const struct msg_login_record *record, const struct account *account, bool *open_r)
{
	*open_r = false;
	/* what cannot be opened may be a factor: then the password alone adds none */
	if (account->n_factors > 0 || account->n_broken > 0)
		return OK;
	if (clock_now_ms() < account->enrol_until) { /* an operator knows who it is */
		*open_r = true;
		return OK;
	}
	enum err err = is_in_window(call, record, open_r);
	return err == OK && *open_r ? is_new(call, record, account, open_r) : err;
}
