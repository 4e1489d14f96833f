#include "authority/login/enrolment.h"
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "authority/directory/directory.h"
#include "base/clock.h"
#include "conf/conf.h"

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

enum err enrolment_is_open(
    struct call *call, const struct msg_login_record *record, const struct account *account, bool *open_r)
{
	const struct conf *conf = call->authority->conf;
	int64_t now_ms = clock_now_ms();
	struct person person;
	/* what cannot be opened may be a factor: then the password alone adds none */
	bool is_first = account->n_factors == 0 && account->n_broken == 0;
	bool is_open = now_ms < account->enrol_until || now_ms < end_of_day_ms(conf->factors.roll_out);
	if (!is_first || is_open) {
		*open_r = is_first && is_open;
		return OK;
	}
	enum err err = directory_find_id(call->authority->directory, record->person, &call->arena, &person);
	if (err == OK)
		*open_r = person.activated_ms > 0 &&
			  now_ms < person.activated_ms + (int64_t)conf->factors.window_days * DAY_MS;
	return err;
}
