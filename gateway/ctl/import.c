/* import.c - the clients of another system, from a table: each row is a service add, told one by one, so that what is refused can be mended and
 * the same file given again. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include "base/arena.h"
#include "ctl/ask.h"
#include "ctl/csv.h"
#include "ctl/source.h"

#define FILE_MAX (1u << 20)

/* What a column may be called: its cells are the value of the option, or yes and no. */
static const struct column {
	const char *name;
	size_t at;
	bool is_flag;
} COLUMNS[] = {
	{ "label", offsetof(struct ctl, service.label), false },
	{ "about", offsetof(struct ctl, service.about), false },
	{ "label_en", offsetof(struct ctl, service.label_en), false },
	{ "label_de", offsetof(struct ctl, service.label_de), false },
	{ "about_en", offsetof(struct ctl, service.about_en), false },
	{ "about_de", offsetof(struct ctl, service.about_de), false },
	{ "logo", offsetof(struct ctl, service.logo), false },
	{ "link", offsetof(struct ctl, service.link), false },
	{ "owner", offsetof(struct ctl, service.owner), false },
	{ "redirect_uris", offsetof(struct ctl, service.redirect_uris), false },
	{ "logout_uris", offsetof(struct ctl, service.logout_uris), false },
	{ "groups", offsetof(struct ctl, service.groups), false },
	{ "claims", offsetof(struct ctl, service.claims), false },
	{ "categories", offsetof(struct ctl, service.categories), false },
	{ "alg", offsetof(struct ctl, service.alg), false },
	{ "subject", offsetof(struct ctl, service.subject), false },
	{ "sector", offsetof(struct ctl, service.sector), false },
	{ "fresh", offsetof(struct ctl, service.fresh), false },
	{ "backchannel_logout_uri", offsetof(struct ctl, service.backchannel), false },
	{ "frontchannel_logout_uri", offsetof(struct ctl, service.frontchannel), false },
	{ "access_token", offsetof(struct ctl, service.access_token), false },
	{ "audience", offsetof(struct ctl, service.audience), false },
	{ "scopes", offsetof(struct ctl, service.scopes), false },
	{ "jwks", offsetof(struct ctl, service.jwks), false },
	{ "client_id", offsetof(struct ctl, service.client_id), false },
	{ "client_secret", offsetof(struct ctl, service.client_secret), false },
	{ "two_factors", offsetof(struct ctl, service.two_factors), true },
	{ "consent", offsetof(struct ctl, service.consent), true },
	{ "public", offsetof(struct ctl, service.is_public), true },
	{ "refresh", offsetof(struct ctl, service.refresh), true },
	{ "device", offsetof(struct ctl, service.device), true },
	{ "client_credentials", offsetof(struct ctl, service.client_credentials), true },
	{ "resource_server", offsetof(struct ctl, service.resource_server), true },
	{ "no_pkce", offsetof(struct ctl, service.no_pkce), true },
};

static const struct column *find_column(const char *name)
{
	for (size_t i = 0; i < COUNT(COLUMNS); i++)
		if (strcmp(COLUMNS[i].name, name) == 0)
			return &COLUMNS[i];
	return NULL;
}

static const char *csv_fault(enum err err)
{
	return err == ERR_NOT_FOUND   ? "the file has no row"
	       : err == ERR_TOO_LARGE ? "a row has more than 32 cells"
				      : "a quote is not closed, or something stands behind it";
}

/* NULL, or what is wrong with a table's first row. */
static const char *head_fault(const struct csv_row *head)
{
	bool named = false;
	for (unsigned i = 0; i < head->n; i++) {
		bool is_name = strcmp(head->cells[i], "name") == 0;
		if (!is_name && find_column(head->cells[i]) == NULL)
			return "a column has a name that is none: see spomctl(8)";
		for (unsigned j = 0; j < i; j++)
			if (strcmp(head->cells[i], head->cells[j]) == 0)
				return "a column is there twice";
		named |= is_name;
	}
	return named ? NULL : "the table has no column name";
}

/* What row says, as the options of service add. NULL, or what is wrong with it. */
static const char *fill(
    const struct csv_row *head, const struct csv_row *row, struct ctl *one, const char **name_r)
{
	if (row->n != head->n)
		return "the row has another number of cells than the first one";
	for (unsigned i = 0; i < row->n; i++) {
		const struct column *column = find_column(head->cells[i]);
		const char *cell = row->cells[i];
		bool yes = strcmp(cell, "yes") == 0, empty = cell[0] == '\0';
		if (column == NULL)
			*name_r = cell;
		else if (column->is_flag && !yes && !empty && strcmp(cell, "no") != 0)
			return "two_factors, consent, public, refresh, device, client_credentials, "
			       "resource_server and no_pkce are yes or no";
		else if (column->is_flag)
			*(bool *)((char *)one + column->at) = yes;
		else if (!empty)
			*(const char **)((char *)one + column->at) = cell;
	}
	return NULL;
}

static enum ctl_exit add(const struct ctl *ctl, const struct csv_row *head, const struct csv_row *row)
{
	struct ctl one = *ctl;
	const char *name = "";
	one.service = (struct ctl_service){ .cas = false };
	const char *wrong = fill(head, row, &one, &name);
	one.words = &name;
	one.n_words = 1;
	enum ctl_exit code = wrong != NULL ? ask_usage(wrong) : ctl_service_add(&one);
	if (code != CTL_DONE)
		(void)fprintf(stderr, "line %u, %s: not added\n", row->line, name);
	return code;
}

enum ctl_exit ctl_import_clients(const struct ctl *ctl)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct csv csv;
	struct csv_row head, row;
	unsigned added = 0, refused = 0;
	char *text = source_text(ctl->words[0], FILE_MAX, &arena);
	if (text == NULL)
		return ask_usage("FILE is a table of up to 1 MiB that can be read");
	csv_begin(&csv, text);
	enum err err = csv_next(&csv, &head);
	const char *wrong = err != OK ? csv_fault(err) : head_fault(&head);
	if (wrong != NULL)
		return ask_usage(wrong);
	while ((err = csv_next(&csv, &row)) == OK) {
		enum ctl_exit code = add(ctl, &head, &row);
		if (code == CTL_UNREACHABLE)
			return code;
		added += code == CTL_DONE;
		refused += code != CTL_DONE;
	}
	if (err != ERR_NOT_FOUND) {
		(void)fprintf(stderr, "line %u: %s; nothing behind it was read\n", row.line, csv_fault(err));
		refused++;
	}
	(void)fprintf(stderr, "%u added, %u not added\n", added, refused);
	return refused == 0 && added > 0 ? CTL_DONE : CTL_REFUSED;
}
