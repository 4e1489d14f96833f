#include "authority/sso/service.h"
#include <string.h>
#include "authority/sso/address.h"
#include "authority/sso/claims.h"
#include "authority/sso/release.h"
#include "authority/sso/shelf.h"
#include "authority/sso/uri.h"

#define CLIENT_ID_MAX 128u /* as requests have it; entityIDs are longer */
#define SCOPE_MAX 64u
#define REGISTRATION_NAME_MAX 60u

struct looked {
	const struct conf *conf;
	const struct msg_service_record *service;
	bool public_client;
	struct uri uri; /* for rules of a URI alone */
};

static bool is_visible_ascii(struct text text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] <= 0x20 || text.at[i] >= 0x7f)
			return false;
	return true;
}

static bool has(struct text text, char c)
{
	return text.len > 0 && memchr(text.at, c, text.len) != NULL;
}

/* --- a URI -------------------------------------------------------------------------------------------------------- */

/* RFC 3986 has none of these characters in a URI, and programs differ in what they make of them. */
static bool has_foreign(const struct looked *looked)
{
	static const char FOREIGN[] = "\\\"<>^`{|}";
	bool is_foreign = !is_visible_ascii(looked->uri.whole);
	for (const char *c = FOREIGN; *c != '\0'; c++)
		is_foreign |= has(looked->uri.whole, *c);
	return is_foreign;
}

static bool is_relative(const struct looked *looked)
{
	struct text scheme = looked->uri.scheme;
	bool begins = scheme.len > 0 && scheme.at[0] >= 'a' && scheme.at[0] <= 'z';
	return !begins || !uri_consists_of(scheme, "+-.");
}

static bool is_not_web(const struct looked *looked)
{
	return !uri_is_web(&looked->uri);
}

/* RFC 8252 section 7.1: the name of a domain of the app's makers, backwards. */
static bool is_private_use(const struct uri *uri)
{
	return has(uri->scheme, '.');
}

static bool is_unknown_scheme(const struct looked *looked)
{
	return !uri_is_web(&looked->uri) && !is_private_use(&looked->uri);
}

static bool is_private_with_secret(const struct looked *looked)
{
	return is_private_use(&looked->uri) && !looked->public_client;
}

/* RFC 8252 section 7.3: what never leaves the machine needs no TLS. */
static bool is_open_http(const struct looked *looked)
{
	static const char *const LOOPBACK[] = { "localhost", "127.0.0.1", "[::1]" };
	bool is_loopback = false;
	for (size_t i = 0; i < COUNT(LOOPBACK); i++)
		is_loopback |= text_equal_str(looked->uri.host, LOOPBACK[i]);
	return text_equal_str(looked->uri.scheme, "http") && !is_loopback;
}

static bool has_user(const struct looked *looked)
{
	return looked->uri.user.at != NULL;
}

static bool has_fragment(const struct looked *looked)
{
	return looked->uri.fragment.at != NULL;
}

static bool has_wildcard(const struct looked *looked)
{
	return has(looked->uri.whole, '*');
}

static bool has_bad_host(const struct looked *looked)
{
	const struct uri *uri = &looked->uri;
	if (uri->host.at == NULL) /* without an authority there is a path from the root */
		return uri_is_web(uri) || !text_starts_with(uri->path, "/");
	return !uri_has_host(uri);
}

static bool has_dots(const struct looked *looked)
{
	return uri_has_dots(&looked->uri);
}

struct rule {
	const char *text; /* the id of what is said */
	bool (*is_broken)(const struct looked *looked);
};

static const struct rule URI_RULES[] = {
	{ "service_uri_characters", has_foreign },
	{ "service_uri_wildcard", has_wildcard },
	{ "service_uri_relative", is_relative },
	{ "service_uri_scheme", is_unknown_scheme },
	{ "service_uri_private", is_private_with_secret },
	{ "service_uri_user", has_user },
	{ "service_uri_fragment", has_fragment },
	{ "service_uri_host", has_bad_host },
	{ "service_uri_http", is_open_http },
	{ "service_uri_dots", has_dots },
};

/* --- an address (address.h) --------------------------------------------------------------------------------------- */

static unsigned count(struct text text, char c)
{
	unsigned n = 0;
	for (size_t i = 0; i < text.len; i++)
		n += text.at[i] == c;
	return n;
}

/* A * stands for the first label, or at the end of the path, and nowhere else. */
static bool has_stray_wildcard(const struct looked *looked)
{
	unsigned places = address_is_any_below(&looked->uri);
	places += address_is_any_label(&looked->uri);
	return count(looked->uri.whole, '*') != places;
}

/* "*.edu" would be everybody. */
static bool is_too_wide(const struct looked *looked)
{
	return address_is_any_label(&looked->uri) && count(looked->uri.host, '.') < 2;
}

static bool is_too_deep(const struct looked *looked)
{
	return address_is_any_below(&looked->uri) && count(looked->uri.path, '/') > ADDRESS_SLASHES_MAX;
}

static bool has_bad_address_host(const struct looked *looked)
{
	struct uri uri = looked->uri;
	if (address_is_any_label(&uri))
		uri.host = (struct text){ uri.host.at + 2, uri.host.len - 2 };
	return !uri_has_host(&uri);
}

static bool has_odd_path(const struct looked *looked)
{
	return !address_has_plain_path(&looked->uri);
}

static const struct rule ADDRESS_RULES[] = {
	{ "service_uri_characters", has_foreign },
	{ "service_address_wildcard", has_stray_wildcard },
	{ "service_uri_relative", is_relative },
	{ "service_address_scheme", is_not_web },
	{ "service_uri_user", has_user },
	{ "service_uri_fragment", has_fragment },
	{ "service_uri_host", has_bad_address_host },
	{ "service_address_wide", is_too_wide },
	{ "service_uri_http", is_open_http },
	{ "service_uri_dots", has_dots },
	{ "service_address_path", has_odd_path },
	{ "service_address_deep", is_too_deep },
};

/* --- the rest ----------------------------------------------------------------------------------------------------- */

static const struct kind *kind_of(enum protocol protocol);

static bool is_no_protocol(const struct looked *looked)
{
	return kind_of(looked->service->protocol) == NULL;
}

static bool is_no_name(const struct looked *looked)
{
	return !shelf_is_name(looked->service->name);
}

static bool is_no_client_id(const struct looked *looked)
{
	struct text client_id = looked->service->client_id;
	return client_id.at != NULL &&
	       (client_id.len == 0 || client_id.len > CLIENT_ID_MAX || !is_visible_ascii(client_id));
}

/* What people read must not look like something else. */
static bool misleads(const struct looked *looked)
{
	const struct msg_service_record *service = looked->service;
	return text_is_empty(service->label) || text_misleads(service->label) ||
	       text_misleads(service->about) || text_misleads(service->owner);
}

/* People click on it. */
static bool is_no_link(const struct looked *looked)
{
	struct looked link = { .service = looked->service };
	if (looked->service->link.at == NULL)
		return false;
	uri_split(looked->service->link, &link.uri);
	return !uri_is_web(&link.uri) || has_foreign(&link) || has_user(&link) || has_bad_host(&link);
}

static bool has_empty_group(const struct looked *looked)
{
	const struct msg_service_record *service = looked->service;
	for (uint32_t i = 0; i < service->groups.n; i++) {
		struct text group = service->groups.at[i].value;
		if (text_is_empty(group) || text_has_control(group.at, group.len, false))
			return true;
	}
	return false;
}

static bool has_unknown_category(const struct looked *looked)
{
	const struct msg_service_record *service = looked->service;
	for (uint32_t i = 0; i < service->categories.n; i++)
		if (!release_is_category(service->categories.at[i].value))
			return true;
	return false;
}

/* One that tells what metadata require, where there are none. */
static bool has_useless_category(const struct looked *looked)
{
	const struct msg_service_record *service = looked->service;
	for (uint32_t i = 0; i < service->categories.n; i++)
		if (service->saml == NULL && release_category_asks(service->categories.at[i].value))
			return true;
	return false;
}

static bool is_no_sector(const struct looked *looked)
{
	struct text sector = looked->service->sector;
	return sector.at != NULL && !uri_is_host(sector);
}

static bool has_useless_sector(const struct looked *looked)
{
	return looked->service->sector.at != NULL && looked->service->subject != SUBJECT_PAIRWISE;
}

/* Machines send nobody anywhere. */
static bool has_no_uri(const struct looked *looked)
{
	const struct msg_service_record *service = looked->service;
	bool is_machine = service->client_credentials || service->resource_server || service->device;
	return service->redirect_uris.n == 0 && !is_machine;
}

static bool is_public_machine(const struct looked *looked)
{
	const struct msg_service_record *service = looked->service;
	return looked->public_client && (service->client_credentials || service->resource_server);
}

/* It signs who it is, or nobody can tell. */
static bool is_public_with_keys(const struct looked *looked)
{
	return looked->public_client && looked->service->keys.n > 0;
}

static bool is_public_without_pkce(const struct looked *looked)
{
	return looked->public_client && looked->service->no_pkce;
}

static bool has_bad_audience(const struct looked *looked)
{
	const struct msg_service_record *service = looked->service;
	for (uint32_t i = 0; i < service->audiences.n; i++)
		if (text_is_empty(service->audiences.at[i].value) ||
		    !is_visible_ascii(service->audiences.at[i].value))
			return true;
	return false;
}

/* RFC 6749 section 3.3; ours are given by who signs in. */
static bool has_bad_scope(const struct looked *looked)
{
	const struct msg_service_record *service = looked->service;
	for (uint32_t i = 0; i < service->scopes.n; i++) {
		struct text scope = service->scopes.at[i].value;
		if (text_is_empty(scope) || scope.len > SCOPE_MAX || !is_visible_ascii(scope) ||
		    has(scope, '"') || has(scope, '\\') || claims_scope_is_ours(looked->conf, scope))
			return true;
	}
	return false;
}

/* The key of SAML signs no token. */
static bool is_no_alg(const struct looked *looked)
{
	return looked->service->alg == SIGNING_SAML;
}

/* It is what the service is found by. */
static bool is_no_entity(const struct looked *looked)
{
	const struct msg_service_record *service = looked->service;
	return service->saml == NULL || text_is_empty(service->client_id) ||
	       !is_visible_ascii(service->client_id) ||
	       !text_equal(service->saml->entity_id, service->client_id);
}

static bool has_no_consumer(const struct looked *looked)
{
	return looked->service->saml->consumers.n == 0;
}

/* What only clients of OAuth have to do with. */
static bool has_tokens(const struct msg_service_record *service)
{
	return service->refresh || service->client_credentials || service->device ||
	       service->resource_server || service->access_token != TOKEN_OPAQUE ||
	       service->audiences.n > 0 || service->scopes.n > 0 || service->keys.n > 0 || service->no_pkce;
}

/* What only OpenID Connect and CAS have. */
static bool is_like_others(const struct looked *looked)
{
	const struct msg_service_record *service = looked->service;
	return service->redirect_uris.n > 0 || service->logout_uris.n > 0 || service->addresses.n > 0 ||
	       has_tokens(service) || service->alg != SIGNING_RS256;
}

static bool signs_without_key(const struct looked *looked)
{
	return looked->service->saml->signs && looked->service->saml->keys.n == 0;
}

static bool encrypts_without_key(const struct looked *looked)
{
	const struct msg_service_record *service = looked->service;
	return service->encrypt == SAML_ENCRYPT_ALWAYS && service->saml->encrypts_to.at == NULL;
}

static bool has_metadata(const struct looked *looked)
{
	const struct msg_service_record *service = looked->service;
	return service->saml != NULL || service->encrypt != SAML_ENCRYPT_MARKED || service->idp_initiated;
}

static bool has_addresses(const struct looked *looked)
{
	return looked->service->addresses.n > 0;
}

static bool has_no_address(const struct looked *looked)
{
	return looked->service->addresses.n == 0;
}

/* What belongs to clients of OpenID Connect alone. */
static bool is_like_a_client(const struct looked *looked)
{
	const struct msg_service_record *service = looked->service;
	return looked->public_client || service->client_id.at != NULL || service->redirect_uris.n > 0 ||
	       service->logout_uris.n > 0 || service->alg != SIGNING_RS256 ||
	       service->subject != SUBJECT_PAIRWISE || has_tokens(service);
}

/* What CAS alone has. */
static bool has_proxies(const struct looked *looked)
{
	const struct msg_service_record *service = looked->service;
	return service->proxy_callbacks.n > 0 || service->proxied_by.n > 0;
}

static bool has_bad_proxy(const struct looked *looked)
{
	const struct msg_service_record *service = looked->service;
	for (uint32_t i = 0; i < service->proxied_by.n; i++)
		if (!shelf_is_name(service->proxied_by.at[i].value))
			return true;
	return false;
}

/* What belongs to registrations alone, and what they do not have: only what a service that comes of them may have. */
static bool is_like_a_registration(const struct looked *looked)
{
	return looked->service->uses > 0 || looked->service->until > 0;
}

static bool has_no_end(const struct looked *looked)
{
	return looked->service->uses == 0 || looked->service->until == 0;
}

/* A number is put behind it. */
static bool has_long_name(const struct looked *looked)
{
	return looked->service->name.len > REGISTRATION_NAME_MAX;
}

static bool is_like_a_service(const struct looked *looked)
{
	struct msg_service_record service = *looked->service;
	service.refresh = false; /* that it may */
	return looked->public_client || service.client_id.at != NULL || service.redirect_uris.n > 0 ||
	       service.logout_uris.n > 0 || service.backchannel_logout_uri.at != NULL ||
	       service.frontchannel_logout_uri.at != NULL || service.link.at != NULL || has_tokens(&service);
}

static const struct rule RULES[] = {
	{ "service_protocol", is_no_protocol },
	{ "service_name", is_no_name },
	{ "service_words", misleads },
	{ "service_link", is_no_link },
	{ "service_group", has_empty_group },
	{ "service_category", has_unknown_category },
	{ "service_category_metadata", has_useless_category },
	{ "service_sector", is_no_sector },
	{ "service_sector_useless", has_useless_sector },
};

static const struct rule OIDC_RULES[] = {
	{ "service_uses_useless", is_like_a_registration },
	{ "service_client_id", is_no_client_id },
	{ "service_uri_none", has_no_uri },
	{ "service_address_useless", has_addresses },
	{ "service_alg", is_no_alg },
	{ "service_metadata_useless", has_metadata },
	{ "service_proxy_useless", has_proxies },
	{ "service_public_machine", is_public_machine },
	{ "service_keys_public", is_public_with_keys },
	{ "service_pkce_public", is_public_without_pkce },
	{ "service_audience", has_bad_audience },
	{ "service_scope", has_bad_scope },
};

static const struct rule CAS_RULES[] = {
	{ "service_uses_useless", is_like_a_registration },
	{ "service_client_useless", is_like_a_client },
	{ "service_address_none", has_no_address },
	{ "service_metadata_useless", has_metadata },
	{ "service_proxied_by", has_bad_proxy },
};

static const struct rule REGISTRATION_RULES[] = {
	{ "service_registration_useless", is_like_a_service },
	{ "service_registration_end", has_no_end },
	{ "service_registration_name", has_long_name },
	{ "service_address_none", has_no_address },
	{ "service_proxy_useless", has_proxies },
	{ "service_metadata_useless", has_metadata },
};

static const struct rule SAML_RULES[] = {
	{ "service_uses_useless", is_like_a_registration },
	{ "service_entity", is_no_entity },
	{ "service_consumer_none", has_no_consumer },
	{ "service_saml_useless", is_like_others },
	{ "service_signs", signs_without_key },
	{ "service_encrypts", encrypts_without_key },
	{ "service_proxy_useless", has_proxies },
};

/* What holds for one protocol. */
static const struct kind {
	enum protocol protocol;
	const struct rule *rules;
	size_t n;
} KINDS[] = {
	{ PROTOCOL_OIDC, OIDC_RULES, COUNT(OIDC_RULES) },
	{ PROTOCOL_CAS, CAS_RULES, COUNT(CAS_RULES) },
	{ PROTOCOL_SAML, SAML_RULES, COUNT(SAML_RULES) },
	{ PROTOCOL_REGISTRATION, REGISTRATION_RULES, COUNT(REGISTRATION_RULES) },
};

static const struct kind *kind_of(enum protocol protocol)
{
	for (size_t i = 0; i < COUNT(KINDS); i++)
		if (KINDS[i].protocol == protocol)
			return &KINDS[i];
	return NULL;
}

static const char *first_broken(const struct rule *rules, size_t n, const struct looked *looked)
{
	for (size_t i = 0; i < n; i++)
		if (rules[i].is_broken(looked))
			return rules[i].text;
	return NULL;
}

/* Where we tell the end of a session, or the browser does. */
static const char *told_fault(struct looked *looked, struct text uri)
{
	if (uri.at == NULL)
		return NULL;
	uri_split(uri, &looked->uri);
	if (is_not_web(looked))
		return "service_uri_told";
	return first_broken(URI_RULES, COUNT(URI_RULES), looked);
}

static const char *uris_fault(struct looked *looked, const struct msg_uri_row *rows, uint32_t n)
{
	const char *text = NULL;
	for (uint32_t i = 0; text == NULL && i < n; i++) {
		uri_split(rows[i].uri, &looked->uri);
		text = first_broken(URI_RULES, COUNT(URI_RULES), looked);
	}
	return text;
}

/* Of the metadata: where answers go. */
static const char *places_fault(struct looked *looked, const struct msg_saml_record *saml)
{
	const char *text = NULL;
	for (uint32_t i = 0; text == NULL && i < saml->consumers.n; i++) {
		const struct msg_uri_row row = { saml->consumers.at[i].url };
		text = uris_fault(looked, &row, 1);
	}
	for (uint32_t i = 0; text == NULL && i < saml->logouts.n; i++) {
		const struct msg_uri_row rows[] = { { saml->logouts.at[i].url },
			{ saml->logouts.at[i].answers } };
		text = uris_fault(looked, rows, rows[1].uri.at != NULL ? 2 : 1);
	}
	return text;
}

static const char *addresses_fault(struct looked *looked, const struct msg_uri_row *rows, uint32_t n)
{
	const char *text = NULL;
	for (uint32_t i = 0; text == NULL && i < n; i++) {
		uri_split(rows[i].uri, &looked->uri);
		text = first_broken(ADDRESS_RULES, COUNT(ADDRESS_RULES), looked);
	}
	return text;
}

/* CAS Protocol 3.0, section 2.5.4: the certificate says that it is the service. */
static const char *callbacks_fault(struct looked *looked)
{
	const struct msg_service_record *service = looked->service;
	for (uint32_t i = 0; i < service->proxy_callbacks.n; i++)
		if (!text_starts_with(service->proxy_callbacks.at[i].uri, "https://"))
			return "service_callback_https";
	return addresses_fault(looked, service->proxy_callbacks.at, service->proxy_callbacks.n);
}

const char *service_fault(
    const struct conf *conf, const struct msg_service_record *service, bool public_client)
{
	struct looked looked = { .conf = conf, .service = service, .public_client = public_client };
	const struct kind *kind = kind_of(service->protocol);
	const char *text = first_broken(RULES, COUNT(RULES), &looked);
	if (text == NULL)
		text = service_claims_fault(conf, service);
	if (text == NULL)
		text = service_shown_fault(service);
	if (text == NULL && kind != NULL)
		text = first_broken(kind->rules, kind->n, &looked);
	if (text == NULL)
		text = uris_fault(&looked, service->redirect_uris.at, service->redirect_uris.n);
	if (text == NULL)
		text = uris_fault(&looked, service->logout_uris.at, service->logout_uris.n);
	if (text == NULL && service->saml != NULL)
		text = places_fault(&looked, service->saml);
	if (text == NULL)
		text = told_fault(&looked, service->backchannel_logout_uri);
	if (text == NULL)
		text = told_fault(&looked, service->frontchannel_logout_uri);
	if (text == NULL)
		text = callbacks_fault(&looked);
	return text != NULL ? text : addresses_fault(&looked, service->addresses.at, service->addresses.n);
}
