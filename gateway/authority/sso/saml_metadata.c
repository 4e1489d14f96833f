/* saml_metadata.c - what services have to know of us (SAML Metadata 2.0): names, addresses, certificates. */
#include "authority/authority.h"
#include "authority/sso/saml.h"
#include "authority/sso/saml_parts.h"
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

static void write_rest(struct call *call, struct saml_write *out)
{
	static const char *const BINDINGS[] = { BINDING "HTTP-Redirect", BINDING "HTTP-POST" };
	for (unsigned i = 0; i < wire_enum_saml_format.count; i++) {
		saml_write_raw(out, "<md:NameIDFormat>");
		saml_write_text(out, text_of(saml_format_uri((enum saml_format)i)));
		saml_write_raw(out, "</md:NameIDFormat>");
	}
	for (size_t i = 0; i < COUNT(BINDINGS); i++) {
		saml_write_raw(out, "<md:SingleSignOnService");
		saml_write_attribute(out, "Binding", text_of(BINDINGS[i]));
		saml_write_attribute(out, "Location", saml_sso_address(call));
		saml_write_raw(out, "></md:SingleSignOnService>");
	}
	saml_write_raw(out, "</md:IDPSSODescriptor></md:EntityDescriptor>");
}

enum err saml_on_metadata(struct call *call, const void *ask, struct wire_any *answer_r)
{
	struct msg_saml_document *document = arena_alloc(&call->arena, sizeof *document);
	struct text certificates[CERTIFICATES_MAX];
	struct saml_write out;
	unsigned n = 0;
	(void)ask;
	saml_write_begin(&out, &call->arena);
	if (document == NULL || out.at == NULL)
		return ERR_NO_MEMORY;
	enum err err =
	    signing_certificates(call->authority, CERTIFICATES_MAX, &call->arena, certificates, &n);
	if (err != OK)
		return err;
	saml_write_raw(&out, "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\"");
	saml_write_attribute(&out, "entityID", saml_entity_id(call));
	saml_write_raw(&out,
	    "><md:IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">");
	for (unsigned i = 0; i < n; i++)
		write_certificate(&out, certificates[i]);
	write_rest(call, &out);
	document->xml = saml_write_done(&out);
	*answer_r = WIRE(saml_document, document);
	return document->xml.at != NULL ? OK : ERR_INTERNAL;
}
