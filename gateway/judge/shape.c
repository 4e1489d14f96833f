#include "judge/shape.h"
#include <string.h>
#include <strings.h>

#define P XML_NS_PROTOCOL
#define A XML_NS_ASSERTION
#define S XML_NS_SIGNATURE
#define CHILDREN_MAX 8u
#define ATTRIBUTES_MAX 12u
#define MANY 10u

enum form {
	REQUEST,
	LOGOUT_REQUEST,
	LOGOUT_RESPONSE,
	ISSUER,
	SIGNATURE,
	SIGNED_INFO,
	CANONICALIZATION,
	SIGNATURE_METHOD,
	REFERENCE,
	TRANSFORMS,
	TRANSFORM,
	INCLUSIVE,
	DIGEST_METHOD,
	DIGEST_VALUE,
	SIGNATURE_VALUE,
	KEY_INFO,
	EXTENSIONS,
	SUBJECT,
	NAME_ID_POLICY,
	CONDITIONS,
	CONTEXT,
	CONTEXT_CLASS,
	CONTEXT_DECLARATION,
	SCOPING,
	NAME_ID,
	SESSION_INDEX,
	STATUS,
	STATUS_CODE,
	STATUS_MESSAGE,
	STATUS_DETAIL,
};

enum content {
	ELEMENTS, /* those that are named, in their order */
	TEXT_ALONE,
	OPEN, /* anything harmless */
};

struct spot {
	enum form form;
	unsigned least;
	unsigned most; /* 0: no place */
};

/* SAML Core 3.4.1, 3.7.1 and 3.7.2, XML Signature 4, by SAML Core 5.4.2 and 5.4.3. */
static const struct shape {
	const char *ns;
	const char *name;
	enum content content;
	const char *attributes[ATTRIBUTES_MAX];
	struct spot children[CHILDREN_MAX];
} SHAPES[] = {
	[REQUEST] = { P, "AuthnRequest", ELEMENTS,
	    { "ID", "Version", "IssueInstant", "Destination", "Consent", "ForceAuthn", "IsPassive",
		"ProtocolBinding", "AssertionConsumerServiceIndex", "AssertionConsumerServiceURL",
		"AttributeConsumingServiceIndex", "ProviderName" },
	    { { ISSUER, 1, 1 }, { SIGNATURE, 0, 1 }, { EXTENSIONS, 0, 1 }, { SUBJECT, 0, 1 },
		{ NAME_ID_POLICY, 0, 1 }, { CONDITIONS, 0, 1 }, { CONTEXT, 0, 1 }, { SCOPING, 0, 1 } } },
	[LOGOUT_REQUEST] = { P, "LogoutRequest", ELEMENTS,
	    { "ID", "Version", "IssueInstant", "Destination", "Consent", "Reason", "NotOnOrAfter" },
	    { { ISSUER, 1, 1 }, { SIGNATURE, 0, 1 }, { EXTENSIONS, 0, 1 }, { NAME_ID, 1, 1 },
		{ SESSION_INDEX, 0, MANY } } },
	[LOGOUT_RESPONSE] = { P, "LogoutResponse", ELEMENTS,
	    { "ID", "Version", "IssueInstant", "Destination", "Consent", "InResponseTo" },
	    { { ISSUER, 1, 1 }, { SIGNATURE, 0, 1 }, { EXTENSIONS, 0, 1 }, { STATUS, 1, 1 } } },
	[ISSUER] = { A, "Issuer", TEXT_ALONE, { "Format" }, { { 0 } } },
	[SIGNATURE] = { S, "Signature", ELEMENTS, { "Id" },
	    { { SIGNED_INFO, 1, 1 }, { SIGNATURE_VALUE, 1, 1 }, { KEY_INFO, 0, 1 } } },
	[SIGNED_INFO] = { S, "SignedInfo", ELEMENTS, { NULL },
	    { { CANONICALIZATION, 1, 1 }, { SIGNATURE_METHOD, 1, 1 }, { REFERENCE, 1, 1 } } },
	[CANONICALIZATION] = { S, "CanonicalizationMethod", ELEMENTS, { "Algorithm" }, { { 0 } } },
	[SIGNATURE_METHOD] = { S, "SignatureMethod", ELEMENTS, { "Algorithm" }, { { 0 } } },
	[REFERENCE] = { S, "Reference", ELEMENTS, { "URI" },
	    { { TRANSFORMS, 1, 1 }, { DIGEST_METHOD, 1, 1 }, { DIGEST_VALUE, 1, 1 } } },
	[TRANSFORMS] = { S, "Transforms", ELEMENTS, { NULL }, { { TRANSFORM, 2, 2 } } },
	[TRANSFORM] = { S, "Transform", ELEMENTS, { "Algorithm" }, { { INCLUSIVE, 0, 1 } } },
	[INCLUSIVE] = { XML_NS_EXCLUSIVE, "InclusiveNamespaces", ELEMENTS, { "PrefixList" }, { { 0 } } },
	[DIGEST_METHOD] = { S, "DigestMethod", ELEMENTS, { "Algorithm" }, { { 0 } } },
	[DIGEST_VALUE] = { S, "DigestValue", TEXT_ALONE, { NULL }, { { 0 } } },
	[SIGNATURE_VALUE] = { S, "SignatureValue", TEXT_ALONE, { NULL }, { { 0 } } },
	[KEY_INFO] = { S, "KeyInfo", OPEN, { NULL }, { { 0 } } },
	[EXTENSIONS] = { P, "Extensions", OPEN, { NULL }, { { 0 } } },
	[SUBJECT] = { A, "Subject", OPEN, { NULL }, { { 0 } } },
	[NAME_ID_POLICY] = { P, "NameIDPolicy", ELEMENTS, { "Format", "SPNameQualifier", "AllowCreate" },
	    { { 0 } } },
	[CONDITIONS] = { A, "Conditions", OPEN, { "NotBefore", "NotOnOrAfter" }, { { 0 } } },
	[CONTEXT] = { P, "RequestedAuthnContext", ELEMENTS, { "Comparison" },
	    { { CONTEXT_CLASS, 0, MANY }, { CONTEXT_DECLARATION, 0, MANY } } },
	[CONTEXT_CLASS] = { A, "AuthnContextClassRef", TEXT_ALONE, { NULL }, { { 0 } } },
	[CONTEXT_DECLARATION] = { A, "AuthnContextDeclRef", TEXT_ALONE, { NULL }, { { 0 } } },
	[SCOPING] = { P, "Scoping", OPEN, { "ProxyCount" }, { { 0 } } },
	[NAME_ID] = { A, "NameID", TEXT_ALONE,
	    { "Format", "NameQualifier", "SPNameQualifier", "SPProvidedID" }, { { 0 } } },
	[SESSION_INDEX] = { P, "SessionIndex", TEXT_ALONE, { NULL }, { { 0 } } },
	[STATUS] = { P, "Status", ELEMENTS, { NULL },
	    { { STATUS_CODE, 1, 1 }, { STATUS_MESSAGE, 0, 1 }, { STATUS_DETAIL, 0, 1 } } },
	[STATUS_CODE] = { P, "StatusCode", ELEMENTS, { "Value" }, { { STATUS_CODE, 0, 1 } } },
	[STATUS_MESSAGE] = { P, "StatusMessage", TEXT_ALONE, { NULL }, { { 0 } } },
	[STATUS_DETAIL] = { P, "StatusDetail", OPEN, { NULL }, { { 0 } } },
};

static bool may_have(const struct shape *shape, const xmlAttr *attribute)
{
	if (attribute->ns != NULL)
		return false;
	for (unsigned i = 0; i < ATTRIBUTES_MAX && shape->attributes[i] != NULL; i++)
		if (strcmp((const char *)attribute->name, shape->attributes[i]) == 0)
			return true;
	return false;
}

static bool has_text(const xmlNode *element)
{
	for (const xmlNode *node = element->children; node != NULL; node = node->next)
		if (node->type == XML_TEXT_NODE && !xmlIsBlankNode(node))
			return true;
	return false;
}

/* Elements of which we would make something, were they elsewhere; and whatever says that it is a target of a reference. */
static bool is_mistakable(const xmlNode *element)
{
	static const char *const NAMES[] = { "AuthnRequest", "LogoutRequest", "LogoutResponse", "Assertion",
		"Issuer", "Signature", "SignedInfo", "Object", "Manifest", "Reference" };
	for (size_t i = 0; i < COUNT(NAMES); i++)
		if (strcmp((const char *)element->name, NAMES[i]) == 0)
			return true;
	for (const xmlAttr *at = element->properties; at != NULL; at = at->next)
		if (strcasecmp((const char *)at->name, "id") == 0)
			return true;
	return false;
}

static bool is_harmless(const xmlNode *parent)
{
	for (const xmlNode *at = xml_first(parent); at != NULL; at = xml_next(at))
		if (is_mistakable(at) || !is_harmless(at))
			return false;
	return true;
}

static bool fits(const xmlNode *element, enum form form);

/* As many as fit, in a row; *at goes behind them. */
static bool take(const xmlNode **at, const struct spot *spot)
{
	const struct shape *shape = &SHAPES[spot->form];
	unsigned n = 0;
	for (; *at != NULL && n < spot->most && xml_is(*at, shape->ns, shape->name); n++) {
		if (!fits(*at, spot->form))
			return false;
		*at = xml_next(*at);
	}
	return n >= spot->least;
}

static bool has_children(const xmlNode *element, const struct shape *shape)
{
	const xmlNode *at = xml_first(element);
	for (unsigned i = 0; i < CHILDREN_MAX && shape->children[i].most > 0; i++)
		if (!take(&at, &shape->children[i]))
			return false;
	return at == NULL && !has_text(element);
}

static bool fits(const xmlNode *element, enum form form)
{
	const struct shape *shape = &SHAPES[form];
	if (!xml_is(element, shape->ns, shape->name))
		return false;
	for (const xmlAttr *at = element->properties; at != NULL; at = at->next)
		if (!may_have(shape, at))
			return false;
	switch (shape->content) {
	case TEXT_ALONE:
		return xml_first(element) == NULL;
	case OPEN:
		return is_harmless(element);
	case ELEMENTS:
		break;
	}
	return has_children(element, shape);
}

bool shape_is(const xmlNode *root, enum shape_kind kind)
{
	static const enum form FORMS[] = {
		[SHAPE_AUTHN_REQUEST] = REQUEST,
		[SHAPE_LOGOUT_REQUEST] = LOGOUT_REQUEST,
		[SHAPE_LOGOUT_RESPONSE] = LOGOUT_RESPONSE,
	};
	return fits(root, FORMS[kind]);
}

/* Of XML Signature, wherever it stands behind an element or in it. */
static bool has_signature(const xmlNode *at)
{
	for (; at != NULL; at = xml_next(at))
		if (xml_is(at, S, "Signature") || has_signature(xml_first(at)))
			return true;
	return false;
}

bool shape_is_signed(const xmlNode *root)
{
	const xmlNode *first = xml_first(root);
	return first != NULL && fits(first, SIGNATURE) && !has_signature(xml_next(first));
}
