#include "authority/sso/service.h"
#include <string.h>
#include "authority/sso/claims.h"
#include "authority/sso/shelf.h"
#include "authority/sso/uri.h"

#define SCOPE_MAX 64u

struct looked {
	const struct conf *conf;
	const struct msg_service_record *service;
	bool public_client;
	struct uri uri; /* for rules of a URI alone */
};

static bool is_of(struct text text, const char *also)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
		if (!plain && (c == '\0' || strchr(also, c) == NULL))
			return false;
	}
	return true;
}

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
	struct text whole = looked->uri.whole;
	bool is_foreign = !is_visible_ascii(whole);
	for (const char *c = FOREIGN; *c != '\0'; c++)
		is_foreign |= has(whole, *c);
	return is_foreign;
}

static bool is_relative(const struct looked *looked)
{
	struct text scheme = looked->uri.scheme;
	bool begins = scheme.len > 0 && scheme.at[0] >= 'a' && scheme.at[0] <= 'z';
	return !begins || !is_of(scheme, "+-.");
}

static bool is_web(const struct uri *uri)
{
	return text_equal_str(uri->scheme, "https") || text_equal_str(uri->scheme, "http");
}

/* RFC 8252 section 7.1: the name of a domain of the app's makers, backwards. */
static bool is_private_use(const struct uri *uri)
{
	return has(uri->scheme, '.');
}

static bool is_unknown_scheme(const struct looked *looked)
{
	return !is_web(&looked->uri) && !is_private_use(&looked->uri);
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

static bool is_host(struct text host)
{
	if (host.len > 2 && host.at[0] == '[' && host.at[host.len - 1] == ']')
		return is_of((struct text){ host.at + 1, host.len - 2 }, ":.");
	return host.len > 0 && host.at[0] != '.' && is_of(host, "-.");
}

static bool has_bad_host(const struct looked *looked)
{
	const struct uri *uri = &looked->uri;
	unsigned long long port = 0;
	if (uri->host.at == NULL) /* without an authority there is a path from the root */
		return is_web(uri) || !text_starts_with(uri->path, "/");
	bool is_port = text_to_number(uri->port, 65535, &port) && port > 0;
	return !is_host(uri->host) || (uri->port.at != NULL && !is_port);
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

/* --- the rest ----------------------------------------------------------------------------------------------------- */

static bool is_no_protocol(const struct looked *looked)
{
	return looked->service->protocol != PROTOCOL_OIDC;
}

static bool is_no_name(const struct looked *looked)
{
	return !shelf_is_name(looked->service->name);
}

static bool is_no_client_id(const struct looked *looked)
{
	struct text client_id = looked->service->client_id;
	return client_id.at != NULL && (client_id.len == 0 || !is_visible_ascii(client_id));
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
	return !is_web(&link.uri) || has_foreign(&link) || has_user(&link) || has_bad_host(&link);
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

static bool has_unknown_claim(const struct looked *looked)
{
	const struct msg_service_record *service = looked->service;
	for (uint32_t i = 0; i < service->claims.n; i++)
		if (!claims_is_known(looked->conf, service->claims.at[i].value))
			return true;
	return false;
}

static bool is_no_sector(const struct looked *looked)
{
	struct text sector = looked->service->sector;
	return sector.at != NULL && !is_host(sector);
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

static const struct rule RULES[] = {
	{ "service_protocol", is_no_protocol },
	{ "service_name", is_no_name },
	{ "service_words", misleads },
	{ "service_client_id", is_no_client_id },
	{ "service_link", is_no_link },
	{ "service_group", has_empty_group },
	{ "service_claim", has_unknown_claim },
	{ "service_sector", is_no_sector },
	{ "service_sector_useless", has_useless_sector },
	{ "service_uri_none", has_no_uri },
	{ "service_public_machine", is_public_machine },
	{ "service_audience", has_bad_audience },
	{ "service_scope", has_bad_scope },
};

static const char *first_broken(const struct rule *rules, size_t n, const struct looked *looked)
{
	for (size_t i = 0; i < n; i++)
		if (rules[i].is_broken(looked))
			return rules[i].text;
	return NULL;
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

const char *service_fault(
    const struct conf *conf, const struct msg_service_record *service, bool public_client)
{
	struct looked looked = { .conf = conf, .service = service, .public_client = public_client };
	const char *text = first_broken(RULES, COUNT(RULES), &looked);
	if (text == NULL)
		text = uris_fault(&looked, service->redirect_uris.at, service->redirect_uris.n);
	return text != NULL ? text : uris_fault(&looked, service->logout_uris.at, service->logout_uris.n);
}
