/* saml_logout.c - a LogoutRequest or a LogoutResponse (SAML Core 3.7): what it says, and whether it is signed. */
#include "judge/saml.h"
#include "judge/saml_message.h"
#include "judge/shape.h"

#define INDEXES_MAX 10u
#define SUCCESS "urn:oasis:names:tc:SAML:2.0:status:Success"

static bool read_until(const struct saml_message *message, int64_t *until_r)
{
	struct text until = xml_attribute(message->root, "NotOnOrAfter", message->arena);
	return until.at == NULL || saml_message_instant(until, message->arena, until_r);
}

static bool read_indexes(const struct saml_message *message, struct msg_judged_saml_logout *judged)
{
	struct msg_value_row *rows = arena_array(message->arena, INDEXES_MAX, sizeof *rows);
	uint32_t n = 0;
	if (rows == NULL)
		return false;
	for (const xmlNode *at = xml_first(message->root); at != NULL; at = xml_next(at)) {
		if (!xml_is(at, XML_NS_PROTOCOL, "SessionIndex"))
			continue;
		struct text index = xml_text(at, message->arena);
		if (index.len == 0 || n == INDEXES_MAX)
			return false;
		rows[n++].value = index;
	}
	judged->indexes.at = rows;
	judged->indexes.n = n;
	return true;
}

static bool read_request(const struct saml_message *message, struct msg_judged_saml_logout *judged)
{
	const xmlNode *name = xml_child(message->root, XML_NS_ASSERTION, "NameID");
	judged->name = xml_text(name, message->arena);
	judged->name_format = xml_attribute(name, "Format", message->arena);
	return judged->name.len > 0 && read_until(message, &judged->until) && read_indexes(message, judged);
}

static bool read_answer(const struct saml_message *message, struct msg_judged_saml_logout *judged)
{
	const xmlNode *status = xml_child(message->root, XML_NS_PROTOCOL, "Status");
	const xmlNode *code = xml_child(status, XML_NS_PROTOCOL, "StatusCode");
	struct text value = xml_attribute(code, "Value", message->arena);
	judged->in_response_to = xml_attribute(message->root, "InResponseTo", message->arena);
	/* a second code (PartialLogout) says that elsewhere somebody was not told */
	judged->success = text_equal_str(value, SUCCESS);
	return value.len > 0;
}

static enum judge_fault read(
    const struct saml_message *message, bool answers, struct msg_judged_saml_logout *judged)
{
	struct saml_head head;
	const char *field;
	if (!shape_is(message->root, answers ? SHAPE_LOGOUT_RESPONSE : SHAPE_LOGOUT_REQUEST) ||
	    !saml_message_head(message, &head))
		return JUDGE_SHAPE;
	judged->id = head.id;
	judged->issuer = head.issuer;
	judged->issued = head.issued;
	judged->destination = head.destination;
	judged->relay_state = message->relay_state;
	bool good = answers ? read_answer(message, judged) : read_request(message, judged);
	return good && wire_check(WIRE(judged_saml_logout, judged), &field) == OK ? JUDGE_NONE : JUDGE_SHAPE;
}

enum judge_fault saml_judge_logout(
    const struct msg_judge_saml_logout *ask, struct arena *arena, struct msg_judged_saml_logout *judged_r)
{
	CLEANUP(saml_message_done)
	struct saml_message message = {
		.ask = ask->came,
		.arena = arena,
		.parameter = ask->answers ? "SAMLResponse" : "SAMLRequest",
	};
	*judged_r = (struct msg_judged_saml_logout){ .is_verified = false };
	enum judge_fault fault = saml_message_open(&message);
	if (fault == JUDGE_NONE)
		fault = read(&message, ask->answers, judged_r);
	return fault == JUDGE_NONE
		   ? saml_message_signature(&message, &judged_r->is_signed, &judged_r->is_verified)
		   : fault;
}
