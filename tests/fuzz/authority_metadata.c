/* authority_metadata.c - what a client says of itself when it registers: what is taken is within what the operator has let it be, and what it is
 * answered says the same again. */
#include <jansson.h>
#include <string.h>
#include "authority/sso/access.h"
#include "authority/sso/metadata.h"
#include "fuzz/help/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MOST (16 * KIB) /* as the route has it */

static const struct msg_uri_row ADDRESSES[] = { { TEXT_LITERAL("https://*.lab.example.edu/*") },
	{ TEXT_LITERAL("http://127.0.0.1/*") } };
static const struct msg_service_record REGISTRATION = {
	.name = TEXT_LITERAL("students"),
	.protocol = PROTOCOL_REGISTRATION,
	.label = TEXT_LITERAL("Students"),
	.addresses = { ADDRESSES, COUNT(ADDRESSES) },
	.refresh = true,
	.freshness_s = 3600,
	.uses = 5,
};

static void check_told(struct text uri)
{
	MUST(uri.at == NULL || (text_starts_with(uri, "https://") && access_is_at(&REGISTRATION, uri)));
}

static void check_service(struct metadata *metadata)
{
	struct msg_service_record *service = &metadata->service;
	const char *field;
	MUST(service->name.at == NULL && service->client_id.at == NULL && service->secret.at == NULL);
	service->name = REGISTRATION.name; /* as good as any, as register.c has it */
	MUST(wire_check(WIRE(service_record, service), &field) == OK);
	MUST(service->protocol == PROTOCOL_OIDC && service->addresses.n == 0 && service->uses == 0);
	MUST(service->redirect_uris.n > 0 && service->freshness_s > 0 && service->freshness_s <= 3600);
	for (uint32_t i = 0; i < service->redirect_uris.n; i++)
		MUST(access_is_at(&REGISTRATION, service->redirect_uris.at[i].uri));
	for (uint32_t i = 0; i < service->logout_uris.n; i++)
		MUST(access_is_at(&REGISTRATION, service->logout_uris.at[i].uri));
	check_told(service->backchannel_logout_uri);
	check_told(service->frontchannel_logout_uri);
	MUST(metadata->is_public == text_equal_str(metadata->method, "none"));
	MUST((metadata->jwks.at != NULL) == text_equal_str(metadata->method, "private_key_jwt"));
}

static struct text answer_of(const struct metadata *metadata, struct arena *arena)
{
	struct secret answer = metadata_write(metadata, (struct secret){ NULL, 0 }, arena);
	MUST(answer.at != NULL);
	json_t *json = json_loadb((const char *)answer.at, answer.len, JSON_REJECT_DUPLICATES, NULL);
	MUST(json_array_size(json_object_get(json, "redirect_uris")) == metadata->service.redirect_uris.n);
	json_decref(json);
	return (struct text){ (const char *)answer.at, answer.len };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_done) struct arena arena = { .limit = 16 * MIB };
	struct metadata metadata, again;
	struct metadata_fault fault;
	struct text json;
	if (size > MOST || !text_copy(&arena, (struct text){ (const char *)data, size }, &json))
		return 0;
	if (metadata_read(&REGISTRATION, json, &arena, &metadata, &fault) != OK) {
		MUST(fault.description != NULL && fault.description[0] != '\0');
		return 0;
	}
	struct text answer = answer_of(&metadata, &arena);
	check_service(&metadata);
	MUST(metadata_read(&REGISTRATION, answer, &arena, &again, &fault) == OK);
	check_service(&again);
	again.service.name = metadata.service.name = (struct text){ NULL, 0 };
	MUST(text_equal(answer_of(&again, &arena), answer));
	return 0;
}
