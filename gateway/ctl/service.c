#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include "base/arena.h"
#include "base/clock.h"
#include "ctl/ask.h"
#include "ctl/service_parts.h"
#include "ctl/show.h"
#include "ctl/source.h"

#define METADATA_MAX (48 * KIB)
#define JWKS_MAX (16 * KIB)
#define LOGO_MAX 6000u
#define HOURS_MAX 8760u
#define SERVICE_NAME_MAX 64u

static void print_secret(const char *name, const struct msg_service_added *added, const char *note)
{
	(void)printf(
	    "%-12s %.*s\n", name, (int)added->client_secret.len, (const char *)added->client_secret.at);
	(void)fprintf(stderr, "%s\n", note);
}

/* What was read of it is for an operator to compare. keeps: it has its secret already. */
static void print_added(
    const struct msg_service_added *added, const struct msg_service_record *service, bool keeps)
{
	show_text("service", added->name);
	if (service->saml != NULL) {
		service_show_saml(service->saml);
		return;
	}
	show_text("client_id", added->client_id);
	if (added->client_id.at == NULL)
		return;
	if (service->keys.n > 0) {
		service_show_keys(service);
		return;
	}
	if (service->protocol == PROTOCOL_REGISTRATION) {
		print_secret("token", added,
		    "The token is shown this once, and kept nowhere: give it to who registers.");
		return;
	}
	if (keeps) {
		show_str("secret", "the one that it has");
		return;
	}
	if (added->client_secret.at == NULL) {
		(void)printf("It has no secret: it proves itself by PKCE (RFC 7636).\n");
		return;
	}
	print_secret(
	    "secret", added, "The secret is shown this once, and kept nowhere: give it to the service now.");
}

static void put_metadata(struct msg_service_record *service, const struct msg_saml_record *saml)
{
	service->saml = saml;
	service->client_id = saml->entity_id;
}

static enum ctl_exit read_metadata(
    const struct ctl *ctl, struct msg_operator *by, struct arena *arena, struct msg_service_record *service)
{
	size_t len = 0; /* what the file says, spom-judge finds out */
	const char *file = source_read(ctl->service.saml_metadata, METADATA_MAX, arena, &len);
	const struct msg_saml_read ask = { by, { (const uint8_t *)file, len } };
	const void *answer;
	if (file == NULL || len == 0)
		return ask_usage("--saml-metadata names a file of up to 48 KiB that can be read");
	enum ctl_exit code = ask_operator(ctl, by, WIRE(saml_read, &ask), TAG_saml_found, arena, &answer);
	if (code == CTL_DONE)
		put_metadata(service, ((const struct msg_saml_found *)answer)->saml);
	return code;
}

static enum ctl_exit read_keys(
    const struct ctl *ctl, struct msg_operator *by, struct arena *arena, struct msg_service_record *service)
{
	size_t len = 0;
	const char *file = source_read(ctl->service.jwks, JWKS_MAX, arena, &len);
	const struct msg_jwks_read ask = { by, { (const uint8_t *)file, len } };
	const void *answer;
	if (file == NULL || len == 0)
		return ask_usage("--jwks names a file of up to 16 KiB that can be read");
	enum ctl_exit code = ask_operator(ctl, by, WIRE(jwks_read, &ask), TAG_jwks_found, arena, &answer);
	if (code == CTL_DONE) {
		const struct msg_jwks_found *found = answer;
		service->keys.at = found->keys.at;
		service->keys.n = found->keys.n;
	}
	return code;
}

static enum ctl_exit read_logo(const struct ctl *ctl, struct arena *arena, struct msg_service_record *service)
{
	size_t len = 0;
	const char *file = source_read(ctl->service.logo, LOGO_MAX, arena, &len);
	if (file == NULL || len == 0)
		return ask_usage("--logo names a file of up to 6,000 bytes that can be read");
	service->logo = (struct bytes){ (const uint8_t *)file, len };
	return CTL_DONE;
}

/* What is no option, but stands in a file. */
static enum ctl_exit read_files(
    const struct ctl *ctl, struct msg_operator *by, struct arena *arena, struct msg_service_record *service)
{
	enum ctl_exit code = ctl->service.logo != NULL ? read_logo(ctl, arena, service) : CTL_DONE;
	if (code != CTL_DONE)
		return code;
	if (service->protocol == PROTOCOL_SAML && service->saml == NULL)
		return read_metadata(ctl, by, arena, service);
	return ctl->service.jwks != NULL ? read_keys(ctl, by, arena, service) : CTL_DONE;
}

static enum protocol protocol_of(const struct ctl *ctl)
{
	if (ctl->service.saml_metadata != NULL || ctl->service.saml != NULL)
		return PROTOCOL_SAML;
	if (ctl->service.registration)
		return PROTOCOL_REGISTRATION;
	return ctl->service.cas ? PROTOCOL_CAS : PROTOCOL_OIDC;
}

/* The end of a registration; 0: none, or no number. */
static int64_t until_of(const struct ctl *ctl)
{
	unsigned long long hours;
	if (ctl->hours == NULL || !text_to_number(text_of(ctl->hours), HOURS_MAX, &hours) || hours == 0)
		return 0;
	return clock_now_ms() + (int64_t)hours * 3600000;
}

/* What the options say, but what stands in files. NULL, or what is wrong with one of them. */
static const char *begin(const struct ctl *ctl, struct msg_service_record *service, struct arena *arena)
{
	*service = (struct msg_service_record){
		.protocol = protocol_of(ctl),
		.level = ctl->service.two_factors ? SESSION_LEVEL_TWO_FACTORS : SESSION_LEVEL_NONE,
		.refresh = ctl->service.refresh,
		.client_credentials = ctl->service.client_credentials,
		.resource_server = ctl->service.resource_server,
		.device = ctl->service.device,
		.consent = ctl->service.consent,
		.until = until_of(ctl),
		.idp_initiated = ctl->service.idp_initiated,
		.no_pkce = ctl->service.no_pkce,
	};
	if (ctl->service.saml != NULL)
		put_metadata(service, ctl->service.saml);
	return service_fill(ctl, service, arena);
}

enum ctl_exit service_plan(const struct ctl *ctl)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_service_record record;
	const struct msg_service_page page = { .service = &record };
	const char *wrong = begin(ctl, &record, &arena);
	if (wrong != NULL)
		return ask_usage(wrong);
	if (ctl->json)
		return ask_print_json(WIRE(service_page, &page), &arena);
	service_show_record(&record, false);
	return CTL_DONE;
}

enum ctl_exit ctl_service_add(const struct ctl *ctl)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_operator by = { .break_glass = false };
	struct msg_service_record service;
	const char *had = ctl->service.client_secret;
	const struct secret secret = { (unsigned char *)(uintptr_t)had, had != NULL ? strlen(had) : 0 };
	const struct msg_service_add ask = { &by, &service, ctl->service.is_public, secret };
	const void *answer;
	const char *wrong = begin(ctl, &service, &arena);
	if (wrong != NULL)
		return ask_usage(wrong);
	enum ctl_exit code = read_files(ctl, &by, &arena, &service);
	if (code == CTL_DONE)
		code = ask_operator(ctl, &by, WIRE(service_add, &ask), TAG_service_added, &arena, &answer);
	if (code != CTL_DONE)
		return code;
	const struct msg_service_added *added = answer;
	if (ctl->json)
		return ask_print_json(WIRE(service_added, added), &arena);
	print_added(added, &service, had != NULL);
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
	char after[SERVICE_NAME_MAX + 1];
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
		(void)snprintf(after, sizeof after, "%s", text_str(page->next));
		ask.after = text_of(page->next.at != NULL ? after : NULL);
		arena_reset(&arena);
	} while (ask.after.at != NULL);
	if (!any && !ctl->json)
		(void)printf("There is no service.\n");
	return CTL_DONE;
}

enum ctl_exit ctl_service_show(const struct ctl *ctl)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_operator by = { .break_glass = false };
	const struct msg_service_show ask = { &by, text_of(ctl->words[0]) };
	const void *answer;
	if (ask.name.len > 256)
		return ask_usage("NAME takes up to 64 characters, an entityID 256");
	enum ctl_exit code =
	    ask_operator(ctl, &by, WIRE(service_show, &ask), TAG_service_page, &arena, &answer);
	if (code != CTL_DONE)
		return code;
	const struct msg_service_page *page = answer;
	if (ctl->json)
		return ask_print_json(WIRE(service_page, page), &arena);
	service_show_record(page->service, page->public_client);
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
