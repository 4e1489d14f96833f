#include <stddef.h>
#include <string.h>
#include "base/arena.h"
#include "ctl/service_parts.h"

#define ROWS_MAX 32u /* of the longest list of the record */

/* Options that are one field of the record: wire_put knows what may stand in it. */
static const struct {
	const char *field;
	size_t at;
	const char *otherwise; /* said of a value that cannot be */
} FIELDS[] = {
	{ "label", offsetof(struct ctl, service.label), "--label takes up to 120 bytes of text" },
	{ "about", offsetof(struct ctl, service.about), "--about takes up to 200 bytes of text" },
	{ "link", offsetof(struct ctl, service.link), "--link takes an address of up to 500 bytes" },
	{ "owner", offsetof(struct ctl, service.owner), "--owner takes up to 200 bytes of text" },
	{ "alg", offsetof(struct ctl, service.alg), "--alg takes RS256, ES256 or EdDSA" },
	{ "subject", offsetof(struct ctl, service.subject), "--subject takes pairwise or public" },
	{ "sector", offsetof(struct ctl, service.sector), "--sector takes a host name of up to 200 bytes" },
	{ "access_token", offsetof(struct ctl, service.access_token), "--access-token takes opaque or jwt" },
	{ "freshness_s", offsetof(struct ctl, service.fresh), "--fresh takes seconds, a year at most" },
	{ "backchannel_logout_uri", offsetof(struct ctl, service.backchannel),
	    "--backchannel-logout-uri takes an address of up to 500 bytes" },
	{ "frontchannel_logout_uri", offsetof(struct ctl, service.frontchannel),
	    "--frontchannel-logout-uri takes an address of up to 500 bytes" },
	{ "uses", offsetof(struct ctl, service.uses), "--uses takes a number up to 99" },
	{ "encrypt", offsetof(struct ctl, service.encrypt), "--encrypt takes marked, always or never" },
	{ "client_id", offsetof(struct ctl, service.client_id), "--client-id takes up to 128 characters" },
};

/* NULL, or what is wrong with an option. */
static const char *put_fields(const struct ctl *ctl, struct msg_service_record *service, struct arena *arena)
{
	for (size_t i = 0; i < COUNT(FIELDS); i++) {
		const char *value = *(const char *const *)((const char *)ctl + FIELDS[i].at);
		if (value != NULL && wire_put(wire_msg_service_record(), service, text_of(FIELDS[i].field),
					 text_of(value), arena) != OK)
			return FIELDS[i].otherwise;
	}
	return NULL;
}

/* Options that are a name in a language: a row of the list for each language that has one. */
static const struct {
	const char *language;
	size_t label, about;
} NAMED[] = {
	{ "en", offsetof(struct ctl, service.label_en), offsetof(struct ctl, service.about_en) },
	{ "de", offsetof(struct ctl, service.label_de), offsetof(struct ctl, service.about_de) },
};

static const char *option_at(const struct ctl *ctl, size_t at)
{
	return *(const char *const *)((const char *)ctl + at);
}

static bool put_named(struct msg_named_row *row, const char *field, const char *value, struct arena *arena)
{
	return value == NULL ||
	       wire_put(wire_msg_named_row(), row, text_of(field), text_of(value), arena) == OK;
}

/* NULL, or what is wrong with an option. */
static const char *put_names(const struct ctl *ctl, struct msg_service_record *service, struct arena *arena)
{
	struct msg_named_row *rows = arena_array(arena, COUNT(NAMED), sizeof *rows);
	if (rows == NULL)
		return "no memory";
	service->named.at = rows;
	for (size_t i = 0; i < COUNT(NAMED); i++) {
		const char *label = option_at(ctl, NAMED[i].label), *about = option_at(ctl, NAMED[i].about);
		struct msg_named_row *row = &rows[service->named.n];
		if (label == NULL && about == NULL)
			continue;
		if (!put_named(row, "language", NAMED[i].language, arena) ||
		    !put_named(row, "label", label, arena) || !put_named(row, "about", about, arena))
			return "--label-en and --label-de take up to 120 bytes of text, --about-en and "
			       "--about-de up to 200";
		service->named.n++;
	}
	return NULL;
}

/* Options that are words with blanks between them, each a row of a list of the record: their bounds are the list's. */
static const struct {
	const char *field;
	size_t at;
	const char *otherwise;
} LISTS[] = {
	{ "redirect_uris", offsetof(struct ctl, service.redirect_uris),
	    "--redirect-uri takes up to 24 addresses with blanks between them, of up to 500 bytes each" },
	{ "logout_uris", offsetof(struct ctl, service.logout_uris),
	    "--logout-uri takes up to 8 addresses with blanks between them, of up to 500 bytes each" },
	{ "addresses", offsetof(struct ctl, service.addresses),
	    "--service-url takes up to 8 addresses with blanks between them, of up to 500 bytes each" },
	{ "proxy_callbacks", offsetof(struct ctl, service.proxy_callbacks),
	    "--proxy-callback takes up to 2 addresses with a blank between them, of up to 500 bytes each" },
	{ "proxied_by", offsetof(struct ctl, service.proxied_by),
	    "--proxied-by takes up to 8 names of services with blanks between them" },
	{ "groups", offsetof(struct ctl, service.groups),
	    "--groups takes up to 32 names with blanks between them, of up to 200 bytes each" },
	{ "claims", offsetof(struct ctl, service.claims),
	    "--claims takes up to 32 names with blanks between them, of up to 100 bytes each, NAME=OTHER "
	    "included" },
	{ "categories", offsetof(struct ctl, service.categories),
	    "--category takes up to 5 names with blanks between them" },
	{ "audiences", offsetof(struct ctl, service.audience),
	    "--audience takes up to 8 names with blanks between them, of up to 200 bytes each" },
	{ "scopes", offsetof(struct ctl, service.scopes),
	    "--scopes takes up to 16 words with blanks between them, of up to 64 bytes each" },
};

static enum err put_words(
    const char *given, struct msg_service_record *service, const char *field, struct arena *arena)
{
	struct wire_rows rows;
	enum err err = wire_get_rows(wire_msg_service_record(), service, text_of(field), &rows);
	if (err != OK)
		return err;
	unsigned char *room = arena_array(arena, ROWS_MAX, rows.of->size);
	rows.at = room;
	for (given += strspn(given, " "); err == OK && *given != '\0'; given += strspn(given, " ")) {
		struct text word = { given, strcspn(given, " ") };
		if (rows.n == ROWS_MAX || room == NULL)
			return ERR_TOO_LARGE;
		err = wire_put(
		    rows.of, room + rows.n++ * rows.of->size, text_of(rows.of->fields[0].name), word, arena);
		given += word.len;
	}
	return err == OK ? wire_put_rows(wire_msg_service_record(), service, text_of(field), &rows) : err;
}

/* NULL, or what is wrong with an option. */
static const char *put_lists(const struct ctl *ctl, struct msg_service_record *service, struct arena *arena)
{
	for (size_t i = 0; i < COUNT(LISTS); i++) {
		const char *given = *(const char *const *)((const char *)ctl + LISTS[i].at);
		if (given != NULL && put_words(given, service, LISTS[i].field, arena) != OK)
			return LISTS[i].otherwise;
	}
	return NULL;
}

const char *service_fill(const struct ctl *ctl, struct msg_service_record *service, struct arena *arena)
{
	if (wire_put(wire_msg_service_record(), service, TEXT_LITERAL("name"), text_of(ctl->words[0]),
		arena) != OK)
		return "NAME takes up to 64 characters: a to z, 0 to 9, - and _";
	if (ctl->service.label == NULL)
		return "this command takes --label TEXT, what people call the service";
	if (service->protocol == PROTOCOL_REGISTRATION &&
	    (ctl->service.uses == NULL || service->until == 0 || ctl->service.addresses == NULL))
		return "with --registration this command takes --uses N, --hours N (up to 8760) and "
		       "--service-url URLS, where addresses may be";
	if (ctl->service.cas && ctl->service.addresses == NULL)
		return "with --cas this command takes --service-url URL, the address of the service";
	if (service->protocol == PROTOCOL_OIDC && ctl->service.redirect_uris == NULL &&
	    !ctl->service.client_credentials && !ctl->service.resource_server && !ctl->service.device)
		return "this command takes --redirect-uri URI, where people are sent back to";
	const char *wrong = put_fields(ctl, service, arena);
	if (wrong == NULL)
		wrong = put_names(ctl, service, arena);
	return wrong != NULL ? wrong : put_lists(ctl, service, arena);
}
