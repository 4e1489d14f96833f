/* saml_response.c - the one document that leaves us (SAML Core 2.3.3, 3.3.3; Profiles 4.1.4.2): written here, hashed as it is written, and signed. */
#include <string.h>
#include "authority/authority.h"
#include "authority/keys/certificate.h"
#include "authority/sso/release.h"
#include "authority/sso/saml_parts.h"
#include "authority/sso/saml_write.h"
#include "authority/sso/signing.h"
#include "base/clock.h"
#include "base/enc.h"

#define GOOD_FOR_MS (5LL * 60 * 1000)
#define ID_BYTES 20

#define EXCLUSIVE "http://www.w3.org/2001/10/xml-exc-c14n#"
#define DSIG "http://www.w3.org/2000/09/xmldsig#"
#define ASSERTION_NS " xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\""
#define PROTOCOL_NS " xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\""
#define STATUS "urn:oasis:names:tc:SAML:2.0:status:"

struct making {
	struct call *call;
	const struct saml_answered *answered;
	struct text issuer;
	struct text to;
	int64_t now_ms;
	const struct release *rows;
	unsigned n_rows;
};

/* An xs:ID that nobody can guess; absent when memory is out. */
static struct text make_id(struct arena *arena)
{
	uint8_t noise[ID_BYTES];
	char hex[ENC_HEX_SIZE(ID_BYTES)];
	secret_random(noise, sizeof noise);
	enc_hex(noise, sizeof noise, hex);
	return text_of(arena_printf(arena, "_%s", hex));
}

/* --- signatures --------------------------------------------------------------------------------------------------- */

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
static enum err sign(struct making *making, struct text element, struct text id, struct text *signature_r)
{
	struct arena *arena = &making->call->arena;
	char digest[CERTIFICATE_DIGEST_SIZE];
	struct text value, certificate;
	certificate_digest(element, digest);
	struct text hashed = write_info(arena, id, digest, " xmlns:ds=\"" DSIG "\"");
	struct text sent = write_info(arena, id, digest, "");
	if (hashed.at == NULL || sent.at == NULL)
		return ERR_NO_MEMORY;
	enum err err = signing_sign_saml(making->call->authority, hashed, arena, &value, &certificate);
	if (err != OK)
		return err;
	*signature_r = text_of(arena_printf(arena,
	    "<ds:Signature xmlns:ds=\"" DSIG
	    "\">%s<ds:SignatureValue>%s</ds:SignatureValue><ds:KeyInfo><ds:X509Data>"
	    "<ds:X509Certificate>%s</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>",
	    sent.at, value.at, certificate.at));
	return signature_r->at != NULL ? OK : ERR_NO_MEMORY;
}

/* --- the assertion -------------------------------------------------------------------------------------------------- */

static void write_subject(struct making *making, struct saml_write *out)
{
	const struct saml_answered *answered = making->answered;
	enum saml_format format = answered->request->format;
	saml_write_raw(out, "<saml:Subject><saml:NameID");
	saml_write_attribute(out, "Format", text_of(saml_format_uri(format)));
	if (format == SAML_PERSISTENT) {
		saml_write_attribute(out, "NameQualifier", making->issuer);
		saml_write_attribute(out, "SPNameQualifier", answered->service->client_id);
	}
	saml_write_raw(out, ">");
	saml_write_text(out, answered->name);
	saml_write_raw(out,
	    "</saml:NameID><saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\">"
	    "<saml:SubjectConfirmationData");
	saml_write_attribute(out, "InResponseTo", answered->request->id);
	saml_write_time(out, "NotOnOrAfter", making->now_ms + GOOD_FOR_MS);
	saml_write_attribute(out, "Recipient", making->to);
	saml_write_raw(out, "></saml:SubjectConfirmationData></saml:SubjectConfirmation></saml:Subject>");
}

static void write_conditions(struct making *making, struct saml_write *out)
{
	saml_write_raw(out, "<saml:Conditions");
	saml_write_time(out, "NotBefore", making->now_ms);
	saml_write_time(out, "NotOnOrAfter", making->now_ms + GOOD_FOR_MS);
	saml_write_raw(out, "><saml:AudienceRestriction><saml:Audience>");
	saml_write_text(out, making->answered->service->client_id);
	saml_write_raw(out, "</saml:Audience></saml:AudienceRestriction></saml:Conditions>");
}

static void write_statement(struct making *making, struct saml_write *out)
{
	const struct saml_answered *answered = making->answered;
	saml_write_raw(out, "<saml:AuthnStatement");
	saml_write_time(out, "AuthnInstant", answered->session->proved);
	saml_write_attribute(out, "SessionIndex", answered->index);
	saml_write_time(out, "SessionNotOnOrAfter", answered->session->expires);
	saml_write_raw(out, "><saml:AuthnContext><saml:AuthnContextClassRef>");
	saml_write_text(out, answered->context);
	saml_write_raw(out, "</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>");
}

/* SAML Attribute Profile (Profiles 8.1), and the OIDs of MACE-Dir. */
static void write_attribute(const struct release *row, struct saml_write *out)
{
	saml_write_raw(out, "<saml:Attribute");
	saml_write_attribute(out, "FriendlyName", text_of(row->friendly != NULL ? row->friendly : row->name));
	saml_write_attribute(out, "Name", text_of(row->saml));
	saml_write_raw(out, " NameFormat=\"urn:oasis:names:tc:SAML:2.0:attrname-format:uri\">");
	for (unsigned i = 0; i < row->n_values; i++) {
		saml_write_raw(out, "<saml:AttributeValue>");
		saml_write_text(out, row->values[i]);
		saml_write_raw(out, "</saml:AttributeValue>");
	}
	saml_write_raw(out, "</saml:Attribute>");
}

/* A statement has at least one. */
static void write_attributes(struct making *making, struct saml_write *out)
{
	bool any = false;
	for (unsigned i = 0; i < making->n_rows; i++) {
		if (making->rows[i].saml == NULL)
			continue;
		if (!any)
			saml_write_raw(out, "<saml:AttributeStatement>");
		any = true;
		write_attribute(&making->rows[i], out);
	}
	if (any)
		saml_write_raw(out, "</saml:AttributeStatement>");
}

/* What an element begins with, to the end of its Issuer, behind which a signature stands; and what follows. */
struct halves {
	struct text head;
	struct text rest;
};

static enum err whole(
    struct making *making, const struct halves *halves, struct text signature, struct text *whole_r)
{
	struct saml_write out;
	saml_write_begin(&out, &making->call->arena);
	saml_write_part(&out, halves->head);
	if (signature.at != NULL)
		saml_write_part(&out, signature);
	saml_write_part(&out, halves->rest);
	*whole_r = saml_write_done(&out);
	return whole_r->at != NULL ? OK : ERR_TOO_LARGE;
}

static enum err sign_halves(
    struct making *making, const struct halves *halves, struct text id, struct text *element_r)
{
	struct text plain, signature;
	enum err err = whole(making, halves, (struct text){ NULL, 0 }, &plain);
	if (err == OK)
		err = sign(making, plain, id, &signature);
	return err == OK ? whole(making, halves, signature, element_r) : err;
}

static void write_assertion_head(struct making *making, struct text id, struct saml_write *out)
{
	saml_write_raw(out, "<saml:Assertion" ASSERTION_NS);
	saml_write_attribute(out, "ID", id);
	saml_write_time(out, "IssueInstant", making->now_ms);
	saml_write_raw(out, " Version=\"2.0\"><saml:Issuer>");
	saml_write_text(out, making->issuer);
	saml_write_raw(out, "</saml:Issuer>");
}

static enum err make_assertion(struct making *making, struct text *assertion_r)
{
	struct arena *arena = &making->call->arena;
	struct text id = make_id(arena);
	struct saml_write head, rest;
	enum err err = release_load(making->call, making->answered->service, making->answered->session, NULL,
	    &making->rows, &making->n_rows);
	if (err != OK)
		return err;
	saml_write_begin(&head, arena);
	saml_write_begin(&rest, arena);
	if (id.at == NULL || head.at == NULL || rest.at == NULL)
		return ERR_NO_MEMORY;
	write_assertion_head(making, id, &head);
	write_subject(making, &rest);
	write_conditions(making, &rest);
	write_statement(making, &rest);
	write_attributes(making, &rest);
	saml_write_raw(&rest, "</saml:Assertion>");
	const struct halves halves = { saml_write_done(&head), saml_write_done(&rest) };
	return sign_halves(making, &halves, id, assertion_r);
}

/* --- the response --------------------------------------------------------------------------------------------------- */

static void write_response_head(struct making *making, struct text id, struct saml_write *out)
{
	saml_write_raw(out, "<samlp:Response" PROTOCOL_NS);
	saml_write_attribute(out, "Destination", making->to);
	saml_write_attribute(out, "ID", id);
	saml_write_attribute(out, "InResponseTo", making->answered->request->id);
	saml_write_time(out, "IssueInstant", making->now_ms);
	saml_write_raw(out, " Version=\"2.0\"><saml:Issuer" ASSERTION_NS ">");
	saml_write_text(out, making->issuer);
	saml_write_raw(out, "</saml:Issuer>");
}

static void write_status(const struct saml_status *status, struct saml_write *out)
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

static enum err make_response(struct making *making, struct text assertion, struct text *response_r)
{
	struct arena *arena = &making->call->arena;
	struct text id = make_id(arena);
	struct saml_write head, rest;
	saml_write_begin(&head, arena);
	saml_write_begin(&rest, arena);
	if (id.at == NULL || head.at == NULL || rest.at == NULL)
		return ERR_NO_MEMORY;
	write_response_head(making, id, &head);
	write_status(making->answered->status, &rest);
	if (assertion.at != NULL)
		saml_write_part(&rest, assertion);
	saml_write_raw(&rest, "</samlp:Response>");
	const struct halves halves = { saml_write_done(&head), saml_write_done(&rest) };
	/* also around a signed assertion: metadata cannot say that a service wants both, and many do */
	return sign_halves(making, &halves, id, response_r);
}

enum err saml_response(struct call *call, const struct saml_answered *answered, struct secret *base64_r)
{
	struct making making = {
		.call = call,
		.answered = answered,
		.issuer = saml_entity_id(call),
		.to = answered->service->saml->consumers.at[answered->request->consumer].url,
		.now_ms = clock_now_ms(),
	};
	struct text assertion = { NULL, 0 }, response;
	enum err err = making.issuer.at != NULL ? OK : ERR_NO_MEMORY;
	if (err == OK && answered->session != NULL)
		err = make_assertion(&making, &assertion);
	if (err == OK)
		err = make_response(&making, assertion, &response);
	if (err != OK)
		return err;
	char *base64 = arena_alloc(&call->arena, ENC_BASE64_SIZE(response.len));
	if (base64 == NULL)
		return ERR_NO_MEMORY;
	enc_base64(response.at, response.len, base64);
	*base64_r = (struct secret){ (unsigned char *)base64, ENC_BASE64_SIZE(response.len) - 1 };
	return OK;
}
