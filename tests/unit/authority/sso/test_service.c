/* What the record of a service may hold, row by row; and the parts of a URI. */
#include "unit.h"
#include <stdio.h>
#include <string.h>
#include "authority/sso/service.h"
#include "authority/sso/uri.h"
#include "conf/conf.h"

#define T(literal) TEXT_LITERAL(literal)
#define LONG "a2345678901234567890123456789012345678901234567890123456789012345"

static const struct conf_claim CLAIM = {
	.name = "given_name", .ldap = "givenName", .scope = "profile", .saml = ""
};
static const struct conf CONF = { .claims = &CLAIM, .n_claims = 1 };
static const struct msg_uri_row URI = { T("https://wiki.example.edu/oidc/callback") };
static const struct msg_service_record GOOD = {
	.name = T("wiki"),
	.protocol = PROTOCOL_OIDC,
	.label = T("Campus wiki"),
	.redirect_uris = { &URI, 1 },
};

static void check(
    const char *row, const struct msg_service_record *service, bool public_client, const char *wanted)
{
	const char *fault = service_fault(&CONF, service, public_client);
	if ((fault == NULL) != (wanted == NULL) || (fault != NULL && strcmp(fault, wanted) != 0))
		fail_msg("%s: %s in place of %s", row, fault != NULL ? fault : "nothing",
		    wanted != NULL ? wanted : "nothing");
}

static void redirect_uris(void **state)
{
	(void)state;
	static const struct {
		const char *uri, *fault, *fault_of_public; /* NULL: none */
	} ROWS[] = {
		{ "https://wiki.example.edu/oidc/callback", NULL, NULL },
		{ "https://wiki.example.edu", NULL, NULL },
		{ "https://wiki.example.edu?x=1", NULL, NULL },
		{ "https://wiki.example.edu:8443/in?x=a%20b&y=..", NULL, NULL },
		{ "https://[2001:db8::1]/in", NULL, NULL },
		{ "https://192.0.2.1/in", NULL, NULL },
		{ "https://xn--bcher-kva.example/in", NULL, NULL },
		{ "http://localhost/in", NULL, NULL },
		{ "http://localhost:8000/in", NULL, NULL },
		{ "http://127.0.0.1/in", NULL, NULL },
		{ "http://[::1]:80/in", NULL, NULL },
		{ "https://a.example/...", NULL, NULL },
		{ "https://a.example/a.b/.c", NULL, NULL },
		{ "edu.example.app:/in", "service_uri_private", NULL },
		{ "edu.example.app://in", "service_uri_private", NULL },
		{ "edu.example.app:in", "service_uri_private", "service_uri_host" },
		{ "edu.example.app:", "service_uri_private", "service_uri_host" },
		{ "app:/in", "service_uri_scheme", "service_uri_scheme" },
		{ "javascript:alert(1)", "service_uri_scheme", "service_uri_scheme" },
		{ "data:text/html,x", "service_uri_scheme", "service_uri_scheme" },
		{ "ftp://a.example/", "service_uri_scheme", "service_uri_scheme" },
		{ "http://a.example/", "service_uri_http", "service_uri_http" },
		{ "http://localhost.a.example/", "service_uri_http", "service_uri_http" },
		{ "http://127.0.0.2/", "service_uri_http", "service_uri_http" },
		{ "http://[::2]/", "service_uri_http", "service_uri_http" },
		{ "", "service_uri_relative", "service_uri_relative" },
		{ "/in", "service_uri_relative", "service_uri_relative" },
		{ "//a.example/in", "service_uri_relative", "service_uri_relative" },
		{ "a.example/in", "service_uri_relative", "service_uri_relative" },
		{ "HTTPS://a.example/", "service_uri_relative", "service_uri_relative" },
		{ "1https://a.example/", "service_uri_relative", "service_uri_relative" },
		{ "://a.example/", "service_uri_relative", "service_uri_relative" },
		{ "https://a.example/#", "service_uri_fragment", "service_uri_fragment" },
		{ "https://a.example/in#here", "service_uri_fragment", "service_uri_fragment" },
		{ "https://user@a.example/", "service_uri_user", "service_uri_user" },
		{ "https://a.example:x@b.example/", "service_uri_user", "service_uri_user" },
		{ "https://@a.example/", "service_uri_user", "service_uri_user" },
		{ "http://localhost@a.example/", "service_uri_user", "service_uri_user" },
		{ "https://*.example.edu/", "service_uri_wildcard", "service_uri_wildcard" },
		{ "https://a.example/*", "service_uri_wildcard", "service_uri_wildcard" },
		{ "https://A.example/", "service_uri_host", "service_uri_host" },
		{ "https:///in", "service_uri_host", "service_uri_host" },
		{ "https:/in", "service_uri_host", "service_uri_host" },
		{ "https:a.example", "service_uri_host", "service_uri_host" },
		{ "https://.example/", "service_uri_host", "service_uri_host" },
		{ "https://a_b.example/", "service_uri_host", "service_uri_host" },
		{ "https://a%2eexample/", "service_uri_host", "service_uri_host" },
		{ "https://[::1/", "service_uri_host", "service_uri_host" },
		{ "https://[]/", "service_uri_host", "service_uri_host" },
		{ "https://[::1]x/", "service_uri_host", "service_uri_host" },
		{ "https://a.example:/", "service_uri_host", "service_uri_host" },
		{ "https://a.example:0/", "service_uri_host", "service_uri_host" },
		{ "https://a.example:65536/", "service_uri_host", "service_uri_host" },
		{ "https://a.example:+1/", "service_uri_host", "service_uri_host" },
		{ "https://a.example:1:2/", "service_uri_host", "service_uri_host" },
		{ "https://a.example/../in", "service_uri_dots", "service_uri_dots" },
		{ "https://a.example/in/..", "service_uri_dots", "service_uri_dots" },
		{ "https://a.example/./in", "service_uri_dots", "service_uri_dots" },
		{ "https://a.example/%2E./in", "service_uri_dots", "service_uri_dots" },
		{ "https://a.example/%2e%2e", "service_uri_dots", "service_uri_dots" },
		{ "edu.example.app:/../in", "service_uri_private", "service_uri_dots" },
		{ "https://a.example/a b", "service_uri_characters", "service_uri_characters" },
		{ "https://a.example/\t", "service_uri_characters", "service_uri_characters" },
		{ " https://a.example/", "service_uri_characters", "service_uri_characters" },
		{ "https://a.example\\@b.example/", "service_uri_characters", "service_uri_characters" },
		{ "https://a.example/\xc3\xbc", "service_uri_characters", "service_uri_characters" },
		{ "https://a.example/\x7f", "service_uri_characters", "service_uri_characters" },
		{ "https://a.example/<x>", "service_uri_characters", "service_uri_characters" },
		{ "https://a.example/\"", "service_uri_characters", "service_uri_characters" },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		const struct msg_uri_row rows[] = { URI, { text_of(ROWS[i].uri) } };
		struct msg_service_record service = GOOD;
		service.redirect_uris.at = rows;
		service.redirect_uris.n = 2;
		check(ROWS[i].uri, &service, false, ROWS[i].fault);
		check(ROWS[i].uri, &service, true, ROWS[i].fault_of_public);
	}
}

static void the_rest(void **state)
{
	(void)state;
	static const struct msg_claim_row CLAIMS[] = { { T("name") }, { T("groups") }, { T("name") } },
					  UNASKED[] = { { T("name") }, { T("sub") } },
					  NAMELESS[] = { { T("") } };
	static const struct msg_name_row UNKNOWN[] = { { T("name") } }, ANONYMOUS[] = { { T("anonymous") } },
					 CONDUCT[] = { { T("code-of-conduct") } };
	static const struct msg_value_row GROUPS[] = { { T("students") }, { T("staff") } },
					  EMPTY[] = { { T("") } }, TWO_LINES[] = { { T("a\nb") } };
	static const struct {
		const char *row, *fault;
		struct msg_service_record with; /* what is set here replaces what is good */
	} ROWS[] = {
		{ "a name of all there is", NULL, { .name = T("a-b_9") } },
		{ "a name in capitals", "service_name", { .name = T("Wiki") } },
		{ "a name with a blank", "service_name", { .name = T("a b") } },
		{ "a name with a comma", "service_name", { .name = T("a,b") } },
		{ "an empty name", "service_name", { .name = T("") } },
		{ "a long name", "service_name", { .name = T(LONG) } },
		{ "another alphabet", NULL, { .label = T("\xd0\x92\xd0\xb8\xd0\xba\xd0\xb8") } },
		{ "an empty label", "service_words", { .label = T("") } },
		{ "a label turned around", "service_words",
		    { .label = T("a\xe2\x80\xae"
				 "b") } },
		{ "words turned around", "service_words", { .about = T("\xe2\x81\xa6") } },
		{ "an owner turned around", "service_words", { .owner = T("\xe2\x81\xa6") } },
		{ "a client id", NULL, { .client_id = T("https://wiki.example.edu") } },
		{ "an empty client id", "service_client_id", { .client_id = T("") } },
		{ "a client id with a blank", "service_client_id", { .client_id = T("a b") } },
		{ "a client id of other letters", "service_client_id", { .client_id = T("\xc3\xbc") } },
		{ "a link", NULL, { .link = T("http://wiki.example.edu/start#top") } },
		{ "a link that is none", "service_link", { .link = T("wiki") } },
		{ "a link that does something", "service_link", { .link = T("javascript:x") } },
		{ "a link with a user", "service_link", { .link = T("https://a@b.example/") } },
		{ "claims", NULL, { .claims = { CLAIMS, 3 } } },
		{ "an unknown claim", "service_claim", { .claims = { UNASKED, 2 } } },
		{ "an empty claim", "service_claim", { .claims = { NAMELESS, 1 } } },
		{ "an unknown category", "service_category", { .categories = { UNKNOWN, 1 } } },
		{ "a category", NULL, { .categories = { ANONYMOUS, 1 } } },
		{ "a category by metadata", "service_category_metadata", { .categories = { CONDUCT, 1 } } },
		{ "a group", NULL, { .groups = { GROUPS, 2 } } },
		{ "an empty group", "service_group", { .groups = { EMPTY, 1 } } },
		{ "a group of two lines", "service_group", { .groups = { TWO_LINES, 1 } } },
		{ "a sector", NULL, { .sector = T("example.edu") } },
		{ "a sector in capitals", "service_sector", { .sector = T("Example.edu") } },
		{ "an empty sector", "service_sector", { .sector = T("") } },
		{ "a sector of a public subject", "service_sector_useless",
		    { .sector = T("example.edu"), .subject = SUBJECT_PUBLIC } },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		const struct msg_service_record *with = &ROWS[i].with;
		struct msg_service_record service = *with;
		service.protocol = PROTOCOL_OIDC;
		service.redirect_uris = GOOD.redirect_uris;
		service.name = with->name.at != NULL ? with->name : GOOD.name;
		service.label = with->label.at != NULL ? with->label : GOOD.label;
		check(ROWS[i].row, &service, false, ROWS[i].fault);
	}
	struct msg_service_record service = GOOD;
	check("good", &service, false, NULL);
	service.redirect_uris.n = 0;
	check("no redirect URI", &service, false, "service_uri_none");
	service = GOOD;
	service.protocol = PROTOCOL_NONE;
	check("no protocol", &service, false, "service_protocol");
}

/* Under which other names a service may be told something, by protocol. */
static void other_names(void **state)
{
	(void)state;
	static const struct {
		const char *claim, *beside;
		const char *of_oidc, *of_cas, *of_saml; /* NULL: nothing is wrong */
	} ROWS[] = {
		{ "email=mail", "name", NULL, NULL, NULL },
		{ "email=email", "name", NULL, NULL, NULL },
		{ "email=Mail-1.x_y", "name", NULL, NULL, NULL },
		{ "given_name=givenName", "name=displayName", NULL, NULL, NULL },
		{ "email=name", "name=email", NULL, NULL, NULL },
		{ "email=urn:oid:0.9.2342.19200300.100.1.3", "name", NULL, "service_claim_as", NULL },
		{ "email=https://example.edu/claims#mail", "name", NULL, "service_claim_as", NULL },
		{ "email=http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress", "name", NULL,
		    "service_claim_as", NULL },
		{ "email=ftp://example.edu/", "name", "service_claim_as", "service_claim_as",
		    "service_claim_as" },
		{ "email=https://example.edu/\"", "name", "service_claim_as", "service_claim_as",
		    "service_claim_as" },
		{ "email=", "name", "service_claim_as", "service_claim_as", "service_claim_as" },
		{ "email=1mail", "name", "service_claim_as", "service_claim_as", "service_claim_as" },
		{ "email=a=b", "name", "service_claim_as", "service_claim_as", "service_claim_as" },
		{ "email=m\xc3\xa4il", "name", "service_claim_as", "service_claim_as", "service_claim_as" },
		{ "=mail", "name", "service_claim", "service_claim", "service_claim" },
		{ "mail=email", "name", "service_claim", "service_claim", "service_claim" },
		{ "email=sub", "name", "service_claim_protocol", NULL, NULL },
		{ "email=ISS", "name", "service_claim_protocol", NULL, NULL },
		{ "email=client_id", "name", "service_claim_protocol", NULL, NULL },
		{ "email=_claim_names", "name", "service_claim_protocol", NULL, NULL },
		{ "email=user", "name", NULL, "service_claim_protocol", NULL },
		{ "email=isFromNewLogin", "name", NULL, "service_claim_protocol", NULL },
		{ "email=name", "name", "service_claim_twice", "service_claim_twice", NULL },
		{ "email=x", "name=X", "service_claim_twice", "service_claim_twice", "service_claim_twice" },
		{ "email=x", "email=y", "service_claim_twice", "service_claim_twice", "service_claim_twice" },
		{ "email=x", "email", "service_claim_twice", "service_claim_twice", "service_claim_twice" },
		{ "email=displayName", "name", NULL, NULL, "service_claim_twice" },
		{ "email=urn:oid:2.16.840.1.113730.3.1.241", "name", NULL, "service_claim_as",
		    "service_claim_twice" },
		{ "name=schac_home_organization", "email", "service_claim_twice", "service_claim_twice",
		    NULL },
	};
	static const struct msg_name_row ANONYMOUS = { T("anonymous") };
	static const struct msg_uri_row ADDRESS = { T("https://wiki.example.edu/") };
	static const struct msg_saml_place PLACE = { .url = T("https://wiki.example.edu/acs") };
	static const struct msg_saml_record SAML = { .entity_id = T("x"), .consumers = { &PLACE, 1 } };
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		const struct msg_claim_row rows[] = { { text_of(ROWS[i].claim) },
			{ text_of(ROWS[i].beside) } };
		struct msg_service_record service = GOOD;
		service.claims.at = rows;
		service.claims.n = 2;
		service.categories.at = &ANONYMOUS;
		service.categories.n = 1;
		check(ROWS[i].claim, &service, false, ROWS[i].of_oidc);
		service.redirect_uris.n = 0;
		struct msg_service_record cas = service, saml = service;
		cas.protocol = PROTOCOL_CAS;
		cas.addresses.at = &ADDRESS;
		cas.addresses.n = 1;
		check(ROWS[i].claim, &cas, false, ROWS[i].of_cas);
		saml.protocol = PROTOCOL_SAML;
		saml.client_id = SAML.entity_id;
		saml.saml = &SAML;
		check(ROWS[i].claim, &saml, false, ROWS[i].of_saml);
	}
}

static void parts_of_a_uri(void **state)
{
	(void)state;
	static const struct {
		const char *uri, *parts; /* scheme|user|host|port|path|fragment; - for an absent one */
	} ROWS[] = {
		{ "https://u:p@h:1/p?q#f", "https|u:p|h|1|/p|f" },
		{ "https://h", "https|-|h|-||-" },
		{ "https://[::1]:80/", "https|-|[::1]|80|/|-" },
		{ "https://a@b@c/", "https|a@b|c|-|/|-" },
		{ "https://h?@/#", "https|-|h|-||" },
		{ "a:b:c", "a|-|-|-|b:c|-" },
		{ "/a:b", "-|-|-|-|/a:b|-" },
		{ "?a:b", "-|-|-|-||-" },
		{ "", "-|-|-|-||-" },
		{ "x:", "x|-|-|-||-" },
		{ "x://", "x|-||-||-" },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		char parts[100] = "";
		struct uri uri;
		uri_split(text_of(ROWS[i].uri), &uri);
		const struct text all[] = { uri.scheme, uri.user, uri.host, uri.port, uri.path,
			uri.fragment };
		for (size_t part = 0; part < COUNT(all); part++)
			(void)snprintf(parts + strlen(parts), sizeof parts - strlen(parts), "%s%.*s",
			    part > 0 ? "|" : "", all[part].at != NULL ? (int)all[part].len : 1,
			    all[part].at != NULL ? all[part].at : "-");
		if (strcmp(parts, ROWS[i].parts) != 0)
			fail_msg("%s: %s", ROWS[i].uri, parts);
	}
	struct uri uri;
	uri_split((struct text){ NULL, 0 }, &uri);
	assert_null(uri.scheme.at);
}

static void addresses(void **state)
{
	(void)state;
	static const struct {
		const char *uri, *fault; /* NULL: none */
	} ROWS[] = {
		{ "https://wiki.example.edu/", NULL },
		{ "https://wiki.example.edu", NULL },
		{ "https://wiki.example.edu:8443/app?id=1", NULL },
		{ "https://wiki.example.edu/*", NULL },
		{ "https://wiki.example.edu/a/b/*", NULL },
		{ "https://wiki.example.edu/1/2/3/4/5/6/7/*", NULL },
		{ "https://wiki.example.edu/1/2/3/4/5/6/7/8/*", "service_address_deep" },
		{ "https://wiki.example.edu/1/2/3/4/5/6/7/8/9", NULL },
		{ "https://*.example.edu/app", NULL },
		{ "https://*.example.edu:8443/app/*", NULL },
		{ "http://127.0.0.1/app/*", NULL },
		{ "http://localhost:8000/*", NULL },
		{ "https://*.edu/", "service_address_wide" },
		{ "https://*/", "service_address_wildcard" },
		{ "https://*", "service_address_wildcard" },
		{ "https://w*.example.edu/", "service_address_wildcard" },
		{ "https://a.*.example.edu/", "service_address_wildcard" },
		{ "https://*.*.example.edu/", "service_address_wildcard" },
		{ "https://wiki.example.edu*", "service_address_wildcard" },
		{ "https://wiki.example.edu:*/", "service_address_wildcard" },
		{ "https://wiki.example.edu/app*", "service_address_wildcard" },
		{ "https://wiki.example.edu/*/app", "service_address_wildcard" },
		{ "https://wiki.example.edu/app?a=/*", "service_address_wildcard" },
		{ "https://*.example..edu./", NULL },
		{ "https://*.Example.edu/", "service_uri_host" },
		{ "http://*.example.edu/", "service_uri_http" },
		{ "http://wiki.example.edu/", "service_uri_http" },
		{ "edu.example.app:/in", "service_address_scheme" },
		{ "ftp://wiki.example.edu/", "service_address_scheme" },
		{ "HTTPS://wiki.example.edu/", "service_uri_relative" },
		{ "https://user@wiki.example.edu/", "service_uri_user" },
		{ "https://wiki.example.edu/#x", "service_uri_fragment" },
		{ "https://wiki.example.edu:0/", "service_uri_host" },
		{ "https://wiki.example.edu/../*", "service_uri_dots" },
		{ "https://wiki.example.edu/..;a=b/", "service_uri_dots" },
		{ "https://wiki.example.edu/a%2Fb", "service_address_path" },
		{ "https://wiki.example.edu/a%5cb", "service_address_path" },
		{ "https://wiki.example.edu/a%252e", "service_address_path" },
		{ "https://wiki.example.edu/a%0a", "service_address_path" },
		{ "https://wiki.example.edu/a%", "service_address_path" },
		{ "https://wiki.example.edu/a b", "service_uri_characters" },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		const struct msg_uri_row uri = { text_of(ROWS[i].uri) };
		struct msg_service_record service = GOOD;
		service.protocol = PROTOCOL_CAS;
		service.redirect_uris.n = 0;
		service.addresses.at = &uri;
		service.addresses.n = 1;
		check(ROWS[i].uri, &service, false, ROWS[i].fault);
	}
}

/* What is of no use to a protocol is not taken for it. */
static void each_protocol_has_its_own(void **state)
{
	(void)state;
	static const struct msg_uri_row ADDRESS = { T("https://wiki.example.edu/") };
	struct msg_service_record service = GOOD;
	service.addresses.at = &ADDRESS;
	service.addresses.n = 1;
	check("addresses of a client", &service, false, "service_address_useless");
	service.protocol = PROTOCOL_CAS;
	check("a redirect URI", &service, false, "service_client_useless");
	service.redirect_uris.n = 0;
	check("nothing of a client", &service, false, NULL);
	check("public", &service, true, "service_client_useless");
	service.refresh = true;
	check("refresh tokens", &service, false, "service_client_useless");
	service.refresh = false;
	service.alg = SIGNING_ES256;
	check("an algorithm", &service, false, "service_client_useless");
	service.alg = SIGNING_RS256;
	service.client_id = T("id");
	check("a client id", &service, false, "service_client_useless");
	service.client_id = (struct text){ NULL, 0 };
	service.addresses.n = 0;
	check("no address", &service, false, "service_address_none");
}

static void proxies(void **state)
{
	(void)state;
	static const struct msg_uri_row ADDRESS = { T("https://wiki.example.edu/") };
	static const struct msg_name_row NAMES[] = { { T("webmail") }, { T("Web mail") } };
	static const struct {
		const char *uri, *fault;
	} ROWS[] = {
		{ "https://wiki.example.edu/pgt?x=1", NULL },
		{ "https://wiki.example.edu/cas/*", NULL },
		{ "https://*.example.edu/pgt", NULL },
		{ "http://wiki.example.edu/pgt", "service_callback_https" },
		{ "http://127.0.0.1/pgt", "service_callback_https" },
		{ "http://localhost:8000/pgt", "service_callback_https" },
		{ "javascript:alert(1)", "service_callback_https" },
		{ "/pgt", "service_callback_https" },
		{ "https://x@wiki.example.edu/pgt", "service_uri_user" },
		{ "https://wiki.example.edu/pgt#x", "service_uri_fragment" },
		{ "https://wiki.example.edu/p*", "service_address_wildcard" },
		{ "https://*.edu/*", "service_address_wide" },
		{ "https://wiki.example.edu/a%2fb", "service_address_path" },
	};
	struct msg_service_record client = GOOD, service = GOOD;
	service.protocol = PROTOCOL_CAS;
	service.redirect_uris.n = 0;
	service.addresses.at = &ADDRESS;
	service.addresses.n = 1;
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		const struct msg_uri_row uri = { text_of(ROWS[i].uri) };
		service.proxy_callbacks.at = client.proxy_callbacks.at = &uri;
		service.proxy_callbacks.n = client.proxy_callbacks.n = 1;
		check(ROWS[i].uri, &service, false, ROWS[i].fault);
		check(ROWS[i].uri, &client, false, "service_proxy_useless");
	}
	service.proxy_callbacks.n = client.proxy_callbacks.n = 0;
	service.proxied_by.at = client.proxied_by.at = NAMES;
	service.proxied_by.n = client.proxied_by.n = 1;
	check("a proxy", &service, false, NULL);
	check("a proxy of a client", &client, false, "service_proxy_useless");
	service.proxied_by.n = 2;
	check("a proxy that is none", &service, false, "service_proxied_by");
}

static void where_the_end_is_told(void **state)
{
	(void)state;
	static const struct {
		const char *uri, *fault;
	} ROWS[] = {
		{ "https://wiki.example.edu/out?x=1", NULL },
		{ "http://127.0.0.1:8000/out", NULL },
		{ "http://wiki.example.edu/out", "service_uri_http" },
		{ "edu.example.app:/out", "service_uri_told" },
		{ "javascript:alert(1)", "service_uri_told" },
		{ "/out", "service_uri_told" },
		{ "https://wiki.example.edu/out#x", "service_uri_fragment" },
		{ "https://x@wiki.example.edu/out", "service_uri_user" },
		{ "https://*.example.edu/out", "service_uri_wildcard" },
		{ "https://wiki.example.edu/a/../out", "service_uri_dots" },
		{ "https://wiki.example.edu/a b", "service_uri_characters" },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct msg_service_record back = GOOD, front = GOOD;
		back.backchannel_logout_uri = front.frontchannel_logout_uri = text_of(ROWS[i].uri);
		check(ROWS[i].uri, &back, true, ROWS[i].fault);
		check(ROWS[i].uri, &front, false, ROWS[i].fault);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(redirect_uris),
		cmocka_unit_test(addresses),
		cmocka_unit_test(each_protocol_has_its_own),
		cmocka_unit_test(proxies),
		cmocka_unit_test(where_the_end_is_told),
		cmocka_unit_test(the_rest),
		cmocka_unit_test(other_names),
		cmocka_unit_test(parts_of_a_uri),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
