/* saml_request.c - an AuthnRequest (SAML Core 3.4.1): what it says, and whether it is signed. The tree that was verified is the tree that is read. */
#include <string.h>
#include "judge/saml.h"
#include "judge/saml_message.h"
#include "judge/shape.h"

#define CONTEXTS_MAX 10u

struct request {
	struct arena *arena;
	const xmlNode *root;
	struct msg_judged_saml_request *judged;
};

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
	judged->consumer = xml_attribute(root, "AssertionConsumerServiceURL", request->arena);
	judged->protocol_binding = xml_attribute(root, "ProtocolBinding", request->arena);
	judged->unsupported = xml_child(root, XML_NS_ASSERTION, "Subject") != NULL ||
			      xml_child(root, XML_NS_ASSERTION, "Conditions") != NULL;
	if (policy != NULL) {
		judged->name_format = xml_attribute(policy, "Format", request->arena);
		judged->name_qualifier = xml_attribute(policy, "SPNameQualifier", request->arena);
	}
	/* one of both (SAML Core 3.4.1) */
	return xml_flag(root, "ForceAuthn", request->arena, &judged->force) &&
	       xml_flag(root, "IsPassive", request->arena, &judged->passive) && read_index(request) &&
	       read_contexts(request) && !(judged->has_index && judged->consumer.at != NULL);
}

/* Everything but its signature. */
static enum judge_fault read(struct request *request, const struct saml_message *message)
{
	struct msg_judged_saml_request *judged = request->judged;
	struct saml_head head;
	const char *field;
	if (!shape_is(request->root, SHAPE_AUTHN_REQUEST) || !saml_message_head(message, &head))
		return JUDGE_SHAPE;
	judged->id = head.id;
	judged->issuer = head.issuer;
	judged->issued = head.issued;
	judged->destination = head.destination;
	bool good = read_rest(request) && wire_check(WIRE(judged_saml_request, judged), &field) == OK;
	return good ? JUDGE_NONE : JUDGE_SHAPE;
}

enum judge_fault saml_judge_request(
    const struct msg_judge_saml_request *ask, struct arena *arena, struct msg_judged_saml_request *judged_r)
{
	CLEANUP(saml_message_done)
	struct saml_message message = { .ask = ask, .arena = arena, .parameter = "SAMLRequest" };
	struct request request = { .arena = arena, .judged = judged_r };
	*judged_r = (struct msg_judged_saml_request){ .is_verified = false };
	enum judge_fault fault = saml_message_open(&message);
	if (fault != JUDGE_NONE)
		return fault;
	judged_r->relay_state = message.relay_state;
	request.root = message.root;
	fault = read(&request, &message);
	return fault == JUDGE_NONE
		   ? saml_message_signature(&message, &judged_r->is_signed, &judged_r->is_verified)
		   : fault;
}
