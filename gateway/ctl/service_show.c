#include <stdio.h>
#include "ctl/service_parts.h"
#include "ctl/show.h"

void service_show_saml(const struct msg_saml_record *saml)
{
	show_text("entity id", saml->entity_id);
	for (uint32_t i = 0; i < saml->consumers.n; i++)
		show_text(i == 0 ? "answers to" : "", saml->consumers.at[i].url);
	for (uint32_t i = 0; i < saml->logouts.n; i++)
		(void)printf("%-12s %.*s (%s)\n", i == 0 ? "sign-out" : "",
		    TEXT_ARGS(saml->logouts.at[i].url),
		    WIRE_ENUM_TEXT(saml_binding, saml->logouts.at[i].binding));
	for (uint32_t i = 0; i < saml->name_formats.n; i++)
		show_text(i == 0 ? "names" : "", saml->name_formats.at[i].value);
	for (struct text names = saml->required, name; text_next_word(&names, " ", &name);)
		show_text(name.at == saml->required.at ? "requires" : "", name);
	(void)printf(
	    "%-12s %u, requests %s signed\n", "keys", saml->keys.n, saml->signs ? "are always" : "may be");
	if (saml->encrypts_to.at != NULL)
		(void)printf("%-12s %s, %s%s\n", "encryption", WIRE_ENUM_TEXT(saml_cipher, saml->cipher),
		    WIRE_ENUM_TEXT(saml_transport, saml->transport),
		    saml->encrypts_alone ? "" : ", by the key that signs");
	else
		show_str("encryption", "there is no key for it");
}

/* What an operator says of it beside its metadata. */
static void show_saml_choices(const struct msg_service_record *service)
{
	show_str("encrypted", WIRE_ENUM_TEXT(saml_encrypt, service->encrypt));
	show_str("begins here", service->idp_initiated ? "it may" : "no");
}

void service_show_keys(const struct msg_service_record *service)
{
	for (uint32_t i = 0; i < service->keys.n; i++) {
		struct text kid = service->keys.at[i].kid;
		(void)printf("%-12s %s, kid %.*s\n", i == 0 ? "signs with" : "",
		    WIRE_ENUM_TEXT(jws_alg, service->keys.at[i].alg),
		    TEXT_ARGS(kid.at != NULL ? kid : text_of("-")));
	}
}

/* The words of a list of the record, one a line. */
static void show_words(const char *name, const struct msg_service_record *service, const char *field)
{
	struct wire_rows rows = { .n = 0 };
	if (wire_get_rows(wire_msg_service_record(), service, text_of(field), &rows) != OK)
		return;
	for (uint32_t i = 0; i < rows.n; i++)
		show_text(i == 0 ? name : "", *(const struct text *)wire_row(&rows, i));
}

/* What clients of OpenID Connect alone have. */
static void show_client(const struct msg_service_record *service, bool public_client)
{
	show_text("client_id", service->client_id);
	show_str("secret", public_client || service->keys.n > 0 ? "none" : "kept as a hash");
	service_show_keys(service);
	show_str("PKCE", service->no_pkce ? "may be left out, with openid and a nonce" : "always");
	show_words("redirects", service, "redirect_uris");
	show_words("sign-out", service, "logout_uris");
	show_str("alg", WIRE_ENUM_TEXT(signing_alg, service->alg));
	show_str("subject", WIRE_ENUM_TEXT(subject_kind, service->subject));
	show_text("sector", service->sector);
	show_str("refresh", service->refresh ? "yes, by offline_access" : "no");
	show_str("tokens", WIRE_ENUM_TEXT(token_form, service->access_token));
	show_words("audience", service, "audiences");
	show_words("scopes", service, "scopes");
	show_str("devices", service->device ? "yes, by a code that people type" : "no");
	show_str("its own", service->client_credentials ? "yes, by client_credentials" : "no");
	show_str(
	    "may ask", service->resource_server ? "about tokens that are for it" : "about its own tokens");
}

/* What clients that register may have at most. */
static void show_registration(const struct msg_service_record *service)
{
	char until[SHOW_TIME_SIZE];
	show_count("clients", service->uses);
	show_str("until", show_time(service->until, "-", until));
	show_str("subject", WIRE_ENUM_TEXT(subject_kind, service->subject));
	show_str("refresh", service->refresh ? "yes, by offline_access" : "no");
}

static void show_names(const struct msg_service_record *service)
{
	for (uint32_t i = 0; i < service->named.n; i++) {
		const struct msg_named_row *row = &service->named.at[i];
		(void)printf("%-12s %s: %.*s%s%.*s\n", i == 0 ? "also" : "",
		    WIRE_ENUM_TEXT(portal_language, row->language), TEXT_ARGS(row->label),
		    row->label.at != NULL && row->about.at != NULL ? " - " : "", TEXT_ARGS(row->about));
	}
}

void service_show_record(const struct msg_service_record *service, bool public_client)
{
	char added[SHOW_TIME_SIZE];
	show_text("service", service->name);
	show_text("label", service->label);
	show_text("about", service->about);
	show_names(service);
	if (service->logo.len > 0)
		(void)printf("%-12s a PNG of %zu bytes\n", "logo", service->logo.len);
	show_text("link", service->link);
	show_text("owner", service->owner);
	show_str("protocol", WIRE_ENUM_TEXT(protocol, service->protocol));
	if (service->protocol == PROTOCOL_OIDC)
		show_client(service, public_client);
	if (service->protocol == PROTOCOL_REGISTRATION)
		show_registration(service);
	show_text("registered", service->registered_by);
	if (service->saml != NULL) {
		service_show_saml(service->saml);
		show_saml_choices(service);
	}
	show_words("addresses", service, "addresses");
	show_words("proxy at", service, "proxy_callbacks");
	show_words("proxied by", service, "proxied_by");
	show_text("told at", service->backchannel_logout_uri);
	show_text("by browser", service->frontchannel_logout_uri);
	show_words("groups", service, "groups");
	if (service->groups.n == 0)
		show_str("groups", "everybody");
	show_words("claims", service, "claims");
	show_words("categories", service, "categories");
	show_str("level", WIRE_ENUM_TEXT(session_level, service->level));
	if (service->freshness_s > 0)
		show_count("fresh", service->freshness_s);
	show_str("consent", service->consent ? "people are asked" : "nobody is asked");
	show_str("added", show_time(service->added, "-", added));
}
