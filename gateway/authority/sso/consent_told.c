#include "authority/sso/consent_told.h"
#include <string.h>
#include "authority/authority.h"
#include "authority/sso/claims.h"
#include "authority/sso/release.h"
#include "authority/sso/released.h"
#include "log/log.h"

#define NAMES_MAX 700u /* bytes: consent_question */
#define VALUES_MAX 300u
#define ROWS_MAX 40u

/* A consent covers what was asked, whole: of what has no room nobody would know whether it was agreed to. */
static enum err refuse(struct call *call, const struct consent *consent)
{
	log_line(LOG_LEVEL_ERROR, "consent_too_large", call->frame.trace,
	    LOG_TEXT("service", consent->service->name),
	    LOG_STR("reason",
		"its claims and scopes are more than a question has room for: 700 bytes, 40 names"));
	return ERR_CONFIG;
}

static struct text add_name(struct call *call, struct text names, struct text name, bool *whole)
{
	return names.at != NULL ? released_join(names, name, NAMES_MAX, &call->arena, whole) : names;
}

/* A word of its own scopes, if the request has the next one of them: what it may do for the person is agreed to as what it is told. */
static bool next_scope(const struct consent *consent, uint32_t *i, struct text *word_r)
{
	const struct msg_service_record *service = consent->service;
	while (consent->wanted != NULL && *i < service->scopes.n) {
		*word_r = service->scopes.at[(*i)++].value;
		if (claims_scope_within(*word_r, consent->wanted->scope))
			return true;
	}
	return false;
}

/* By names that no claim has. */
static struct text add_scopes(
    struct call *call, const struct consent *consent, struct text names, bool *whole)
{
	uint32_t i = 0;
	for (struct text word; names.at != NULL && next_scope(consent, &i, &word);)
		names = add_name(
		    call, names, text_of(arena_printf(&call->arena, "scope:%.*s", TEXT_ARGS(word))), whole);
	return names;
}

enum err consent_names(struct call *call, const struct consent *consent, struct text *names_r)
{
	const struct conf *conf = call->authority->conf;
	struct text names = consent->always.at != NULL ? consent->always : (struct text){ "", 0 };
	const char *name, *scope;
	unsigned n = consent->always.at != NULL;
	bool whole = true;
	for (unsigned i = 0; (name = release_at(conf, i, &scope)) != NULL; i++) {
		if (!release_may(conf, consent->service, consent->wanted, name))
			continue;
		names = add_name(call, names, text_of(name), &whole);
		n++;
	}
	names = add_scopes(call, consent, names, &whole);
	if (consent->recognised)
		names = add_name(call, names, TEXT_LITERAL("sub"), &whole);
	if (consent->offline)
		names = add_name(call, names, text_of(CLAIMS_OFFLINE), &whole);
	if (names.at == NULL)
		return ERR_NO_MEMORY;
	if (!whole || n > ROWS_MAX)
		return refuse(call, consent);
	*names_r = names;
	return OK;
}

/* --- values -------------------------------------------------------------------------------------------------------- */

struct line {
	char *at;
	size_t len;
	uint64_t more;
};

/* Ends of lines and other controls are blanks here. */
static void append(struct line *line, struct text value)
{
	memcpy(line->at + line->len, value.at, value.len);
	for (size_t i = 0; i < value.len; i++) {
		unsigned char *c = (unsigned char *)line->at + line->len + i;
		bool c1 = i > 0 && c[-1] == 0xc2 && *c < 0xa0;
		if (c1)
			c[-1] = ' ';
		if (c1 || *c < 0x20 || *c == 0x7f)
			*c = ' ';
	}
	line->len += value.len;
}

static size_t whole_characters(struct text value, size_t max)
{
	size_t len = value.len < max ? value.len : max;
	while (len > 0 && len < value.len && ((unsigned char)value.at[len] & 0xc0) == 0x80)
		len--;
	return len;
}

/* The first value as far as it goes, the others whole or not at all. */
static void add(struct line *line, struct text value)
{
	static const struct text COMMA = { ", ", 2 };
	size_t room = VALUES_MAX - line->len;
	bool first = line->len == 0;
	if (!text_is_utf8(value.at, value.len) || (!first && value.len + COMMA.len > room)) {
		line->more++;
		return;
	}
	if (!first)
		append(line, COMMA);
	append(line, (struct text){ value.at, whole_characters(value, VALUES_MAX - line->len) });
}

static bool fill(
    struct call *call, struct text name, const struct text *values, unsigned n, struct msg_consent_row *row)
{
	struct line line = { .at = arena_alloc(&call->arena, VALUES_MAX + 1) };
	if (line.at == NULL)
		return false;
	for (unsigned i = 0; i < n; i++)
		add(&line, values[i]);
	*row = (struct msg_consent_row){ .name = name,
		.text = release_text(name, &call->arena),
		.values = { line.at, line.len },
		.more = line.more < 10000 ? line.more : 10000 };
	return true;
}

/* --- what there is -------------------------------------------------------------------------------------------------- */

static bool is_among(struct text name, const struct msg_consent_row *rows, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (text_equal(rows[i].name, name))
			return true;
	return false;
}

/* Names without a value. */
static bool fill_later(struct call *call, const struct consent *consent, struct msg_consent_told *told)
{
	const struct conf *conf = call->authority->conf;
	struct msg_told_name *later = arena_array(&call->arena, ROWS_MAX, sizeof *later);
	const char *name, *scope;
	told->later.at = later;
	for (unsigned i = 0; later != NULL && (name = release_at(conf, i, &scope)) != NULL; i++) {
		bool due = release_may(conf, consent->service, consent->wanted, name);
		if (due && told->later.n < ROWS_MAX && !is_among(text_of(name), told->now.at, told->now.n))
			later[told->later.n++] = (struct msg_told_name){ text_of(name),
				release_text(text_of(name), &call->arena) };
	}
	return later != NULL;
}

static bool fill_now(struct call *call, const struct consent *consent, const struct release *rows, unsigned n,
    struct msg_consent_told *told)
{
	struct msg_consent_row *now = arena_array(&call->arena, ROWS_MAX, sizeof *now);
	bool filled = now != NULL;
	told->now.at = now;
	if (filled && consent->always.at != NULL)
		filled = fill(call, consent->always, &consent->session->user, 1, &now[told->now.n++]);
	for (unsigned i = 0; filled && i < n && told->now.n < ROWS_MAX; i++)
		if (!is_among(text_of(rows[i].name), now, told->now.n))
			filled = fill(call, text_of(rows[i].name), rows[i].values, rows[i].n_values,
			    &now[told->now.n++]);
	return filled;
}

static bool fill_allowed(struct call *call, const struct consent *consent, struct msg_consent_told *told)
{
	struct msg_told_name *allowed =
	    arena_array(&call->arena, consent->service->scopes.n + 1u, sizeof *allowed);
	uint32_t i = 0;
	told->allowed.at = allowed;
	for (struct text word; allowed != NULL && next_scope(consent, &i, &word);)
		allowed[told->allowed.n++].name = word;
	return allowed != NULL;
}

enum err consent_tell(
    struct call *call, const struct consent *consent, const struct msg_consent_told **told_r)
{
	const struct release *rows;
	unsigned n;
	struct msg_consent_told *told = arena_alloc(&call->arena, sizeof *told);
	if (told == NULL)
		return ERR_NO_MEMORY;
	enum err err = release_load(call, consent->service, consent->session, consent->wanted, &rows, &n);
	if (err == OK && !(fill_now(call, consent, rows, n, told) && fill_later(call, consent, told) &&
			     fill_allowed(call, consent, told)))
		err = ERR_NO_MEMORY;
	if (err != OK)
		return err;
	told->recognised = consent->recognised;
	told->offline = consent->offline;
	*told_r = told;
	return OK;
}
