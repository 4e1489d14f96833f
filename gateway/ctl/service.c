#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include "base/arena.h"
#include "base/io.h"
#include "ctl/ask.h"
#include "ctl/show.h"

#define METADATA_MAX (48 * KIB)
#define ROWS_MAX 32u
#define LOGOUT_URIS_MAX 8u
#define ADDRESSES_MAX 8u
#define CATEGORIES_MAX 4u
#define AUDIENCES_MAX 8u
#define SCOPES_MAX 16u

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

/* Words between blanks, each a row of a list of texts. */
struct words {
	const struct wire_msg *of; /* with one field, a text */
	size_t size;
	unsigned char *rows;
	uint32_t n;
};

static bool put_words(const char *given, struct words *words, struct arena *arena)
{
	words->rows = arena_array(arena, ROWS_MAX, words->size);
	for (const char *at = given != NULL ? given + strspn(given, " ") : ""; *at != '\0';) {
		size_t len = strcspn(at, " ");
		if (words->n == ROWS_MAX || words->rows == NULL ||
		    wire_put(words->of, words->rows + words->n * words->size,
			text_of(words->of->fields[0].name), (struct text){ at, len }, arena) != OK)
			return false;
		words->n++;
		at += len + strspn(at + len, " ");
	}
	return true;
}

/* NULL, or what is wrong with an option. */
static const char *put_lists(const struct ctl *ctl, struct msg_service_record *service, struct arena *arena)
{
	struct words uris = { wire_msg_uri_row(), sizeof(struct msg_uri_row), NULL, 0 };
	struct words leave = uris, addresses = uris;
	struct words groups = { wire_msg_value_row(), sizeof(struct msg_value_row), NULL, 0 };
	struct words claims = groups, categories = groups;
	if (!put_words(ctl->service.redirect_uris, &uris, arena))
		return "--redirect-uri takes up to 32 addresses with blanks between them, of up to 500 bytes "
		       "each";
	if (!put_words(ctl->service.logout_uris, &leave, arena) || leave.n > LOGOUT_URIS_MAX)
		return "--logout-uri takes up to 8 addresses with blanks between them, of up to 500 bytes "
		       "each";
	if (!put_words(ctl->service.addresses, &addresses, arena) || addresses.n > ADDRESSES_MAX)
		return "--service-url takes up to 8 addresses with blanks between them, of up to 500 bytes "
		       "each";
	if (!put_words(ctl->service.groups, &groups, arena))
		return "--groups takes up to 32 names with blanks between them, of up to 200 bytes each";
	if (!put_words(ctl->service.claims, &claims, arena))
		return "--claims takes up to 32 names with blanks between them";
	if (!put_words(ctl->service.categories, &categories, arena) || categories.n > CATEGORIES_MAX)
		return "--category takes up to 4 names with blanks between them";
	struct words audiences = { wire_msg_value_row(), sizeof(struct msg_value_row), NULL, 0 };
	struct words scopes = audiences;
	if (!put_words(ctl->service.audience, &audiences, arena) || audiences.n > AUDIENCES_MAX)
		return "--audience takes up to 8 names with blanks between them";
	if (!put_words(ctl->service.scopes, &scopes, arena) || scopes.n > SCOPES_MAX)
		return "--scopes takes up to 16 words with blanks between them";
	service->audiences.at = (const void *)audiences.rows;
	service->audiences.n = audiences.n;
	service->scopes.at = (const void *)scopes.rows;
	service->scopes.n = scopes.n;
	service->redirect_uris.at = (const void *)uris.rows;
	service->redirect_uris.n = uris.n;
	service->logout_uris.at = (const void *)leave.rows;
	service->logout_uris.n = leave.n;
	service->addresses.at = (const void *)addresses.rows;
	service->addresses.n = addresses.n;
	service->groups.at = (const void *)groups.rows;
	service->groups.n = groups.n;
	service->claims.at = (const void *)claims.rows;
	service->claims.n = claims.n;
	service->categories.at = (const void *)categories.rows;
	service->categories.n = categories.n;
	return NULL;
}

static const char *fill(const struct ctl *ctl, struct msg_service_record *service, struct arena *arena)
{
	if (wire_put(wire_msg_service_record(), service, TEXT_LITERAL("name"), text_of(ctl->words[0]),
		arena) != OK)
		return "NAME takes up to 64 characters: a to z, 0 to 9, - and _";
	if (ctl->service.label == NULL)
		return "this command takes --label TEXT, what people call the service";
	if (ctl->service.cas && ctl->service.addresses == NULL)
		return "with --cas this command takes --service-url URL, the address of the service";
	if (service->protocol == PROTOCOL_OIDC && ctl->service.redirect_uris == NULL &&
	    !ctl->service.client_credentials && !ctl->service.resource_server && !ctl->service.device)
		return "this command takes --redirect-uri URI, where people are sent back to";
	const char *wrong = put_fields(ctl, service, arena);
	return wrong != NULL ? wrong : put_lists(ctl, service, arena);
}

static void show_saml(const struct msg_saml_record *saml)
{
	show_text("entity id", saml->entity_id);
	for (uint32_t i = 0; i < saml->consumers.n; i++)
		show_text(i == 0 ? "answers to" : "", saml->consumers.at[i].url);
	for (uint32_t i = 0; i < saml->logouts.n; i++)
		show_text(i == 0 ? "sign-out" : "", saml->logouts.at[i].url);
	for (uint32_t i = 0; i < saml->name_formats.n; i++)
		show_text(i == 0 ? "names" : "", saml->name_formats.at[i].value);
	(void)printf("%-12s %u, requests %s signed\n", "certificates", saml->certificates.n,
	    saml->signs ? "are always" : "may be");
}

/* saml: what was read in its metadata, for an operator to compare; else NULL. keeps: it has its secret already. */
static void print_added(const struct msg_service_added *added, const struct msg_saml_record *saml, bool keeps)
{
	show_text("service", added->name);
	if (saml != NULL) {
		show_saml(saml);
		return;
	}
	show_text("client_id", added->client_id);
	if (added->client_id.at == NULL)
		return;
	if (keeps) {
		show_str("secret", "the one that it has");
		return;
	}
	if (added->client_secret.at == NULL) {
		(void)printf("It has no secret: it proves itself by PKCE (RFC 7636).\n");
		return;
	}
	(void)printf(
	    "secret       %.*s\n", (int)added->client_secret.len, (const char *)added->client_secret.at);
	(void)fprintf(
	    stderr, "The secret is shown this once, and kept nowhere: give it to the service now.\n");
}

/* The file as it is: what it says, spom-judge finds out. NULL: it cannot be read, or is no file of one service. */
static const uint8_t *read_file(const char *name, struct arena *arena, size_t *len_r)
{
	CLEANUP(io_close) int fd = open(name, O_RDONLY | O_CLOEXEC);
	uint8_t *bytes = arena_alloc(arena, METADATA_MAX + 1);
	if (fd < 0 || bytes == NULL || io_read_file(fd, bytes, METADATA_MAX + 1, len_r) != OK)
		return NULL;
	return *len_r > 0 && *len_r <= METADATA_MAX ? bytes : NULL;
}

static enum ctl_exit read_metadata(
    const struct ctl *ctl, struct msg_operator *by, struct arena *arena, struct msg_service_record *service)
{
	size_t len = 0;
	const uint8_t *bytes = read_file(ctl->service.saml_metadata, arena, &len);
	const struct msg_saml_read ask = { by, { bytes, len } };
	const void *answer;
	if (bytes == NULL)
		return ask_usage("--saml-metadata names a file of up to 48 KiB that can be read");
	enum ctl_exit code = ask_operator(ctl, by, WIRE(saml_read, &ask), TAG_saml_found, arena, &answer);
	if (code == CTL_DONE) {
		service->saml = ((const struct msg_saml_found *)answer)->saml;
		service->client_id = service->saml->entity_id;
	}
	return code;
}

static enum protocol protocol_of(const struct ctl *ctl)
{
	if (ctl->service.saml_metadata != NULL)
		return PROTOCOL_SAML;
	return ctl->service.cas ? PROTOCOL_CAS : PROTOCOL_OIDC;
}

enum ctl_exit ctl_service_add(const struct ctl *ctl)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_operator by = { .break_glass = false };
	struct msg_service_record service = {
		.protocol = protocol_of(ctl),
		.level = ctl->service.two_factors ? SESSION_LEVEL_TWO_FACTORS : SESSION_LEVEL_NONE,
		.refresh = ctl->service.refresh,
		.client_credentials = ctl->service.client_credentials,
		.resource_server = ctl->service.resource_server,
		.device = ctl->service.device,
	};
	const char *had = ctl->service.client_secret;
	const struct secret secret = { (unsigned char *)(uintptr_t)had, had != NULL ? strlen(had) : 0 };
	const struct msg_service_add ask = { &by, &service, ctl->service.is_public, secret };
	const void *answer;
	const char *wrong = fill(ctl, &service, &arena);
	if (wrong != NULL)
		return ask_usage(wrong);
	enum ctl_exit code =
	    service.protocol == PROTOCOL_SAML ? read_metadata(ctl, &by, &arena, &service) : CTL_DONE;
	if (code == CTL_DONE)
		code = ask_operator(ctl, &by, WIRE(service_add, &ask), TAG_service_added, &arena, &answer);
	if (code != CTL_DONE)
		return code;
	const struct msg_service_added *added = answer;
	if (ctl->json)
		return ask_print_json(WIRE(service_added, added), &arena);
	print_added(added, service.saml, had != NULL);
	return CTL_DONE;
}

static const char *name_of_id(const struct msg_service_row *row)
{
	if (row->client_id.at == NULL)
		return "";
	return row->protocol == PROTOCOL_SAML ? "   entity id " : "   client_id ";
}

static enum ctl_exit print_row(const struct ctl *ctl, const struct msg_service_row *row, struct arena *arena)
{
	if (ctl->json)
		return ask_print_json(WIRE(service_row, row), arena);
	(void)printf("%.*s\n", TEXT_ARGS(row->name));
	if (row->broken)
		(void)printf("  BROKEN: changed in the directory, or sealed with a key that is gone\n");
	else
		(void)printf("  %.*s\n  %s%s%.*s\n", TEXT_ARGS(row->label),
		    WIRE_ENUM_TEXT(protocol, row->protocol), name_of_id(row), TEXT_ARGS(row->client_id));
	return CTL_DONE;
}

enum ctl_exit ctl_service_list(const struct ctl *ctl)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_operator by = { .break_glass = false };
	struct msg_service_list ask = { &by, { NULL, 0 } };
	bool any = false;
	do {
		const void *answer = NULL;
		enum ctl_exit code =
		    ask_operator(ctl, &by, WIRE(service_list, &ask), TAG_service_rows, &arena, &answer);
		const struct msg_service_rows *page = answer;
		for (uint32_t i = 0; code == CTL_DONE && i < page->services.n; i++)
			code = print_row(ctl, &page->services.at[i], &arena);
		if (code != CTL_DONE)
			return code;
		any |= page->services.n > 0;
		ask.after = page->next;
	} while (ask.after.at != NULL);
	if (!any && !ctl->json)
		(void)printf("There is no service.\n");
	return CTL_DONE;
}

static void show_uris(const char *name, const struct msg_uri_row *rows, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		show_text(i == 0 ? name : "", rows[i].uri);
}

/* What clients of OpenID Connect alone have. */
static void show_client(const struct msg_service_record *service, bool public_client)
{
	show_text("client_id", service->client_id);
	show_str("secret", public_client ? "none" : "kept as a hash");
	show_uris("redirects", service->redirect_uris.at, service->redirect_uris.n);
	show_uris("sign-out", service->logout_uris.at, service->logout_uris.n);
	show_str("alg", WIRE_ENUM_TEXT(signing_alg, service->alg));
	show_str("subject", WIRE_ENUM_TEXT(subject_kind, service->subject));
	show_text("sector", service->sector);
	show_str("refresh", service->refresh ? "yes, by offline_access" : "no");
	show_str("tokens", WIRE_ENUM_TEXT(token_form, service->access_token));
	for (uint32_t i = 0; i < service->audiences.n; i++)
		show_text(i == 0 ? "audience" : "", service->audiences.at[i].value);
	for (uint32_t i = 0; i < service->scopes.n; i++)
		show_text(i == 0 ? "scopes" : "", service->scopes.at[i].value);
	show_str("devices", service->device ? "yes, by a code that people type" : "no");
	show_str("its own", service->client_credentials ? "yes, by client_credentials" : "no");
	show_str(
	    "may ask", service->resource_server ? "about tokens that are for it" : "about its own tokens");
}

static void show_service(const struct msg_service_record *service, bool public_client)
{
	char added[SHOW_TIME_SIZE];
	show_text("service", service->name);
	show_text("label", service->label);
	show_text("about", service->about);
	show_text("link", service->link);
	show_text("owner", service->owner);
	show_str("protocol", WIRE_ENUM_TEXT(protocol, service->protocol));
	if (service->protocol == PROTOCOL_OIDC)
		show_client(service, public_client);
	if (service->saml != NULL)
		show_saml(service->saml);
	show_uris("addresses", service->addresses.at, service->addresses.n);
	show_text("told at", service->backchannel_logout_uri);
	show_text("by browser", service->frontchannel_logout_uri);
	for (uint32_t i = 0; i < service->groups.n; i++)
		show_text(i == 0 ? "groups" : "", service->groups.at[i].value);
	if (service->groups.n == 0)
		show_str("groups", "everybody");
	for (uint32_t i = 0; i < service->claims.n; i++)
		show_text(i == 0 ? "claims" : "", service->claims.at[i].value);
	for (uint32_t i = 0; i < service->categories.n; i++)
		show_text(i == 0 ? "categories" : "", service->categories.at[i].value);
	show_str("level", WIRE_ENUM_TEXT(session_level, service->level));
	if (service->freshness_s > 0)
		show_count("fresh", service->freshness_s);
	show_str("added", show_time(service->added, "-", added));
}

enum ctl_exit ctl_service_show(const struct ctl *ctl)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_operator by = { .break_glass = false };
	const struct msg_service_show ask = { &by, text_of(ctl->words[0]) };
	const void *answer;
	if (ask.name.len > 64)
		return ask_usage("NAME takes up to 64 characters");
	enum ctl_exit code =
	    ask_operator(ctl, &by, WIRE(service_show, &ask), TAG_service_page, &arena, &answer);
	if (code != CTL_DONE)
		return code;
	const struct msg_service_page *page = answer;
	if (ctl->json)
		return ask_print_json(WIRE(service_page, page), &arena);
	show_service(page->service, page->public_client);
	return CTL_DONE;
}

enum ctl_exit ctl_service_remove(const struct ctl *ctl)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_operator by = { .break_glass = false };
	const struct msg_service_remove ask = { &by, text_of(ctl->words[0]) };
	const void *answer;
	if (ask.name.len > 64)
		return ask_usage("NAME takes up to 64 characters");
	enum ctl_exit code = ask_operator(ctl, &by, WIRE(service_remove, &ask), TAG_acted, &arena, &answer);
	if (code != CTL_DONE)
		return code;
	if (ctl->json)
		return ask_print_json(WIRE(acted, (const struct msg_acted *)answer), &arena);
	(void)printf("%s is removed. Other authorities notice within ten seconds.\n", ctl->words[0]);
	return CTL_DONE;
}
