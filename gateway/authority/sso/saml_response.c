/* saml_response.c - the one document that leaves us (SAML Core 2.3.3, 3.3.3; Profiles 4.1.4.2): written here, hashed as it is written, and signed. */
#include <string.h>
#include "authority/authority.h"
#include "authority/sso/release.h"
#include "authority/sso/saml_parts.h"
#include "authority/sso/saml_write.h"
#include "base/clock.h"
#include "base/enc.h"

#define GOOD_FOR_MS (5LL * 60 * 1000)

#define ASSERTION_NS " xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\""

struct making {
	struct call *call;
	const struct saml_answered *answered;
	struct text issuer;
	struct text to;
	int64_t now_ms;
	const struct release *rows;
	unsigned n_rows;
};

/* --- the assertion -------------------------------------------------------------------------------------------------- */

static void write_subject(struct making *making, struct saml_write *out)
{
	const struct saml_answered *answered = making->answered;
	saml_write_raw(out, "<saml:Subject>");
	saml_write_name(making->call, answered->service, answered->request->format, answered->name, "", out);
	saml_write_raw(out, "<saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\">"
			    "<saml:SubjectConfirmationData");
	if (answered->request->id.at != NULL) /* else nobody asked */
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

static void write_assertion_head(struct making *making, struct text id, struct saml_write *out)
{
	saml_write_raw(out, "<saml:Assertion" ASSERTION_NS);
	saml_write_attribute(out, "ID", id);
	saml_write_time(out, "IssueInstant", making->now_ms);
	saml_write_raw(out, " Version=\"2.0\"><saml:Issuer>");
	saml_write_text(out, making->issuer);
	saml_write_raw(out, "</saml:Issuer>");
}

/* What the name of the subject says. */
static struct text told_by_name(enum saml_format format)
{
	if (format == SAML_EMAIL)
		return TEXT_LITERAL("email");
	return format == SAML_PERSISTENT ? TEXT_LITERAL("sub") : (struct text){ NULL, 0 };
}

static enum err make_assertion(struct making *making, struct text *assertion_r)
{
	struct arena *arena = &making->call->arena;
	struct text id = saml_id(arena);
	struct saml_write head, rest;
	enum err err = release_tell(making->call, making->answered->service, making->answered->session, NULL,
	    told_by_name(making->answered->request->format), &making->rows, &making->n_rows);
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
	const struct saml_halves halves = { saml_write_done(&head), saml_write_done(&rest) };
	return saml_sign(making->call, &halves, id, assertion_r);
}

/* --- the response --------------------------------------------------------------------------------------------------- */

static void write_response_head(struct making *making, struct text id, struct saml_write *out)
{
	const struct saml_opening opening = {
		.name = "Response",
		.to = making->to,
		.id = id,
		.in_response_to = making->answered->request->id,
		.now_ms = making->now_ms,
	};
	saml_write_opening(making->call, &opening, out);
}

static enum err make_response(struct making *making, struct text assertion, struct text *response_r)
{
	struct arena *arena = &making->call->arena;
	struct text id = saml_id(arena);
	struct saml_write head, rest;
	saml_write_begin(&head, arena);
	saml_write_begin(&rest, arena);
	if (id.at == NULL || head.at == NULL || rest.at == NULL)
		return ERR_NO_MEMORY;
	write_response_head(making, id, &head);
	saml_write_status(making->answered->status, &rest);
	if (assertion.at != NULL)
		saml_write_part(&rest, assertion);
	saml_write_raw(&rest, "</samlp:Response>");
	const struct saml_halves halves = { saml_write_done(&head), saml_write_done(&rest) };
	/* also around a signed assertion: metadata cannot say that a service wants both, and many do */
	return saml_sign(making->call, &halves, id, response_r);
}

enum err saml_response(struct call *call, const struct saml_answered *answered, struct secret *base64_r)
{
	struct making making = {
		.call = call,
		.answered = answered,
		.issuer = saml_entity_id(call),
		.to = saml_consumer(call, answered->service, answered->request),
		.now_ms = clock_now_ms(),
	};
	struct text assertion = { NULL, 0 }, response;
	enum err err = making.issuer.at != NULL ? OK : ERR_NO_MEMORY;
	if (err == OK && answered->session != NULL)
		err = make_assertion(&making, &assertion);
	if (err == OK && assertion.at != NULL && saml_encrypts(answered->service))
		err = saml_encrypt(call, answered->service, "EncryptedAssertion", assertion, &assertion);
	if (err == OK)
		err = make_response(&making, assertion, &response);
	if (err != OK)
		return err;
	struct text base64 = enc_base64_text(response.at, response.len, &call->arena);
	*base64_r = (struct secret){ (unsigned char *)(uintptr_t)base64.at, base64.len };
	return base64.at != NULL ? OK : ERR_NO_MEMORY;
}
