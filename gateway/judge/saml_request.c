/* saml_request.c - an AuthnRequest (SAML Core 3.4.1): what it says, and whether it is signed. The tree that was verified is the tree that is read. */
#include <string.h>
#include "judge/binding.h"
#include "judge/saml.h"
#include "judge/shape.h"
#include "judge/signature.h"
#include "wire/when.h"

#define SECOND_LEN 19u /* of "2026-11-29T11:40:27" */
#define CONTEXTS_MAX 10u

struct request {
	const struct msg_judge_saml_request *ask;
	struct arena *arena;
	xmlDoc *doc;
	const xmlNode *root;
	struct msg_judged_saml_request *judged;
};

/* xs:dateTime in UTC (SAML Core 1.3.3), with any fraction of a second, which does not count. */
static bool read_instant(struct text text, struct arena *arena, int64_t *when_r)
{
	size_t digits = SECOND_LEN + 1;
	if (text.len <= SECOND_LEN || text.at[text.len - 1] != 'Z')
		return false;
	if (text.at[SECOND_LEN] == '.')
		while (digits < text.len && text.at[digits] >= '0' && text.at[digits] <= '9')
			digits++;
	const char *second = arena_printf(arena, "%.*sZ", (int)SECOND_LEN, text.at);
	bool ends = text.at[SECOND_LEN] == '.' ? digits == text.len - 1 : text.len == SECOND_LEN + 1;
	return ends && second != NULL && when_read(text_of(second), when_r);
}

static bool is_id(struct text id)
{
	bool good = id.len > 0;
	for (size_t i = 0; good && i < id.len; i++) {
		unsigned char c = (unsigned char)id.at[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
		good = letter || (i > 0 && ((c >= '0' && c <= '9') || c == '-' || c == '.'));
	}
	return good;
}

/* The name of an entity, and of nothing else (SAML Core 8.3.6). */
static bool read_issuer(struct request *request)
{
	const xmlNode *issuer = xml_child(request->root, XML_NS_ASSERTION, "Issuer");
	struct text format = xml_attribute(issuer, "Format", request->arena);
	request->judged->issuer = xml_text(issuer, request->arena);
	return request->judged->issuer.len > 0 &&
	       (format.at == NULL ||
		   text_equal_str(format, "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"));
}

static bool read_index(struct request *request)
{
	struct text index = xml_attribute(request->root, "AssertionConsumerServiceIndex", request->arena);
	unsigned long long number = 0;
	if (index.at == NULL)
		return true;
	request->judged->has_index = true;
	bool good = text_to_number(index, 65535, &number);
	request->judged->consumer_index = number;
	return good;
}

static bool read_comparison(struct request *request, const xmlNode *context)
{
	struct text comparison = xml_attribute(context, "Comparison", request->arena);
	for (unsigned i = 0; comparison.at != NULL && i < wire_enum_saml_comparison.count; i++)
		if (text_equal_str(comparison, WIRE_ENUM_TEXT(saml_comparison, i))) {
			request->judged->comparison = (enum saml_comparison)i;
			return true;
		}
	return comparison.at == NULL;
}

static bool read_contexts(struct request *request)
{
	struct msg_judged_saml_request *judged = request->judged;
	const xmlNode *context = xml_child(request->root, XML_NS_PROTOCOL, "RequestedAuthnContext");
	struct msg_value_row *rows = arena_array(request->arena, CONTEXTS_MAX, sizeof *rows);
	if (context == NULL || rows == NULL)
		return context == NULL;
	for (const xmlNode *at = xml_first(context); at != NULL; at = xml_next(at)) {
		if (!xml_is(at, XML_NS_ASSERTION, "AuthnContextClassRef")) {
			judged->declares = true;
			continue;
		}
		struct text class = xml_text(at, request->arena);
		if (class.len == 0 || judged->contexts.n == CONTEXTS_MAX)
			return false;
		rows[judged->contexts.n++].value = class;
	}
	judged->contexts.at = rows;
	return read_comparison(request, context) && (judged->contexts.n > 0 || judged->declares);
}

static bool read_rest(struct request *request)
{
	struct msg_judged_saml_request *judged = request->judged;
	const xmlNode *root = request->root;
	const xmlNode *policy = xml_child(root, XML_NS_PROTOCOL, "NameIDPolicy");
	judged->destination = xml_attribute(root, "Destination", request->arena);
	judged->consumer = xml_attribute(root, "AssertionConsumerServiceURL", request->arena);
	judged->protocol_binding = xml_attribute(root, "ProtocolBinding", request->arena);
	judged->unsupported = xml_child(root, XML_NS_ASSERTION, "Subject") != NULL ||
			      xml_child(root, XML_NS_ASSERTION, "Conditions") != NULL;
	if (policy != NULL)
		judged->name_format = xml_attribute(policy, "Format", request->arena);
	/* one of both (SAML Core 3.4.1) */
	return xml_flag(root, "ForceAuthn", request->arena, &judged->force) &&
	       xml_flag(root, "IsPassive", request->arena, &judged->passive) && read_index(request) &&
	       read_contexts(request) && !(judged->has_index && judged->consumer.at != NULL);
}

/* Everything but its signature. */
static enum judge_fault read(struct request *request)
{
	struct msg_judged_saml_request *judged = request->judged;
	const char *field;
	if (!shape_is_request(request->root))
		return JUDGE_SHAPE;
	judged->id = xml_attribute(request->root, "ID", request->arena);
	struct text issued = xml_attribute(request->root, "IssueInstant", request->arena);
	bool good = text_equal_str(xml_attribute(request->root, "Version", request->arena), "2.0") &&
		    is_id(judged->id) && read_instant(issued, request->arena, &judged->issued) &&
		    read_issuer(request) && read_rest(request) &&
		    wire_check(WIRE(judged_saml_request, judged), &field) == OK;
	return good ? JUDGE_NONE : JUDGE_SHAPE;
}

static enum judge_fault check_query(struct request *request, const struct signature_keys *keys)
{
	struct binding_signed parts = { .algorithm = { NULL, 0 } };
	enum judge_fault fault = binding_signed(request->ask, request->arena, &parts);
	return fault != JUDGE_NONE ? fault
				   : signature_verify(keys, parts.algorithm, parts.octets, parts.signature);
}

/* By HTTP-Redirect the query is signed and never the message in it (SAML Bindings 3.4.4.1); by HTTP-POST the other way round. */
static enum judge_fault check_signature(struct request *request)
{
	const struct msg_judge_saml_request *ask = request->ask;
	const struct signature_keys keys = { ask->certificates.at, ask->certificates.n };
	bool query = ask->signature.at != NULL || ask->sig_alg.at != NULL;
	bool enveloped = xml_child(request->root, XML_NS_SIGNATURE, "Signature") != NULL;
	bool redirect = ask->binding == SAML_REDIRECT;
	if ((redirect ? enveloped : query) ||
	    (query && (ask->signature.at == NULL || ask->sig_alg.at == NULL)))
		return JUDGE_SIGNATURE_SHAPE;
	request->judged->is_signed = query || enveloped;
	if (!request->judged->is_signed || keys.n == 0)
		return JUDGE_NONE;
	enum judge_fault fault = redirect ? check_query(request, &keys)
					  : signature_verify_enveloped(request->doc, &keys, request->arena);
	request->judged->is_verified = fault == JUDGE_NONE;
	return fault;
}

enum judge_fault saml_judge_request(
    const struct msg_judge_saml_request *ask, struct arena *arena, struct msg_judged_saml_request *judged_r)
{
	CLEANUP(xml_done) xmlDoc *doc = NULL;
	struct request request = { .ask = ask, .arena = arena, .judged = judged_r };
	struct bytes message;
	*judged_r = (struct msg_judged_saml_request){ .is_verified = false };
	enum judge_fault fault = binding_message(ask, arena, &message);
	if (fault == JUDGE_NONE)
		fault = binding_relay_state(ask, arena, &judged_r->relay_state);
	if (fault == JUDGE_NONE)
		fault = xml_read((const char *)message.at, message.len, false, &doc);
	if (fault != JUDGE_NONE)
		return fault;
	request.doc = doc;
	request.root = xmlDocGetRootElement(doc);
	fault = read(&request);
	return fault == JUDGE_NONE ? check_signature(&request) : fault;
}
