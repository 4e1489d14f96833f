#include "judge/saml_message.h"
#include "judge/binding.h"
#include "judge/signature.h"
#include "wire/when.h"

#define SECOND_LEN 19u /* of "2026-11-29T11:40:27" */

/* The one element in the body of an envelope (Bindings 3.2.2); NULL: that is none. What stands in its header is for nobody here. */
static const xmlNode *unwrap(const xmlNode *envelope)
{
	const xmlNode *body = xml_is(envelope, XML_NS_SOAP, "Envelope") ? xml_first(envelope) : NULL;
	if (body != NULL && xml_is(body, XML_NS_SOAP, "Header"))
		body = xml_next(body);
	if (body == NULL || !xml_is(body, XML_NS_SOAP, "Body") || xml_next(body) != NULL)
		return NULL;
	const xmlNode *message = xml_first(body);
	return message != NULL && xml_next(message) == NULL ? message : NULL;
}

enum judge_fault saml_message_open(struct saml_message *message)
{
	struct bytes bytes;
	enum judge_fault fault = binding_message(message->ask, message->arena, &bytes);
	if (fault == JUDGE_NONE)
		fault = binding_relay_state(message->ask, message->arena, &message->relay_state);
	if (fault == JUDGE_NONE)
		fault = xml_read((const char *)bytes.at, bytes.len, false, &message->doc);
	if (fault == JUDGE_NONE)
		message->root = xmlDocGetRootElement(message->doc);
	if (fault == JUDGE_NONE && message->ask->binding == SAML_SOAP)
		message->root = unwrap(message->root);
	return fault == JUDGE_NONE && message->root == NULL ? JUDGE_SHAPE : fault;
}

void saml_message_done(struct saml_message *message)
{
	xml_done(&message->doc);
	message->root = NULL;
}

bool saml_message_instant(struct text text, struct arena *arena, int64_t *when_r)
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

/* The name of an entity, and of nothing else (Core 8.3.6). */
static bool read_issuer(const struct saml_message *message, struct text *issuer_r)
{
	const xmlNode *issuer = xml_child(message->root, XML_NS_ASSERTION, "Issuer");
	struct text format = xml_attribute(issuer, "Format", message->arena);
	*issuer_r = xml_text(issuer, message->arena);
	return issuer_r->len > 0 &&
	       (format.at == NULL ||
		   text_equal_str(format, "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"));
}

bool saml_message_head(const struct saml_message *message, struct saml_head *head_r)
{
	struct arena *arena = message->arena;
	struct text issued = xml_attribute(message->root, "IssueInstant", arena);
	head_r->id = xml_attribute(message->root, "ID", arena);
	head_r->destination = xml_attribute(message->root, "Destination", arena);
	return text_equal_str(xml_attribute(message->root, "Version", arena), "2.0") && is_id(head_r->id) &&
	       saml_message_instant(issued, arena, &head_r->issued) && read_issuer(message, &head_r->issuer);
}

static enum judge_fault check_query(const struct saml_message *message, const struct signature_keys *keys)
{
	struct binding_signed parts = { .algorithm = { NULL, 0 } };
	enum judge_fault fault = binding_signed(message->ask, message->parameter, message->arena, &parts);
	return fault != JUDGE_NONE ? fault
				   : signature_verify(keys, parts.algorithm, parts.octets, parts.signature);
}

enum judge_fault saml_message_signature(
    const struct saml_message *message, bool *is_signed_r, bool *is_verified_r)
{
	const struct msg_judge_saml_request *ask = message->ask;
	const struct signature_keys keys = { ask->keys.at, ask->keys.n };
	bool query = ask->signature.at != NULL || ask->sig_alg.at != NULL;
	bool enveloped = xml_child(message->root, XML_NS_SIGNATURE, "Signature") != NULL;
	bool redirect = ask->binding == SAML_REDIRECT;
	if ((redirect ? enveloped : query) ||
	    (query && (ask->signature.at == NULL || ask->sig_alg.at == NULL)))
		return JUDGE_SIGNATURE_SHAPE;
	*is_signed_r = query || enveloped;
	if (!*is_signed_r || keys.n == 0)
		return JUDGE_NONE;
	enum judge_fault fault = redirect ? check_query(message, &keys)
					  : signature_verify_enveloped(message->root, &keys, message->arena);
	*is_verified_r = fault == JUDGE_NONE;
	return fault;
}
