/* saml_metadata.c - the metadata of a service provider (SAML Metadata 2.0, 2.4.4), as far as we answer by them. What an operator gives is believed
 * as it is: a signature on it is not looked at. */
#include <string.h>
#include "judge/saml.h"
#include "judge/signature.h"

#define CONSUMERS_MAX 12u
#define LOGOUTS_MAX 4u
#define CERTIFICATES_MAX 3u
#define FORMATS_MAX 6u
#define BINDING "urn:oasis:names:tc:SAML:2.0:bindings:"

struct reading {
	struct arena *arena;
	struct msg_saml_record *saml;
	struct msg_saml_place *consumers;
	struct msg_saml_logout_place *logouts;
	struct msg_saml_certificate *certificates;
	struct msg_value_row *formats;
};

static enum judge_fault add_consumer(struct reading *reading, const xmlNode *at)
{
	struct msg_saml_record *saml = reading->saml;
	struct text index = xml_attribute(at, "index", reading->arena);
	unsigned long long number = 0;
	if (!text_equal_str(xml_attribute(at, "Binding", reading->arena), BINDING "HTTP-POST"))
		return JUDGE_NONE;
	if (saml->consumers.n == CONSUMERS_MAX)
		return JUDGE_TOO_LARGE;
	bool first;
	if (!text_to_number(index, 65535, &number) || !xml_flag(at, "isDefault", reading->arena, &first))
		return JUDGE_SHAPE;
	reading->consumers[saml->consumers.n++] = (struct msg_saml_place){
		.url = xml_attribute(at, "Location", reading->arena),
		.index = number,
		.first = first,
	};
	return JUDGE_NONE;
}

static enum judge_fault add_logout(struct reading *reading, const xmlNode *at)
{
	struct text binding = xml_attribute(at, "Binding", reading->arena);
	struct msg_saml_record *saml = reading->saml;
	bool post = text_equal_str(binding, BINDING "HTTP-POST");
	if (!post && !text_equal_str(binding, BINDING "HTTP-Redirect"))
		return JUDGE_NONE;
	if (saml->logouts.n == LOGOUTS_MAX)
		return JUDGE_TOO_LARGE;
	reading->logouts[saml->logouts.n++] = (struct msg_saml_logout_place){
		.binding = post ? SAML_POST : SAML_REDIRECT,
		.url = xml_attribute(at, "Location", reading->arena),
	};
	return JUDGE_NONE;
}

static enum judge_fault add_certificate(struct reading *reading, const xmlNode *at)
{
	struct bytes der;
	if (!xml_bytes(xml_text(at, reading->arena), reading->arena, &der) || !signature_is_certificate(der))
		return JUDGE_ALGORITHM;
	if (reading->saml->certificates.n == CERTIFICATES_MAX)
		return JUDGE_TOO_LARGE;
	reading->certificates[reading->saml->certificates.n++].der = der;
	return JUDGE_NONE;
}

/* Those without a use are for both (2.4.1.1). */
static enum judge_fault add_key(struct reading *reading, const xmlNode *key)
{
	struct text use = xml_attribute(key, "use", reading->arena);
	const xmlNode *info = xml_child(key, XML_NS_SIGNATURE, "KeyInfo");
	enum judge_fault fault = JUDGE_NONE;
	if (info == NULL || (use.at != NULL && !text_equal_str(use, "signing")))
		return JUDGE_NONE;
	for (const xmlNode *data = xml_first(info); data != NULL; data = xml_next(data))
		for (const xmlNode *at = xml_first(data); fault == JUDGE_NONE && at != NULL;
		     at = xml_next(at))
			if (xml_is(at, XML_NS_SIGNATURE, "X509Certificate"))
				fault = add_certificate(reading, at);
	return fault;
}

static enum judge_fault add_format(struct reading *reading, const xmlNode *at)
{
	struct text format = xml_text(at, reading->arena);
	if (format.len == 0)
		return JUDGE_SHAPE;
	if (reading->saml->name_formats.n < FORMATS_MAX)
		reading->formats[reading->saml->name_formats.n++].value = format;
	return JUDGE_NONE;
}

static const struct {
	const char *name;
	enum judge_fault (*add)(struct reading *reading, const xmlNode *at);
} PARTS[] = {
	{ "KeyDescriptor", add_key },
	{ "SingleLogoutService", add_logout },
	{ "NameIDFormat", add_format },
	{ "AssertionConsumerService", add_consumer },
};

static bool prepare(struct reading *reading)
{
	struct msg_saml_record *saml = reading->saml;
	reading->consumers = arena_array(reading->arena, CONSUMERS_MAX, sizeof *reading->consumers);
	reading->logouts = arena_array(reading->arena, LOGOUTS_MAX, sizeof *reading->logouts);
	reading->certificates = arena_array(reading->arena, CERTIFICATES_MAX, sizeof *reading->certificates);
	reading->formats = arena_array(reading->arena, FORMATS_MAX, sizeof *reading->formats);
	saml->consumers.at = reading->consumers;
	saml->logouts.at = reading->logouts;
	saml->certificates.at = reading->certificates;
	saml->name_formats.at = reading->formats;
	return reading->consumers != NULL && reading->logouts != NULL && reading->certificates != NULL &&
	       reading->formats != NULL;
}

/* protocolSupportEnumeration is a list of URIs with blanks between them. */
static bool speaks_saml_2(const xmlNode *role, struct arena *arena)
{
	struct text list = xml_attribute(role, "protocolSupportEnumeration", arena);
	return list.at != NULL && strstr(list.at, XML_NS_PROTOCOL) != NULL;
}

static enum judge_fault read_role(struct reading *reading, const xmlNode *role)
{
	enum judge_fault fault = JUDGE_NONE;
	if (!xml_flag(role, "AuthnRequestsSigned", reading->arena, &reading->saml->signs))
		return JUDGE_SHAPE;
	for (const xmlNode *at = xml_first(role); at != NULL; at = xml_next(at))
		for (size_t i = 0; fault == JUDGE_NONE && i < COUNT(PARTS); i++)
			if (xml_is(at, XML_NS_METADATA, PARTS[i].name))
				fault = PARTS[i].add(reading, at);
	return fault;
}

static enum judge_fault read_entity(struct reading *reading, const xmlNode *root)
{
	const char *field;
	const xmlNode *role = xml_child(root, XML_NS_METADATA, "SPSSODescriptor");
	if (!xml_is(root, XML_NS_METADATA, "EntityDescriptor") || role == NULL ||
	    !speaks_saml_2(role, reading->arena))
		return JUDGE_NO_SERVICE;
	reading->saml->entity_id = xml_attribute(root, "entityID", reading->arena);
	enum judge_fault fault = prepare(reading) ? read_role(reading, role) : JUDGE_TOO_LARGE;
	if (fault == JUDGE_NONE && reading->saml->consumers.n == 0)
		fault = JUDGE_NO_SERVICE;
	if (fault == JUDGE_NONE && wire_check(WIRE(saml_record, reading->saml), &field) != OK)
		fault = JUDGE_SHAPE;
	return fault;
}

enum judge_fault saml_judge_metadata(
    const struct msg_judge_saml_metadata *ask, struct arena *arena, struct msg_saml_record *saml_r)
{
	CLEANUP(xml_done) xmlDoc *doc = NULL;
	struct reading reading = { .arena = arena, .saml = saml_r };
	*saml_r = (struct msg_saml_record){ .signs = false };
	enum judge_fault fault = xml_read((const char *)ask->xml.at, ask->xml.len, true, &doc);
	return fault == JUDGE_NONE ? read_entity(&reading, xmlDocGetRootElement(doc)) : fault;
}
