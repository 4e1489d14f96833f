#include "text/compile/catalogue.h"
#include <stdlib.h>
#include <string.h>
#include "text/agent.h"
#include "text/moment.h"

static struct text trimmed(struct text text)
{
	while (text.len > 0 && strchr(" \t\r", text.at[0]) != NULL)
		text = (struct text){ text.at + 1, text.len - 1 };
	while (text.len > 0 && strchr(" \t\r", text.at[text.len - 1]) != NULL)
		text.len--;
	return text;
}

static bool is_id(struct text id)
{
	for (size_t i = 0; i < id.len; i++)
		if (strchr("abcdefghijklmnopqrstuvwxyz0123456789_.", id.at[i]) == NULL)
			return false;
	return id.len > 0 && id.len < 64;
}

/* Cuts a plural form off an id: "x.one" gives "x" and PLURAL_ONE. */
static bool cut_form(struct text *id, enum plural *plural_r)
{
	const char *dot = memrchr(id->at, '.', id->len);
	if (dot == NULL)
		return false;
	size_t before = (size_t)(dot - id->at);
	if (!plural_from_text((struct text){ dot + 1, id->len - before - 1 }, plural_r))
		return false;
	id->len = before;
	return true;
}

static struct catalogue_string *find(const struct catalogue *catalogue, struct text id)
{
	for (unsigned i = 0; i < catalogue->n; i++)
		if (text_equal_str(id, catalogue->strings[i]->id))
			return catalogue->strings[i];
	return NULL;
}

static struct catalogue_string *add(struct catalogue *catalogue, struct text id, unsigned line)
{
	if (catalogue->strings == NULL)
		catalogue->strings =
		    arena_array(catalogue->arena, CATALOGUE_STRINGS, sizeof *catalogue->strings);
	struct catalogue_string *string = arena_alloc(catalogue->arena, sizeof *string);
	if (string == NULL || catalogue->strings == NULL || catalogue->n == CATALOGUE_STRINGS)
		return NULL;
	string->id = arena_copy(catalogue->arena, id.at, id.len);
	string->line = line;
	catalogue->strings[catalogue->n++] = string;
	return string;
}

struct line {
	const char *file;
	unsigned number;
	struct text id, sentence;
};

static bool put(struct catalogue *catalogue, struct line line, struct fault *fault)
{
	unsigned language = catalogue->n_languages - 1;
	enum plural plural = PLURAL_OTHER;
	struct text id = line.id;
	bool has_form = cut_form(&id, &plural);
	struct catalogue_string *string = find(catalogue, id);
	if (string == NULL && language > 0)
		return fault_set(
		    fault, line.file, line.number, "the first language has no '%.*s'", TEXT_ARGS(id));
	if (string == NULL) {
		string = add(catalogue, id, line.number);
		if (string == NULL)
			return fault_set(fault, line.file, line.number, "too many strings");
		string->has_forms = has_form;
	}
	if (string->has_forms != has_form)
		return fault_set(
		    fault, line.file, line.number, "'%.*s' with and without forms", TEXT_ARGS(id));
	if (string->forms[language].form[plural] != NULL)
		return fault_set(fault, line.file, line.number, "'%.*s' twice", TEXT_ARGS(line.id));
	string->forms[language].form[plural] =
	    arena_copy(catalogue->arena, line.sentence.at, line.sentence.len);
	return string->forms[language].form[plural] != NULL;
}

static bool read_line(struct catalogue *catalogue, struct line line, struct text content, struct fault *fault)
{
	content = trimmed(content);
	if (content.len == 0 || content.at[0] == '#')
		return true;
	const char *equals = memchr(content.at, '=', content.len);
	if (equals == NULL)
		return fault_set(fault, line.file, line.number, "not 'id = sentence'");
	line.id = trimmed((struct text){ content.at, (size_t)(equals - content.at) });
	line.sentence = trimmed((struct text){ equals + 1, content.len - (size_t)(equals + 1 - content.at) });
	if (!is_id(line.id))
		return fault_set(fault, line.file, line.number, "'%.*s' is no id", TEXT_ARGS(line.id));
	if (line.sentence.len == 0 || !text_is_utf8(line.sentence.at, line.sentence.len) ||
	    text_has_control(line.sentence.at, line.sentence.len, false))
		return fault_set(
		    fault, line.file, line.number, "'%.*s' has no readable sentence", TEXT_ARGS(line.id));
	return put(catalogue, line, fault);
}

bool catalogue_read(
    struct catalogue *catalogue, const char *file, const char *tag, struct text content, struct fault *fault)
{
	const struct plural_rule *rule = plural_find(text_of(tag));
	if (rule == NULL)
		return fault_set(fault, file, 1, "no plural rule for the language '%s' (text/plural.c)", tag);
	if (catalogue->n_languages == CATALOGUE_LANGUAGES)
		return fault_set(fault, file, 1, "too many languages");
	catalogue->languages[catalogue->n_languages++] = (struct catalogue_language){ file, tag, rule };
	struct line line = { .file = file };
	while (content.len > 0) {
		const char *end = memchr(content.at, '\n', content.len);
		size_t len = end != NULL ? (size_t)(end - content.at) : content.len;
		line.number++;
		if (!read_line(catalogue, line, (struct text){ content.at, len }, fault))
			return fault_set(fault, file, line.number, "out of memory");
		size_t used = end != NULL ? len + 1 : len;
		content = (struct text){ content.at + used, content.len - used };
	}
	return true;
}

static int by_id(const void *a, const void *b)
{
	const struct catalogue_string *const *left = a, *const *right = b;
	return strcmp((*left)->id, (*right)->id);
}

static bool check_forms(const struct catalogue_string *string, const struct catalogue_language *language,
    unsigned i, struct fault *fault)
{
	unsigned wanted = string->has_forms ? language->rule->forms : 1u << PLURAL_OTHER;
	for (unsigned plural = 0; plural < PLURAL_COUNT_; plural++) {
		bool has = string->forms[i].form[plural] != NULL;
		const char *dot = string->has_forms ? "." : "";
		const char *form = string->has_forms ? plural_text((enum plural)plural) : "";
		if (!has && (wanted >> plural & 1) != 0)
			return fault_set(fault, language->file, 1, "no '%s%s%s'", string->id, dot, form);
		if (has && (wanted >> plural & 1) == 0)
			return fault_set(fault, language->file, 1,
			    "'%s%s%s' is a form that the language does not have", string->id, dot, form);
	}
	return true;
}

bool catalogue_check(struct catalogue *catalogue, struct fault *fault)
{
	if (catalogue->n == 0)
		return fault_set(fault, "strings", 1, "no strings at all");
	qsort(catalogue->strings, catalogue->n, sizeof *catalogue->strings, by_id);
	for (unsigned i = 0; i < catalogue->n; i++)
		for (unsigned j = 0; j < catalogue->n_languages; j++)
			if (!check_forms(catalogue->strings[i], &catalogue->languages[j], j, fault))
				return false;
	return true;
}

unsigned catalogue_find(const struct catalogue *catalogue, struct text id)
{
	for (unsigned i = 0; i < catalogue->n; i++)
		if (text_equal_str(id, catalogue->strings[i]->id))
			return i;
	return STRINGS_NONE;
}

static bool is_among(struct text name, const char *const *names, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (text_equal_str(name, names[i]))
			return true;
	return false;
}

static bool takes(const char *sentence, const char *const *names, unsigned n, struct text *missing_r)
{
	for (const char *at = strchr(sentence, '{'); at != NULL; at = strchr(at, '{')) {
		at++;
		struct text name = { at, strcspn(at, "}") };
		if (!is_among(name, names, n)) {
			*missing_r = name;
			return false;
		}
	}
	return true;
}

bool catalogue_takes(const struct catalogue *catalogue, unsigned string, const char *const *names, unsigned n,
    struct text *missing_r)
{
	for (unsigned i = 0; i < catalogue->n_languages; i++)
		for (unsigned plural = 0; plural < PLURAL_COUNT_; plural++) {
			const char *sentence = catalogue->strings[string]->forms[i].form[plural];
			if (sentence != NULL && !takes(sentence, names, n, missing_r))
				return false;
		}
	return true;
}

bool catalogue_is_text_id(const char *id)
{
	return strchr(id, '.') == NULL;
}

/* What the code says by itself: the groups of moment.h and agent.h, and names of languages. */
static bool is_of_code(const char *id)
{
	static const char *const GROUPS[] = { MOMENT_GROUP, AGENT_GROUP, LANGUAGE_GROUP, STRINGS_MAIL_GROUP };
	for (size_t i = 0; i < COUNT(GROUPS); i++)
		if (strncmp(id, GROUPS[i], strlen(GROUPS[i])) == 0)
			return true;
	return false;
}

bool catalogue_check_use(const struct catalogue *catalogue, struct fault *fault)
{
	static const char *const FOR_TEXT_IDS[] = { "count", "name" };
	for (unsigned i = 0; i < catalogue->n; i++) {
		const struct catalogue_string *string = catalogue->strings[i];
		const char *file = catalogue->languages[0].file;
		struct text missing;
		bool is_text_id = catalogue_is_text_id(string->id);
		if (!string->is_used && !is_text_id && !is_of_code(string->id))
			return fault_set(fault, file, string->line, "nobody uses '%s'", string->id);
		if (is_text_id && !catalogue_takes(catalogue, i, FOR_TEXT_IDS, COUNT(FOR_TEXT_IDS), &missing))
			return fault_set(fault, file, string->line, "'%s': nobody gives {%.*s}", string->id,
			    TEXT_ARGS(missing));
	}
	return true;
}

bool catalogue_strings(const struct catalogue *catalogue, struct strings *strings_r)
{
	const char **ids = arena_array(catalogue->arena, catalogue->n, sizeof *ids);
	struct language *languages = arena_array(catalogue->arena, catalogue->n_languages, sizeof *languages);
	if (ids == NULL || languages == NULL)
		return false;
	for (unsigned j = 0; j < catalogue->n_languages; j++) {
		struct string_forms *forms = arena_array(catalogue->arena, catalogue->n, sizeof *forms);
		if (forms == NULL)
			return false;
		for (unsigned i = 0; i < catalogue->n; i++) {
			ids[i] = catalogue->strings[i]->id;
			forms[i] = catalogue->strings[i]->forms[j];
		}
		languages[j] = (struct language){ catalogue->languages[j].tag,
			catalogue->languages[j].rule->form, forms };
	}
	*strings_r = (struct strings){ ids, catalogue->n, languages, catalogue->n_languages };
	return true;
}
