/* services.c - the services of a demo or a test, as LDIF: sealed as the authority seals them.
 *
 * A line is a service: name, label, client id, the client's secret ("-": a public client), claims, redirect URIs and addresses behind a
 * sign-out, with a blank between two of them; or name, label, "cas", "-", claims, addresses, "-"; or name, label, "saml", entityID, claims,
 * addresses for answers, "-". A TAB stands between the parts. */
#include <stdio.h>
#include <string.h>
#include "authority/keys/keys.h"
#include "authority/sso/registry.h"
#include "authority/sso/service.h"
#include "authority/sso/shelf_entry.h"
#include "authority/tool/seed.h"
#include "base/clock.h"

#define CLAIMS_MAX 32u
#define URIS_MAX 24u
#define LOGOUT_URIS_MAX 8u

struct into {
	const struct keys *keys;
	const char *base;
};

enum { NAME, LABEL, CLIENT_ID, SECRET, CLAIMS, REDIRECT_URIS, LOGOUT_URIS, PARTS };

static bool split(char *line, struct text parts[PARTS])
{
	char *rest = NULL;
	for (unsigned i = 0; i < PARTS; i++, line = NULL)
		parts[i] = text_of(strtok_r(line, "\t", &rest));
	return parts[PARTS - 1].at != NULL;
}

static uint32_t read_claims(struct text words, struct msg_claim_row rows[CLAIMS_MAX])
{
	uint32_t n = 0;
	while (n < CLAIMS_MAX && text_next_word(&words, " ", &rows[n].value))
		n++;
	return n;
}

static uint32_t read_uris(struct text words, struct msg_uri_row *rows, uint32_t max)
{
	uint32_t n = 0;
	while (n < max && text_next_word(&words, " ", &rows[n].uri))
		n++;
	return n;
}

static void print_finds(struct shelf_finds finds)
{
	for (unsigned i = 0; i < finds.n; i++)
		(void)printf("spomFoundBy: %.*s\n", TEXT_ARGS(finds.at[i]));
}

static enum err write(const struct into *into, const struct msg_service_record *service)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	char key[KEYS_ID_TEXT_SIZE];
	struct shelf_finds finds;
	struct text value;
	enum err err = registry_finds(service, &arena, &finds);
	if (err == OK)
		err = shelf_seal(into->keys, SHELF_SERVICE, service->name, finds,
		    WIRE(service_record, service), &arena, &value);
	if (err != OK)
		return err;
	keys_current_id(into->keys, key);
	(void)printf("dn: cn=%.*s,ou=services,%s\nobjectClass: spomService\ncn: %.*s\n",
	    TEXT_ARGS(service->name), into->base, TEXT_ARGS(service->name));
	print_finds(finds);
	(void)printf("spomSealedKey: %s\nspomSealed: %.*s\n\n", key, TEXT_ARGS(value));
	return OK;
}

/* A client of OpenID Connect. */
static enum err write_client(
    const struct into *into, const struct text parts[PARTS], const struct msg_service_record *base)
{
	struct msg_service_record service = *base;
	uint8_t hash[KEYS_HASH_SIZE];
	struct secret secret = { (unsigned char *)(uintptr_t)parts[SECRET].at, parts[SECRET].len };
	struct msg_uri_row uris[URIS_MAX], leave[LOGOUT_URIS_MAX];
	service.protocol = PROTOCOL_OIDC;
	service.client_id = parts[CLIENT_ID];
	service.redirect_uris.at = uris;
	service.redirect_uris.n = read_uris(parts[REDIRECT_URIS], uris, URIS_MAX);
	service.logout_uris.at = leave;
	service.logout_uris.n = read_uris(parts[LOGOUT_URIS], leave, LOGOUT_URIS_MAX);
	if (text_equal_str(parts[SECRET], "-"))
		return write(into, &service);
	if (!registry_hash_secret(into->keys, service.client_id, secret, hash))
		return ERR_MALFORMED;
	service.secret = (struct bytes){ hash, KEYS_HASH_SIZE };
	return write(into, &service);
}

static enum err write_cas(
    const struct into *into, const struct text parts[PARTS], const struct msg_service_record *base)
{
	struct msg_service_record service = *base;
	struct msg_uri_row addresses[URIS_MAX];
	service.protocol = PROTOCOL_CAS;
	service.addresses.at = addresses;
	service.addresses.n = read_uris(parts[REDIRECT_URIS], addresses, URIS_MAX);
	return write(into, &service);
}

/* One whose requests are not signed. */
static enum err write_saml(
    const struct into *into, const struct text parts[PARTS], const struct msg_service_record *base)
{
	struct msg_service_record service = *base;
	struct msg_uri_row uris[URIS_MAX];
	struct msg_saml_place places[URIS_MAX];
	struct msg_saml_record saml = { .entity_id = parts[SECRET] };
	saml.consumers.at = places;
	saml.consumers.n = read_uris(parts[REDIRECT_URIS], uris, URIS_MAX);
	for (uint32_t i = 0; i < saml.consumers.n; i++)
		places[i] = (struct msg_saml_place){ uris[i].uri, i, i == 0 };
	service.protocol = PROTOCOL_SAML;
	service.client_id = parts[SECRET];
	service.saml = &saml;
	return write(into, &service);
}

static enum err write_service(void *context, char *line)
{
	struct text parts[PARTS] = { { NULL, 0 } };
	struct msg_claim_row claims[CLAIMS_MAX];
	if (!split(line, parts))
		return ERR_MALFORMED;
	struct msg_service_record service = {
		.name = parts[NAME],
		.label = parts[LABEL],
		.claims = { claims, read_claims(parts[CLAIMS], claims) },
		.added = clock_now_ms(),
	};
	if (text_equal_str(parts[CLIENT_ID], "saml"))
		return write_saml(context, parts, &service);
	return text_equal_str(parts[CLIENT_ID], "cas") ? write_cas(context, parts, &service)
						       : write_client(context, parts, &service);
}

enum err seed_services(const char *master_key_file, const char *base)
{
	struct keys *keys;
	enum err err = keys_new(master_key_file, &keys);
	if (err != OK)
		return err;
	struct into into = { keys, base };
	(void)printf("dn: ou=services,%s\nobjectClass: organizationalUnit\nou: services\n\n", base);
	err = seed_lines(write_service, &into);
	keys_free(&keys);
	return err;
}
