/* profile_save.c - the changed form: checked as a whole, written as a whole, as the person, and only over the entry that the person
 * saw. What cannot be taken is said at its field, and nothing is changed then. */
#include <string.h>
#include "authority/authority.h"
#include "authority/report/metrics.h"
#include "authority/self/catalogue.h"
#include "authority/self/postal.h"
#include "authority/self/self.h"
#include "authority/self/value.h"
#include "authority/session/session.h"
#include "conf/conf.h"

#define PROBLEMS_MAX 20u /* as the wire has */
#define WORDS_MAX 200u
#define CHANGES_MAX 100u
#define OBJECT_MAX 200u

struct saving {
	struct call *call;
	const struct msg_profile_save *save;
	const struct msg_session_record *session;
	struct person person;
	struct catalogue catalogue;
	struct change changes[CATALOGUE_MAX];
	unsigned n_changes;
	const struct catalogue_field *changed[CATALOGUE_MAX];
	struct msg_problem_row problems[PROBLEMS_MAX];
	unsigned n_problems;
};

static void object(struct saving *saving, const struct catalogue_field *field, const char *text)
{
	if (saving->n_problems < PROBLEMS_MAX)
		saving->problems[saving->n_problems++] = (struct msg_problem_row){
			.field = text_of(field != NULL ? field->row->name : "form"),
			.text = text_of(text),
			.label = text_of(field != NULL ? field->row->label : NULL),
		};
}

static bool is_among(const struct text *values, unsigned n, struct text value)
{
	for (unsigned i = 0; i < n; i++)
		if (text_equal(values[i], value))
			return true;
	return false;
}

/* What the form has in a field: each value once, empty ones left out; they have room in values. *there_r false: the form does not
 * have the field. */
static enum err typed(const struct saving *saving, const struct catalogue_field *field, struct text *values,
    unsigned *n_r, bool *there_r)
{
	unsigned n = 0;
	*there_r = false;
	for (uint32_t i = 0; i < saving->save->changes.n; i++) {
		const struct msg_change_row *row = &saving->save->changes.at[i];
		if (!text_equal_str(row->name, field->row->name))
			continue;
		struct text value = value_trim(row->value);
		*there_r = true;
		if (value.len == 0 || is_among(values, n, value))
			continue;
		if (!text_copy(&saving->call->arena, value, &values[n++]))
			return ERR_NO_MEMORY;
	}
	*n_r = n;
	return OK;
}

/* The directory gives values in any order. */
static bool is_same(const struct catalogue_field *field, const struct text *values, unsigned n)
{
	bool same = field->n_values == n;
	for (unsigned i = 0; same && i < n; i++)
		same = is_among(field->values, n, values[i]);
	return same;
}

static const char *objection(const struct catalogue_field *field, const struct text *values, unsigned n)
{
	const char *why = NULL;
	if (!catalogue_is_writable(field))
		return "value_read_only";
	if (n > catalogue_values_max(field))
		return field->row->many ? "value_many" : "value_one";
	for (unsigned i = 0; why == NULL && i < n; i++)
		if (!is_among(field->values, field->n_values, values[i])) /* what is there may stay */
			why = value_objection(field, values[i]);
	return why;
}

/* As the directory has them. */
static enum err encode(
    const struct saving *saving, const struct catalogue_field *field, struct text *values, unsigned n)
{
	enum err err = OK;
	for (unsigned i = 0; err == OK && field->type == FIELD_LINES && i < n; i++)
		err = postal_write(values[i], &saving->call->arena, &values[i]);
	return err;
}

static enum err look_at(struct saving *saving, const struct catalogue_field *field)
{
	bool there;
	unsigned n;
	struct text *values = arena_array(&saving->call->arena, CHANGES_MAX, sizeof *values);
	enum err err = values != NULL ? typed(saving, field, values, &n, &there) : ERR_NO_MEMORY;
	if (err != OK || !there || is_same(field, values, n))
		return err;
	const char *why = objection(field, values, n);
	if (why != NULL) {
		object(saving, field, why);
		if (saving->n_problems > 0 && strcmp(why, "value_many") == 0)
			saving->problems[saving->n_problems - 1].count = CATALOGUE_VALUES;
		return OK;
	}
	saving->changed[saving->n_changes] = field;
	saving->changes[saving->n_changes++] =
	    (struct change){ .name = text_of(field->row->ldap), .values = values, .n_values = n };
	return encode(saving, field, values, n);
}

/* A form that names what the person does not see is none of ours. */
static enum err look_at_all(struct saving *saving)
{
	enum err err = OK;
	for (uint32_t i = 0; i < saving->save->changes.n; i++)
		if (catalogue_find(&saving->catalogue, saving->save->changes.at[i].name) == NULL)
			return ERR_MALFORMED;
	for (unsigned i = 0; err == OK && i < saving->catalogue.n; i++)
		err = look_at(saving, &saving->catalogue.fields[i]);
	return err;
}

/* The names of the settings of what is changed, for the audit: never the values. */
static struct text names(const struct saving *saving)
{
	char *text = arena_alloc(&saving->call->arena, OBJECT_MAX + 1);
	size_t len = 0;
	for (unsigned i = 0; text != NULL && i < saving->n_changes; i++) {
		const char *name = saving->changed[i]->row->name;
		if (len + strlen(name) + 1 > OBJECT_MAX)
			break;
		if (len > 0)
			text[len++] = ' ';
		memcpy(text + len, name, strlen(name));
		len += strlen(name);
	}
	return (struct text){ text, len };
}

static const struct catalogue_field *changed_by(const struct saving *saving, struct text attribute)
{
	for (unsigned i = 0; i < saving->n_changes; i++)
		if (attribute.len == saving->changes[i].name.len &&
		    strncasecmp(attribute.at, saving->changes[i].name.at, attribute.len) == 0)
			return saving->changed[i];
	return saving->n_changes == 1 ? saving->changed[0] : NULL;
}

static void object_as(struct saving *saving, const struct write_result *result)
{
	const struct catalogue_field *field = changed_by(saving, result->attribute);
	if (result->outcome == WRITE_STALE) {
		object(saving, NULL, "record_changed");
		return;
	}
	object(saving, field,
	    result->forbidden ? "value_forbidden"
	    : field != NULL   ? "value_refused"
			      : "record_refused");
	struct text words = self_shorten(result->words, WORDS_MAX);
	if (!result->forbidden && self_is_showable(words) && !text_has_control(words.at, words.len, false))
		saving->problems[saving->n_problems - 1].words = words;
}

/* The name and the language in which the person is addressed may be what was changed. */
static void renew_session(const struct saving *saving)
{
	struct authority *authority = saving->call->authority;
	struct msg_session_record record = *saving->session;
	struct store_key key = session_key(authority, saving->save->session);
	struct person person;
	if (directory_find_id(authority->directory, record.person, &saving->call->arena, &person) != OK ||
	    (text_equal(person.name, record.name) && text_equal(person.language, record.language) &&
		text_equal(person.mail, record.mail)))
		return;
	record.name = person.name;
	record.mail = person.mail;
	record.language = person.language;
	(void)!session_change(authority, &key, &record); /* else it is so from the next sign-in on */
}

/* Recorded first: nothing is written that is not. What the directory then refuses is recorded as well. */
static enum err write(struct saving *saving)
{
	struct call *call = saving->call;
	struct self_event event = {
		.audit = AUDIT_PROFILE_SAVED, .activity = "activity_profile_saved", .object = names(saving)
	};
	struct write_result result = { .outcome = WRITE_REFUSED };
	enum err err = self_record(call, saving->session, &event);
	if (err != OK)
		return err;
	err = directory_write_self(call->authority->directory, &saving->person, saving->catalogue.version,
	    saving->changes, saving->n_changes, &call->arena, &result);
	if (err == OK && result.outcome == WRITE_DONE) {
		self_show(call, saving->session, &event);
		metric_add(METRIC_PROFILES_SAVED);
		renew_session(saving);
		return OK;
	}
	event.audit = AUDIT_PROFILE_REFUSED;
	event.reason = text_of(err != OK ? err_text(err) : NULL);
	if (err == OK) {
		object_as(saving, &result);
		event.reason = saving->problems[0].text;
	}
	enum err recorded = self_record(call, saving->session, &event);
	return err != OK ? err : recorded;
}

static enum err prepare(struct saving *saving)
{
	const struct msg_profile_save *save = saving->save;
	enum err err = self_session_of_form(saving->call, save->session, save->csrf, &saving->session);
	if (err == OK)
		err = self_person(saving->call, save->session, saving->session, &saving->person);
	if (err == OK)
		err = catalogue_read(saving->call, &saving->person, &saving->catalogue);
	if (err == OK && !text_equal(save->version, saving->catalogue.version)) {
		object(saving, NULL, "record_changed");
		return OK;
	}
	return err == OK ? look_at_all(saving) : err;
}

static struct wire_any problems(const struct saving *saving)
{
	struct msg_problems *problems = arena_alloc(&saving->call->arena, sizeof *problems);
	if (problems == NULL)
		return (struct wire_any){ NULL, NULL };
	problems->errors.at = saving->problems;
	problems->errors.n = saving->n_problems;
	return WIRE(problems, problems);
}

enum err self_on_profile_save(struct call *call, const void *ask, struct wire_any *answer_r)
{
	struct saving *saving = arena_alloc(&call->arena, sizeof *saving);
	if (saving == NULL)
		return ERR_NO_MEMORY;
	saving->call = call;
	saving->save = ask;
	enum err err = prepare(saving);
	bool writes = saving->n_problems == 0 && saving->n_changes > 0;
	if (err == OK && writes)
		err = write(saving);
	if (err != OK)
		return err;
	*answer_r = saving->n_problems > 0 ? problems(saving)
					   : self_done(call, writes ? "profile_saved" : "nothing_changed");
	return answer_r->at != NULL ? OK : ERR_NO_MEMORY;
}
