/* saml_sign.c - what all documents of ours have in common: a name, an opening, a status, and the signature over them (XML Signature 1.1, by SAML Core 5.4). */
#include "authority/authority.h"
#include "authority/keys/certificate.h"
#include "authority/sso/saml_parts.h"
#include "authority/sso/saml_write.h"
#include "authority/sso/signing.h"
#include "base/enc.h"

#define ID_BYTES 20
#define EXCLUSIVE "http://www.w3.org/2001/10/xml-exc-c14n#"
#define DSIG "http://www.w3.org/2000/09/xmldsig#"
#define STATUS "urn:oasis:names:tc:SAML:2.0:status:"

struct text saml_id(struct arena *arena)
{
	uint8_t noise[ID_BYTES];
	char hex[ENC_HEX_SIZE(ID_BYTES)];
	secret_random(noise, sizeof noise);
	enc_hex(noise, sizeof noise, hex);
	return text_of(arena_printf(arena, "_%s", hex));
}

void saml_write_opening(struct call *call, const struct saml_opening *opening, struct saml_write *out)
{
	saml_write_raw(out, "<samlp:");
	saml_write_raw(out, opening->name);
	saml_write_raw(out, " xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\"");
	saml_write_attribute(out, "Destination", opening->to);
	saml_write_attribute(out, "ID", opening->id);
	if (opening->in_response_to.at != NULL)
		saml_write_attribute(out, "InResponseTo", opening->in_response_to);
	saml_write_time(out, "IssueInstant", opening->now_ms);
	if (opening->until_ms > 0)
		saml_write_time(out, "NotOnOrAfter", opening->until_ms);
	saml_write_raw(
	    out, " Version=\"2.0\"><saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">");
	saml_write_text(out, saml_entity_id(call));
	saml_write_raw(out, "</saml:Issuer>");
}

void saml_write_name(struct call *call, const struct msg_service_record *service, enum saml_format format,
    struct text name, const char *ns, struct saml_write *out)
{
	saml_write_raw(out, "<saml:NameID");
	saml_write_raw(out, ns);
	saml_write_attribute(out, "Format", text_of(saml_format_uri(format)));
	if (format == SAML_PERSISTENT) {
		saml_write_attribute(out, "NameQualifier", saml_entity_id(call));
		saml_write_attribute(out, "SPNameQualifier", service->client_id);
	}
	saml_write_raw(out, ">");
	saml_write_text(out, name);
	saml_write_raw(out, "</saml:NameID>");
}

void saml_write_status(const struct saml_status *status, struct saml_write *out)
{
	saml_write_raw(out, "<samlp:Status><samlp:StatusCode Value=\"" STATUS);
	saml_write_raw(out, status->code);
	saml_write_raw(out, "\">");
	if (status->detail != NULL) {
		saml_write_raw(out, "<samlp:StatusCode Value=\"" STATUS);
		saml_write_raw(out, status->detail);
		saml_write_raw(out, "\"></samlp:StatusCode>");
	}
	saml_write_raw(out, "</samlp:StatusCode></samlp:Status>");
}

/* SignedInfo as it is hashed where its prefix is declared in it, and as it is sent where that stands around it. */
static struct text write_info(struct arena *arena, struct text id, const char *digest, const char *ns)
{
	return text_of(arena_printf(arena,
	    "<ds:SignedInfo%s><ds:CanonicalizationMethod Algorithm=\"" EXCLUSIVE
	    "\"></ds:CanonicalizationMethod><ds:SignatureMethod "
	    "Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"></ds:SignatureMethod>"
	    "<ds:Reference URI=\"#%.*s\"><ds:Transforms><ds:Transform Algorithm=\"" DSIG
	    "enveloped-signature\"></ds:Transform><ds:Transform Algorithm=\"" EXCLUSIVE
	    "\"></ds:Transform></ds:Transforms><ds:DigestMethod "
	    "Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"></ds:DigestMethod><ds:DigestValue>%s"
	    "</ds:DigestValue></ds:Reference></ds:SignedInfo>",
	    ns, TEXT_ARGS(id), digest));
}

/* The signature over an element without it. */
static enum err make_signature(
    struct call *call, struct text element, struct text id, struct text *signature_r)
{
	struct arena *arena = &call->arena;
	char digest[CERTIFICATE_DIGEST_SIZE];
	struct text value, certificate;
	certificate_digest(element, digest);
	struct text hashed = write_info(arena, id, digest, " xmlns:ds=\"" DSIG "\"");
	struct text sent = write_info(arena, id, digest, "");
	if (hashed.at == NULL || sent.at == NULL)
		return ERR_NO_MEMORY;
	enum err err = signing_sign_saml(call->authority, hashed, arena, &value, &certificate);
	if (err != OK)
		return err;
	*signature_r = text_of(arena_printf(arena,
	    "<ds:Signature xmlns:ds=\"" DSIG
	    "\">%s<ds:SignatureValue>%s</ds:SignatureValue><ds:KeyInfo><ds:X509Data>"
	    "<ds:X509Certificate>%s</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>",
	    sent.at, value.at, certificate.at));
	return signature_r->at != NULL ? OK : ERR_NO_MEMORY;
}

enum err saml_whole(
    struct call *call, const struct saml_halves *halves, struct text signature, struct text *whole_r)
{
	struct saml_write out;
	saml_write_begin(&out, &call->arena);
	saml_write_part(&out, halves->head);
	if (signature.at != NULL)
		saml_write_part(&out, signature);
	saml_write_part(&out, halves->rest);
	*whole_r = saml_write_done(&out);
	return whole_r->at != NULL ? OK : ERR_TOO_LARGE;
}

enum err saml_sign(
    struct call *call, const struct saml_halves *halves, struct text id, struct text *element_r)
{
	struct text plain, signature;
	enum err err = saml_whole(call, halves, (struct text){ NULL, 0 }, &plain);
	if (err == OK)
		err = make_signature(call, plain, id, &signature);
	return err == OK ? saml_whole(call, halves, signature, element_r) : err;
}
