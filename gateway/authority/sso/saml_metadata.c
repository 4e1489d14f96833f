/* saml_metadata.c - what services have to know of us (SAML Metadata 2.0): names, addresses, certificates. */
#include "authority/authority.h"
#include "authority/sso/saml.h"
#include "authority/sso/saml_parts.h"
#include "authority/sso/saml_published.h"
#include "authority/sso/saml_write.h"
#include "authority/sso/signing.h"
#include "conf/conf.h"

#define CERTIFICATES_MAX 4u
#define BINDING "urn:oasis:names:tc:SAML:2.0:bindings:"

static struct text below_origin(struct call *call, const char *path)
{
	const struct conf *conf = call->authority->conf;
	return text_of(arena_printf(&call->arena, "%s%s", conf->portal.origin, path));
}

struct text saml_entity_id(struct call *call)
{
	return below_origin(call, "/saml/metadata");
}

struct text saml_sso_address(struct call *call)
{
	return below_origin(call, "/saml/sso");
}

struct text saml_slo_address(struct call *call)
{
	return below_origin(call, "/saml/slo");
}

const char *saml_format_uri(enum saml_format format)
{
	switch (format) {
	case SAML_PERSISTENT:
		return "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
	case SAML_EMAIL:
		return "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
	case SAML_TRANSIENT:
	default:
		return "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
	}
}

static void write_certificate(struct saml_write *out, struct text certificate)
{
	saml_write_raw(out,
	    "<md:KeyDescriptor use=\"signing\"><ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">"
	    "<ds:X509Data><ds:X509Certificate>");
	saml_write_text(out, certificate);
	saml_write_raw(out, "</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>");
}

static void write_service(const char *name, struct text address, struct saml_write *out)
{
	static const char *const BINDINGS[] = { BINDING "HTTP-Redirect", BINDING "HTTP-POST" };
	for (size_t i = 0; i < COUNT(BINDINGS); i++) {
		saml_write_raw(out, "<md:");
		saml_write_raw(out, name);
		saml_write_attribute(out, "Binding", text_of(BINDINGS[i]));
		saml_write_attribute(out, "Location", address);
		saml_write_raw(out, "></md:");
		saml_write_raw(out, name);
		saml_write_raw(out, ">");
	}
}

/* The domain that people of ours are from (Shibboleth's extension), by which services judge what stands behind an @. */
static void write_scope(const char *scope, struct saml_write *out)
{
	if (scope[0] == '\0')
		return;
	saml_write_raw(
	    out, "<shibmd:Scope xmlns:shibmd=\"urn:mace:shibboleth:metadata:1.0\" regexp=\"false\">");
	saml_write_text(out, text_of(scope));
	saml_write_raw(out, "</shibmd:Scope>");
}

/* What people look for when they choose where they are from (SAML V2.0 Metadata Extensions for Login and Discovery User Interface 2.1): it has
 * one name in all languages. */
static void write_extensions(const struct conf *conf, struct saml_write *out)
{
	saml_write_raw(out, "<md:Extensions>");
	write_scope(conf->sso.scope, out);
	saml_write_raw(out, "<mdui:UIInfo xmlns:mdui=\"urn:oasis:names:tc:SAML:metadata:ui\">");
	for (unsigned i = 0; i < wire_enum_portal_language.count; i++) {
		saml_write_raw(out, "<mdui:DisplayName");
		saml_write_attribute(out, "xml:lang", text_of(WIRE_ENUM_TEXT(portal_language, i)));
		saml_write_raw(out, ">");
		saml_write_text(out, text_of(conf->portal.institution));
		saml_write_raw(out, "</mdui:DisplayName>");
	}
	saml_write_raw(out, "</mdui:UIInfo></md:Extensions>");
}

/* In the order of the schema (2.4.3). */
static enum err write_role(struct call *call, struct saml_write *out)
{
	struct text certificates[CERTIFICATES_MAX];
	unsigned n = 0;
	enum err err =
	    signing_certificates(call->authority, CERTIFICATES_MAX, &call->arena, certificates, &n);
	if (err != OK)
		return err;
	saml_write_raw(
	    out, "<md:IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">");
	write_extensions(call->authority->conf, out);
	for (unsigned i = 0; i < n; i++)
		write_certificate(out, certificates[i]);
	write_service("SingleLogoutService", saml_slo_address(call), out);
	for (unsigned i = 0; i < wire_enum_saml_format.count; i++) {
		saml_write_raw(out, "<md:NameIDFormat>");
		saml_write_text(out, text_of(saml_format_uri((enum saml_format)i)));
		saml_write_raw(out, "</md:NameIDFormat>");
	}
	write_service("SingleSignOnService", saml_sso_address(call), out);
	saml_write_raw(out, "</md:IDPSSODescriptor></md:EntityDescriptor>");
	return OK;
}

/* Whoever keeps a copy for ever takes this one: it is never over. */
static enum err write_plain(struct call *call, struct text rest, struct text *document_r)
{
	struct saml_write head;
	saml_write_begin(&head, &call->arena);
	saml_write_raw(&head, SAML_ENTITY);
	saml_write_attribute(&head, "entityID", saml_entity_id(call));
	saml_write_raw(&head, ">");
	const struct saml_halves halves = { saml_write_done(&head), rest };
	return saml_whole(call, &halves, (struct text){ NULL, 0 }, document_r);
}

enum err saml_on_metadata(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_saml_metadata *question = ask;
	struct msg_saml_document *document = arena_alloc(&call->arena, sizeof *document);
	struct saml_write role;
	saml_write_begin(&role, &call->arena);
	if (document == NULL || role.at == NULL)
		return ERR_NO_MEMORY;
	enum err err = write_role(call, &role);
	if (err != OK)
		return err;
	struct text rest = saml_write_done(&role);
	if (rest.at == NULL)
		return ERR_INTERNAL;
	err = question->sign ? saml_published(call, rest, &document->xml)
			     : write_plain(call, rest, &document->xml);
	*answer_r = WIRE(saml_document, document);
	return err;
}
