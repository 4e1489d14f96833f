/* saml_metadata.c - the metadata of a service provider (SAML Metadata 2.0, 2.4.4), as far as we answer by them. What an operator gives is believed
 * as it is: a signature on it is not looked at. */
#include <string.h>
#include "judge/saml.h"
#include "judge/saml_encryption.h"
#include "judge/signature.h"

#define CONSUMERS_MAX 12u
#define LOGOUTS_MAX 3u /* one of each binding */
#define KEYS_MAX 3u
#define FORMATS_MAX 6u
#define NAMES_MAX 2000u /* together, with the blanks between them */
#define NAME_MAX_ 200u
#define BINDING "urn:oasis:names:tc:SAML:2.0:bindings:"

struct reading {
	struct arena *arena;
	struct msg_saml_record *saml;
	struct msg_saml_place *consumers;
	struct msg_saml_logout_place *logouts;
	struct msg_saml_key *keys;
	struct msg_value_row *formats;
	char *names;    /* of attributes */
	unsigned asked; /* how much the element counts from which they are; 0: there was none */
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

static bool has_logout(const struct reading *reading, enum saml_binding binding)
{
	for (uint32_t i = 0; i < reading->saml->logouts.n; i++)
		if (reading->logouts[i].binding == binding)
			return true;
	return false;
}

/* The first place of each binding is the one that is used. */
static enum judge_fault add_logout(struct reading *reading, const xmlNode *at)
{
	static const char *const BINDINGS[] = {
		[SAML_REDIRECT] = BINDING "HTTP-Redirect",
		[SAML_POST] = BINDING "HTTP-POST",
		[SAML_SOAP] = BINDING "SOAP",
	};
	struct text name = xml_attribute(at, "Binding", reading->arena);
	struct msg_saml_record *saml = reading->saml;
	unsigned binding = 0;
	while (binding < COUNT(BINDINGS) && !text_equal_str(name, BINDINGS[binding]))
		binding++;
	if (binding == COUNT(BINDINGS) || has_logout(reading, (enum saml_binding)binding))
		return JUDGE_NONE;
	reading->logouts[saml->logouts.n++] = (struct msg_saml_logout_place){
		.binding = (enum saml_binding)binding,
		.url = xml_attribute(at, "Location", reading->arena),
		.answers = xml_attribute(at, "ResponseLocation", reading->arena),
	};
	return JUDGE_NONE;
}

static enum judge_fault read_certificate(
    struct reading *reading, const xmlNode *at, struct signature_key *key_r)
{
	struct bytes der;
	if (!xml_bytes(xml_text(at, reading->arena), reading->arena, &der))
		return JUDGE_CERTIFICATE;
	return signature_key_of(der, reading->arena, key_r);
}

/* One key has several certificates where one of them is a newer one. */
static enum judge_fault add_signing(struct reading *reading, struct bytes spki)
{
	struct msg_saml_record *saml = reading->saml;
	for (uint32_t i = 0; i < saml->keys.n; i++)
		if (saml->keys.at[i].spki.len == spki.len &&
		    memcmp(saml->keys.at[i].spki.at, spki.at, spki.len) == 0)
			return JUDGE_NONE;
	if (saml->keys.n == KEYS_MAX)
		return JUDGE_TOO_LARGE;
	reading->keys[saml->keys.n++].spki = spki;
	return JUDGE_NONE;
}

/* The first that we can use, and before all others one that is for nothing else. */
static void add_encryption(
    struct reading *reading, const xmlNode *descriptor, const struct signature_key *key, bool alone)
{
	struct msg_saml_record *saml = reading->saml;
	struct saml_encryption how;
	bool better = saml->encrypts_to.at == NULL || (alone && !saml->encrypts_alone);
	if (!key->is_rsa || !better || !saml_encryption_read(descriptor, reading->arena, &how))
		return;
	saml->encrypts_to = key->spki;
	saml->encrypts_alone = alone;
	saml->cipher = how.cipher;
	saml->transport = how.transport;
}

/* Those without a use are for both (2.4.1.1). */
static enum judge_fault add_certificate(
    struct reading *reading, const xmlNode *descriptor, const xmlNode *certificate)
{
	struct text use = xml_attribute(descriptor, "use", reading->arena);
	struct signature_key key;
	bool encrypts = text_equal_str(use, "encryption"), signs = text_equal_str(use, "signing");
	if (use.at != NULL && !encrypts && !signs)
		return JUDGE_NONE;
	enum judge_fault fault = read_certificate(reading, certificate, &key);
	if (fault == JUDGE_NONE && !signs)
		add_encryption(reading, descriptor, &key, encrypts);
	return fault == JUDGE_NONE && !encrypts ? add_signing(reading, key.spki) : fault;
}

static enum judge_fault add_key(struct reading *reading, const xmlNode *descriptor)
{
	const xmlNode *info = xml_child(descriptor, XML_NS_SIGNATURE, "KeyInfo");
	enum judge_fault fault = JUDGE_NONE;
	if (info == NULL)
		return JUDGE_NONE;
	for (const xmlNode *data = xml_first(info); data != NULL; data = xml_next(data))
		for (const xmlNode *at = xml_first(data); fault == JUDGE_NONE && at != NULL;
		     at = xml_next(at))
			if (xml_is(at, XML_NS_SIGNATURE, "X509Certificate"))
				fault = add_certificate(reading, descriptor, at);
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

/* Blanks stand between two of them. */
static bool is_name(struct text name)
{
	return name.len > 0 && name.len <= NAME_MAX_ && memchr(name.at, ' ', name.len) == NULL &&
	       !text_has_control(name.at, name.len, false);
}

/* What it cannot do without. One of which it wants certain values alone is not among them: all of them would be told. */
static bool is_required(struct reading *reading, const xmlNode *at)
{
	bool required;
	return xml_is(at, XML_NS_METADATA, "RequestedAttribute") && xml_first(at) == NULL &&
	       xml_flag(at, "isRequired", reading->arena, &required) && required;
}

/* So many as there is room for: who writes more is told less. */
static void read_required(struct reading *reading, const xmlNode *service)
{
	size_t n = 0;
	for (const xmlNode *at = xml_first(service); at != NULL; at = xml_next(at)) {
		if (!is_required(reading, at))
			continue;
		struct text name = xml_attribute(at, "Name", reading->arena);
		if (!is_name(name) || name.len + 1 > NAMES_MAX - n)
			continue;
		if (n > 0)
			reading->names[n++] = ' ';
		memcpy(reading->names + n, name.at, name.len);
		n += name.len;
	}
	reading->names[n] = '\0';
	reading->saml->required = (struct text){ n > 0 ? reading->names : NULL, n };
}

/* Of several the default: the first that says so, else the first that does not say that it is none, else the first (2.2.3). */
static enum judge_fault add_attributes(struct reading *reading, const xmlNode *at)
{
	bool first;
	if (!xml_flag(at, "isDefault", reading->arena, &first))
		return JUDGE_NONE;
	unsigned counts = first ? 3 : xml_attribute(at, "isDefault", reading->arena).at == NULL ? 2 : 1;
	if (counts > reading->asked) {
		reading->asked = counts;
		read_required(reading, at);
	}
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
	{ "AttributeConsumingService", add_attributes },
};

static bool prepare(struct reading *reading)
{
	struct msg_saml_record *saml = reading->saml;
	reading->consumers = arena_array(reading->arena, CONSUMERS_MAX, sizeof *reading->consumers);
	reading->logouts = arena_array(reading->arena, LOGOUTS_MAX, sizeof *reading->logouts);
	reading->keys = arena_array(reading->arena, KEYS_MAX, sizeof *reading->keys);
	reading->formats = arena_array(reading->arena, FORMATS_MAX, sizeof *reading->formats);
	reading->names = arena_alloc(reading->arena, NAMES_MAX + 1);
	saml->consumers.at = reading->consumers;
	saml->logouts.at = reading->logouts;
	saml->keys.at = reading->keys;
	saml->name_formats.at = reading->formats;
	return reading->consumers != NULL && reading->logouts != NULL && reading->keys != NULL &&
	       reading->formats != NULL && reading->names != NULL;
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

enum judge_fault saml_read_service(const xmlNode *root, struct arena *arena, struct msg_saml_record *saml_r)
{
	struct reading reading = { .arena = arena, .saml = saml_r };
	*saml_r = (struct msg_saml_record){ .signs = false };
	return read_entity(&reading, root);
}

enum judge_fault saml_judge_metadata(
    const struct msg_judge_saml_metadata *ask, struct arena *arena, struct msg_saml_record *saml_r)
{
	CLEANUP(xml_done) xmlDoc *doc = NULL;
	enum judge_fault fault = xml_read((const char *)ask->xml.at, ask->xml.len, true, &doc);
	return fault == JUDGE_NONE ? saml_read_service(xmlDocGetRootElement(doc), arena, saml_r) : fault;
}
