#include <string.h>
#include "front/cas.h"
#include "front/decode.h"
#include "text/escape.h"
#include "wire/when.h"

#define XML_BEGIN "<cas:serviceResponse xmlns:cas=\"http://www.yale.edu/tp/cas\">\n"
#define XML_END "</cas:serviceResponse>\n"
#define JSON_BEGIN "{\"serviceResponse\":{"
#define JSON_END "}}\n"

/* A ticket's bytes are text: the wire has them in a secret because they are one. */
static struct text words_of(struct secret ticket)
{
	return (struct text){ (const char *)ticket.at, ticket.len };
}

/* --- XML ------------------------------------------------------------------------------------------------------------- */

static void add_element(struct out *out, struct text name, struct text value)
{
	out_str(out, "<cas:");
	out_text(out, name);
	out_str(out, ">");
	escape_xml(out, value);
	out_str(out, "</cas:");
	out_text(out, name);
	out_str(out, ">\n");
}

static void add_elements(struct out *out, struct text pairs)
{
	struct text name, value;
	while (decode_pair(&pairs, out->arena, &name, &value) == OK)
		if (text_is_name(name))
			add_element(out, name, value);
}

static struct text yes_or_no(bool yes)
{
	return yes ? TEXT_LITERAL("true") : TEXT_LITERAL("false");
}

static void add_xml_attributes(struct out *out, const struct msg_cas_person *person)
{
	char proved[WHEN_TEXT_SIZE];
	when_text(person->proved, proved);
	out_str(out, "<cas:attributes>\n");
	add_element(out, TEXT_LITERAL("authenticationDate"), text_of(proved));
	add_element(out, TEXT_LITERAL("longTermAuthenticationRequestTokenUsed"), yes_or_no(false));
	add_element(out, TEXT_LITERAL("isFromNewLogin"), yes_or_no(person->fresh));
	add_elements(out, person->attributes);
	out_str(out, "</cas:attributes>\n");
}

/* Of proxies, in both: what the person's service has been given, and by whom the person came (section 2.6.2). */
static void add_xml_proxies(struct out *out, const struct msg_cas_person *person)
{
	if (person->iou.at != NULL)
		add_element(out, TEXT_LITERAL("proxyGrantingTicket"), words_of(person->iou));
	if (person->proxies.n == 0)
		return;
	out_str(out, "<cas:proxies>\n");
	for (uint32_t i = 0; i < person->proxies.n; i++)
		add_element(out, TEXT_LITERAL("proxy"), person->proxies.at[i].uri);
	out_str(out, "</cas:proxies>\n");
}

static void write_xml(struct out *out, const struct msg_cas_person *person, bool attributes)
{
	out_str(out, XML_BEGIN "<cas:authenticationSuccess>\n");
	add_element(out, TEXT_LITERAL("user"), person->user);
	if (attributes)
		add_xml_attributes(out, person);
	add_xml_proxies(out, person);
	out_str(out, "</cas:authenticationSuccess>\n" XML_END);
}

/* --- JSON ------------------------------------------------------------------------------------------------------------ */

/* Values of one name stand one behind the other. */
static void add_lists(struct out *out, struct text pairs)
{
	struct text name, value, before = { NULL, 0 };
	while (decode_pair(&pairs, out->arena, &name, &value) == OK) {
		bool same = before.at != NULL && text_equal(name, before);
		out_str(out, same ? "," : before.at != NULL ? "]," : ",");
		if (!same) {
			escape_json(out, name);
			out_str(out, ":[");
		}
		escape_json(out, value);
		before = name;
	}
	if (before.at != NULL)
		out_str(out, "]");
}

static void add_json_attributes(struct out *out, const struct msg_cas_person *person)
{
	char proved[WHEN_TEXT_SIZE];
	when_text(person->proved, proved);
	out_str(out, ",\"attributes\":{\"authenticationDate\":");
	escape_json(out, text_of(proved));
	out_str(out, ",\"longTermAuthenticationRequestTokenUsed\":false,\"isFromNewLogin\":");
	out_text(out, yes_or_no(person->fresh));
	add_lists(out, person->attributes);
	out_str(out, "}");
}

static void add_json_proxies(struct out *out, const struct msg_cas_person *person)
{
	if (person->iou.at != NULL) {
		out_str(out, ",\"proxyGrantingTicket\":");
		escape_json(out, words_of(person->iou));
	}
	for (uint32_t i = 0; i < person->proxies.n; i++) {
		out_str(out, i == 0 ? ",\"proxies\":[" : ",");
		escape_json(out, person->proxies.at[i].uri);
	}
	if (person->proxies.n > 0)
		out_str(out, "]");
}

static void write_json(struct out *out, const struct msg_cas_person *person, bool attributes)
{
	out_str(out, JSON_BEGIN "\"authenticationSuccess\":{\"user\":");
	escape_json(out, person->user);
	if (attributes)
		add_json_attributes(out, person);
	add_json_proxies(out, person);
	out_str(out, "}" JSON_END);
}

/* --- both ------------------------------------------------------------------------------------------------------------ */

void cas_write_person(
    struct out *out, enum cas_format format, const struct msg_cas_person *person, bool attributes)
{
	if (format == CAS_JSON)
		write_json(out, person, attributes);
	else
		write_xml(out, person, attributes);
}

void cas_write_ticket(struct out *out, enum cas_format format, struct secret ticket)
{
	if (format == CAS_JSON) {
		out_str(out, JSON_BEGIN "\"proxySuccess\":{\"proxyTicket\":");
		escape_json(out, words_of(ticket));
		out_str(out, "}" JSON_END);
	} else {
		out_str(out, XML_BEGIN "<cas:proxySuccess>\n");
		add_element(out, TEXT_LITERAL("proxyTicket"), words_of(ticket));
		out_str(out, "</cas:proxySuccess>\n" XML_END);
	}
}

void cas_write_refused(
    struct out *out, enum cas_format format, const char *of, const struct msg_cas_refused *refused)
{
	const char *code = WIRE_ENUM_TEXT(cas_code, refused->code);
	if (format == CAS_JSON) {
		out_format(out, JSON_BEGIN "\"%sFailure\":{\"code\":\"%s\",\"description\":", of, code);
		escape_json(out, refused->description);
		out_str(out, "}" JSON_END);
	} else {
		out_str(out, XML_BEGIN);
		out_format(out, "<cas:%sFailure code=\"%s\">", of, code);
		escape_xml(out, refused->description);
		out_format(out, "</cas:%sFailure>\n", of);
		out_str(out, XML_END);
	}
}
