/* What the judge makes of documents, without its program: bounds, shapes, bindings. Signatures and whole ways: tests/flow/test_saml.py. */
#include "unit.h"
#include <string.h>
#include "base/arena.h"
#include "base/enc.h"
#include "judge/saml.h"
#include "judge/signature.h"
#include "judge/xml.h"

static struct arena arena;

static int setup(void **state)
{
	(void)state;
	xml_begin();
	return signature_begin() ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	arena_done(&arena);
	return 0;
}

static void check(const char *row, enum judge_fault got, enum judge_fault wanted)
{
	if (got != wanted)
		fail_msg("%s: %s in place of %s", row, WIRE_ENUM_TEXT(judge_fault, got),
		    WIRE_ENUM_TEXT(judge_fault, wanted));
}

/* --- documents ------------------------------------------------------------------------------------------------------ */

static void documents(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		enum judge_fault strict, lenient; /* with comments */
	} ROWS[] = {
		{ "<a/>", JUDGE_NONE, JUDGE_NONE }, { "<?xml version='1.0'?><a/>", JUDGE_NONE, JUDGE_NONE },
		{ "<?xml version='1.0' encoding='utf-8'?>\n<a b='c'>d</a>\n", JUDGE_NONE, JUDGE_NONE },
		{ "<a>&lt;&#65;</a>", JUDGE_NONE, JUDGE_NONE },
		{ "<a><!-- b --></a>", JUDGE_COMMENT, JUDGE_NONE },
		{ "<!-- b --><a/>", JUDGE_COMMENT, JUDGE_NONE },
		{ "<a><![CDATA[b]]></a>", JUDGE_COMMENT, JUDGE_COMMENT },
		{ "<a><?b c?></a>", JUDGE_COMMENT, JUDGE_COMMENT },
		{ " <?xml version='1.0'?><a/>", JUDGE_COMMENT, JUDGE_COMMENT },
		{ "<?xml-stylesheet a='b'?><a/>", JUDGE_COMMENT, JUDGE_COMMENT },
		{ "<!DOCTYPE a><a/>", JUDGE_DOCTYPE, JUDGE_DOCTYPE },
		{ "<!-- --><!DOCTYPE a><a/>", JUDGE_COMMENT, JUDGE_DOCTYPE },
		{ "<!doctype a><a/>", JUDGE_COMMENT, JUDGE_COMMENT },
		{ "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", JUDGE_DOCTYPE, JUDGE_DOCTYPE },
		{ "<a>&b;</a>", JUDGE_MALFORMED, JUDGE_MALFORMED },
		{ "<?xml version='1.0' encoding='UTF-16'?><a/>", JUDGE_MALFORMED, JUDGE_MALFORMED },
		{ "<?xml version='1.0' encoding='UTF-8x'?><a/>", JUDGE_MALFORMED, JUDGE_MALFORMED },
		{ "<?xml version='1.0' encoding='ISO-8859-1'?><a/>", JUDGE_MALFORMED, JUDGE_MALFORMED },
		{ "<a>\xff</a>", JUDGE_MALFORMED, JUDGE_MALFORMED }, { "", JUDGE_MALFORMED, JUDGE_MALFORMED },
		{ "a", JUDGE_MALFORMED, JUDGE_MALFORMED }, { "<a>", JUDGE_MALFORMED, JUDGE_MALFORMED },
		{ "<a/><b/>", JUDGE_MALFORMED, JUDGE_MALFORMED },
		{ "<x:a/>", JUDGE_NONE, JUDGE_NONE }, /* of no namespace that we know */
	};
	for (size_t i = 0; i < COUNT(ROWS); i++)
		for (int comments = 0; comments < 2; comments++) {
			xmlDoc *doc = NULL;
			check(ROWS[i].text, xml_read(ROWS[i].text, strlen(ROWS[i].text), comments == 1, &doc),
			    comments == 1 ? ROWS[i].lenient : ROWS[i].strict);
			xml_done(&doc);
		}
}

static const char *repeated(const char *before, const char *part, unsigned n, const char *behind)
{
	size_t len = strlen(part);
	char *parts = arena_alloc(&arena, n * len + 1);
	for (unsigned i = 0; i < n; i++)
		memcpy(parts + i * len, part, len);
	return arena_printf(&arena, "%s%s%s", before, parts, behind);
}

static enum judge_fault read(const char *text)
{
	xmlDoc *doc = NULL;
	enum judge_fault fault = xml_read(text, strlen(text), false, &doc);
	xml_done(&doc);
	return fault;
}

static void bounds(void **state)
{
	(void)state;
	const char *ends = repeated("", "</a>", XML_DEPTH_MAX_ + 1, "");
	assert_int_equal(read(repeated("", "<a>", XML_DEPTH_MAX_ + 1, ends)), JUDGE_NONE);
	assert_int_equal(
	    read(repeated("<a>", "<a>", XML_DEPTH_MAX_ + 1, repeated("</a>", ends, 1, ""))), JUDGE_TOO_LARGE);
	assert_int_equal(read(repeated("<a>", "<b/>", XML_NODES_MAX - 1, "</a>")), JUDGE_NONE);
	assert_int_equal(read(repeated("<a>", "<b/>", XML_NODES_MAX, "</a>")), JUDGE_TOO_LARGE);
	assert_int_equal(read(repeated("<a>", " ", XML_BYTES_MAX - 7, "</a>")), JUDGE_NONE);
	assert_int_equal(read(repeated("<a>", " ", XML_BYTES_MAX - 6, "</a>")), JUDGE_TOO_LARGE);
}

static void texts(void **state)
{
	(void)state;
	static const struct {
		const char *document, *text; /* NULL: it has none */
	} ROWS[] = {
		{ "<a>b</a>", "b" },
		{ "<a>\n b c \t</a>", "b c" },
		{ "<a></a>", "" },
		{ "<a>b<!-- -->c</a>", NULL },
		{ "<a><!-- --></a>", NULL },
		{ "<a>b<c/></a>", NULL },
		{ "<a>b&amp;c</a>", "b&c" },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		xmlDoc *doc = NULL;
		assert_int_equal(
		    xml_read(ROWS[i].document, strlen(ROWS[i].document), true, &doc), JUDGE_NONE);
		struct text text = xml_text(xmlDocGetRootElement(doc), &arena);
		if ((text.at == NULL) != (ROWS[i].text == NULL) ||
		    (text.at != NULL && !text_equal_str(text, ROWS[i].text)))
			fail_msg("%s: \"%.*s\"", ROWS[i].document, TEXT_ARGS(text));
		xml_done(&doc);
	}
}

/* --- requests --------------------------------------------------------------------------------------------------------- */

#define HEAD \
	"<p:AuthnRequest xmlns:p='urn:oasis:names:tc:SAML:2.0:protocol' " \
	"xmlns='urn:oasis:names:tc:SAML:2.0:assertion' ID='_1' Version='2.0' IssueInstant='"
#define ISSUER "'><Issuer>https://sp.example.edu</Issuer>"
#define END "</p:AuthnRequest>"
#define GOOD HEAD "2026-11-29T11:40:27Z" ISSUER

/* As a form has it. */
static struct text encoded(const char *document)
{
	size_t len = strlen(document);
	char *base64 = arena_alloc(&arena, ENC_BASE64_SIZE(len) * 3), *to = base64;
	char *plain = arena_alloc(&arena, ENC_BASE64_SIZE(len));
	enc_base64(document, len, plain);
	for (const char *from = plain; *from != '\0'; from++)
		to = *from == '+' ? mempcpy(to, "%2B", 3) : mempcpy(to, from, 1);
	return (struct text){ base64, (size_t)(to - base64) };
}

static enum judge_fault judge(const char *document, struct msg_judged_saml_request *judged_r)
{
	const struct msg_judge_saml_request ask = { .binding = SAML_POST, .request = encoded(document) };
	return saml_judge_request(&ask, &arena, judged_r);
}

static void requests(void **state)
{
	(void)state;
	static const struct {
		const char *document;
		enum judge_fault fault;
	} ROWS[] = {
		{ GOOD END, JUDGE_NONE },
		{ HEAD "2026-11-29T11:40:27.123456789Z" ISSUER END, JUDGE_NONE },
		{ GOOD "<p:NameIDPolicy Format='x' AllowCreate='true'/>" END, JUDGE_NONE },
		{ GOOD "<p:Extensions><x xmlns='urn:x'><y z='1'/></x></p:Extensions>" END, JUDGE_NONE },
		{ GOOD "<p:RequestedAuthnContext Comparison='minimum'><AuthnContextClassRef>x"
		       "</AuthnContextClassRef></p:RequestedAuthnContext>" END,
		    JUDGE_NONE },
		{ GOOD "<p:RequestedAuthnContext/>" END, JUDGE_SHAPE },
		{ GOOD "<p:RequestedAuthnContext Comparison='any'><AuthnContextClassRef>x"
		       "</AuthnContextClassRef></p:RequestedAuthnContext>" END,
		    JUDGE_SHAPE },
		{ HEAD "2026-11-29T11:40:27" ISSUER END, JUDGE_SHAPE },
		{ HEAD "2026-11-29T11:40:27+01:00" ISSUER END, JUDGE_SHAPE },
		{ HEAD "2026-11-29T11:40:27.Zx" ISSUER END, JUDGE_SHAPE },
		{ HEAD "2026-02-30T11:40:27Z" ISSUER END, JUDGE_SHAPE },
		{ GOOD "<p:NameIDPolicy/><p:NameIDPolicy/>" END, JUDGE_SHAPE },
		{ GOOD "<p:RequestedAuthnContext/><p:NameIDPolicy/>" END, JUDGE_SHAPE },
		{ GOOD "<p:Extensions><x ID='_1'/></p:Extensions>" END, JUDGE_SHAPE },
		{ GOOD "<p:Extensions><x><y Id='_1'/></x></p:Extensions>" END, JUDGE_SHAPE },
		{ GOOD "<p:Extensions><Issuer>x</Issuer></p:Extensions>" END, JUDGE_SHAPE },
		{ GOOD "<Unknown/>" END, JUDGE_SHAPE },
		{ GOOD "text" END, JUDGE_SHAPE },
		{ "<AuthnRequest/>", JUDGE_SHAPE },
		{ "<p:Response xmlns:p='urn:oasis:names:tc:SAML:2.0:protocol'/>", JUDGE_SHAPE },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct msg_judged_saml_request judged;
		check(ROWS[i].document, judge(ROWS[i].document, &judged), ROWS[i].fault);
	}
}

/* --- logouts ---------------------------------------------------------------------------------------------------------- */

#define LOGOUT(name, attributes, rest) \
	"<p:" name " xmlns:p='urn:oasis:names:tc:SAML:2.0:protocol' " \
	"xmlns='urn:oasis:names:tc:SAML:2.0:assertion' ID='_1' Version='2.0' " \
	"IssueInstant='2026-11-29T11:40:27Z'" attributes "><Issuer>https://sp.example.edu</Issuer>" rest \
	"</p:" name ">"
#define REQUEST(attributes, rest) LOGOUT("LogoutRequest", attributes, rest)
#define RESPONSE(attributes, rest) LOGOUT("LogoutResponse", attributes, rest)
#define NAME "<NameID Format='urn:x'> a </NameID>"
#define CODE(value) "<p:StatusCode Value='urn:oasis:names:tc:SAML:2.0:status:" value "'/>"
#define STATUS(inner) "<p:Status>" inner "</p:Status>"

static enum judge_fault judge_by(
    enum saml_binding binding, const char *document, bool answers, struct msg_judged_saml_logout *judged_r)
{
	const struct msg_judge_saml_request came = { .binding = binding, .request = encoded(document) };
	const struct msg_judge_saml_logout ask = { &came, answers };
	return saml_judge_logout(&ask, &arena, judged_r);
}

static enum judge_fault judge_logout(
    const char *document, bool answers, struct msg_judged_saml_logout *judged_r)
{
	return judge_by(SAML_POST, document, answers, judged_r);
}

#define SOAP(inner) "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'>" inner "</s:Envelope>"
#define BODY(inner) "<s:Body>" inner "</s:Body>"
#define DONE RESPONSE(" InResponseTo='_2'", STATUS(CODE("Success")))

static void envelopes(void **state)
{
	(void)state;
	static const struct {
		const char *document;
		enum judge_fault fault;
	} ROWS[] = {
		{ SOAP(BODY(DONE)), JUDGE_NONE },
		{ SOAP("\n<s:Header><x/></s:Header>\n" BODY("\n" DONE "\n") "\n"), JUDGE_NONE },
		{ DONE, JUDGE_SHAPE },
		{ SOAP(DONE), JUDGE_SHAPE },
		{ SOAP(""), JUDGE_SHAPE },
		{ SOAP(BODY("")), JUDGE_SHAPE },
		{ SOAP(BODY(DONE DONE)), JUDGE_SHAPE },
		{ SOAP(BODY(DONE) BODY(DONE)), JUDGE_SHAPE },
		{ SOAP(BODY(DONE) "<x/>"), JUDGE_SHAPE },
		{ SOAP(BODY("<s:Fault><faultcode>s:Server</faultcode></s:Fault>")), JUDGE_SHAPE },
		{ SOAP(BODY(SOAP(BODY(DONE)))), JUDGE_SHAPE },
		{ SOAP(BODY(REQUEST("", NAME))), JUDGE_SHAPE },
		{ "<Envelope><Body>" DONE "</Body></Envelope>", JUDGE_SHAPE },
		{ SOAP(BODY("<!-- -->" DONE)), JUDGE_COMMENT },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct msg_judged_saml_logout judged;
		check(ROWS[i].document, judge_by(SAML_SOAP, ROWS[i].document, true, &judged), ROWS[i].fault);
	}
	struct msg_judged_saml_logout judged;
	assert_int_equal(judge_by(SAML_POST, SOAP(BODY(DONE)), true, &judged), JUDGE_SHAPE);
}

static void logouts(void **state)
{
	(void)state;
	static const struct {
		const char *document;
		bool answers;
		enum judge_fault fault;
	} ROWS[] = {
		{ REQUEST("", NAME), false, JUDGE_NONE },
		{ REQUEST(" NotOnOrAfter='2026-11-29T11:45:27.5Z' Reason='x'",
		      NAME "<p:SessionIndex>b</p:SessionIndex>"),
		    false, JUDGE_NONE },
		{ REQUEST(" NotOnOrAfter='later'", NAME), false, JUDGE_SHAPE },
		{ REQUEST("", ""), false, JUDGE_SHAPE },
		{ REQUEST("", "<NameID/>"), false, JUDGE_SHAPE },
		{ REQUEST("", NAME NAME), false, JUDGE_SHAPE },
		{ REQUEST("", "<BaseID/>"), false, JUDGE_SHAPE },
		{ REQUEST("", NAME "<p:SessionIndex/>"), false, JUDGE_SHAPE },
		{ REQUEST("", "<p:SessionIndex>b</p:SessionIndex>" NAME), false, JUDGE_SHAPE },
		{ REQUEST("", NAME STATUS(CODE("Success"))), false, JUDGE_SHAPE },
		{ REQUEST(" InResponseTo='_2'", NAME), false, JUDGE_SHAPE },
		{ REQUEST("", NAME), true, JUDGE_SHAPE },
		{ RESPONSE(" InResponseTo='_2'", STATUS(CODE("Success"))), true, JUDGE_NONE },
		{ RESPONSE("", STATUS(CODE("Responder") "<p:StatusMessage>x</p:StatusMessage>")), true,
		    JUDGE_NONE },
		{ RESPONSE("", STATUS(CODE("Success"))), false, JUDGE_SHAPE },
		{ RESPONSE("", ""), true, JUDGE_SHAPE },
		{ RESPONSE("", STATUS("")), true, JUDGE_SHAPE },
		{ RESPONSE("", STATUS(CODE("Success") CODE("Success"))), true, JUDGE_SHAPE },
		{ RESPONSE("", STATUS("<p:StatusCode/>")), true, JUDGE_SHAPE },
		{ RESPONSE("", STATUS(CODE("Success")) NAME), true, JUDGE_SHAPE },
		{ GOOD END, false, JUDGE_SHAPE },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct msg_judged_saml_logout judged;
		check(ROWS[i].document, judge_logout(ROWS[i].document, ROWS[i].answers, &judged),
		    ROWS[i].fault);
	}
}

static void what_a_logout_says(void **state)
{
	(void)state;
	struct msg_judged_saml_logout judged;
	const char *document = REQUEST(" NotOnOrAfter='2026-11-29T11:40:28Z'",
	    NAME "<p:SessionIndex>b</p:SessionIndex><p:SessionIndex>c</p:SessionIndex>");
	assert_int_equal(judge_logout(document, false, &judged), JUDGE_NONE);
	assert_true(text_equal_str(judged.name, "a") && text_equal_str(judged.name_format, "urn:x"));
	assert_true(judged.indexes.n == 2 && text_equal_str(judged.indexes.at[1].value, "c"));
	assert_true(judged.until == 1795952428000 && !judged.is_signed && !judged.success);
	assert_int_equal(
	    judge_logout(RESPONSE(" InResponseTo='_2'", STATUS(CODE("Success"))), true, &judged), JUDGE_NONE);
	assert_true(judged.success && text_equal_str(judged.in_response_to, "_2") && judged.name.at == NULL);
	assert_int_equal(judge_logout(RESPONSE("", STATUS(CODE("Requester"))), true, &judged), JUDGE_NONE);
	assert_true(!judged.success && judged.in_response_to.at == NULL);
}

static void what_a_request_says(void **state)
{
	(void)state;
	struct msg_judged_saml_request judged;
	assert_int_equal(
	    judge(GOOD "<p:RequestedAuthnContext><AuthnContextClassRef> a </AuthnContextClassRef>"
		       "<AuthnContextClassRef>b</AuthnContextClassRef></p:RequestedAuthnContext>" END,
		&judged),
	    JUDGE_NONE);
	assert_true(
	    text_equal_str(judged.id, "_1") && text_equal_str(judged.issuer, "https://sp.example.edu"));
	assert_true(judged.contexts.n == 2 && text_equal_str(judged.contexts.at[0].value, "a"));
	assert_true(judged.comparison == SAML_EXACT && !judged.is_signed && !judged.is_verified);
	assert_true(judged.issued == 1795952427000);
}

/* --- metadata --------------------------------------------------------------------------------------------------------- */

#define ENTITY(inner) \
	"<EntityDescriptor xmlns='urn:oasis:names:tc:SAML:2.0:metadata' entityID='https://sp.example.edu'>" \
	"<SPSSODescriptor protocolSupportEnumeration='urn:oasis:names:tc:SAML:2.0:protocol'>" \
	"<AssertionConsumerService Binding='urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST' index='0' " \
	"Location='https://sp.example.edu/'/>" inner "</SPSSODescriptor></EntityDescriptor>"
#define ASKS(attributes, inner) \
	"<AttributeConsumingService index='0'" attributes ">" inner "</AttributeConsumingService>"
#define ATTRIBUTE(attributes) "<RequestedAttribute" attributes "/>"
#define NEEDS(name) ATTRIBUTE(" isRequired='true' Name='" name "'")

static enum judge_fault judge_metadata(const char *document, struct msg_saml_record *saml_r)
{
	const struct msg_judge_saml_metadata ask = { { (const uint8_t *)document, strlen(document) } };
	return saml_judge_metadata(&ask, &arena, saml_r);
}

static void what_a_service_requires(void **state)
{
	(void)state;
	static const struct {
		const char *document, *required; /* NULL: nothing */
	} ROWS[] = {
		{ ENTITY(""), NULL },
		{ ENTITY(ASKS("", "")), NULL },
		{ ENTITY(ASKS("", NEEDS("a") NEEDS("b"))), "a b" },
		{ ENTITY(ASKS("", "<ServiceName>x</ServiceName>" ATTRIBUTE(" isRequired='1' Name='a'"))),
		    "a" },
		{ ENTITY(ASKS("", ATTRIBUTE(" Name='a'") NEEDS("b"))), "b" },
		{ ENTITY(ASKS("", ATTRIBUTE(" isRequired='false' Name='a'"))), NULL },
		{ ENTITY(ASKS("", ATTRIBUTE(" isRequired='TRUE' Name='a'") NEEDS("b"))), "b" },
		{ ENTITY(ASKS("", ATTRIBUTE(" isRequired='true'") NEEDS("") NEEDS("b"))), "b" },
		{ ENTITY(ASKS("", NEEDS("a b") NEEDS("a&#10;b") NEEDS("c"))), "c" },
		{ ENTITY(ASKS("", "<RequestedAttribute isRequired='true' Name='a'><AttributeValue>x"
				  "</AttributeValue></RequestedAttribute>" NEEDS("b"))),
		    "b" },
		{ ENTITY(ASKS("", "<x xmlns='urn:x'>" NEEDS("a") "</x>")), NULL },
		{ ENTITY(ASKS("", NEEDS("a")) ASKS("", NEEDS("b"))), "a" },
		{ ENTITY(ASKS("", NEEDS("a")) ASKS(" isDefault='true'", NEEDS("b"))), "b" },
		{ ENTITY(ASKS(" isDefault='false'", NEEDS("a")) ASKS("", NEEDS("b"))), "b" },
		{ ENTITY(ASKS(" isDefault='false'", NEEDS("a")) ASKS(" isDefault='0'", NEEDS("b"))), "a" },
		{ ENTITY(ASKS("", NEEDS("a")) ASKS(" isDefault='1'", "")), NULL },
		{ ENTITY(ASKS(" isDefault='maybe'", NEEDS("a")) ASKS("", NEEDS("b"))), "b" },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct msg_saml_record saml;
		check(ROWS[i].document, judge_metadata(ROWS[i].document, &saml), JUDGE_NONE);
		if (!text_equal(saml.required, text_of(ROWS[i].required)))
			fail_msg("%s: \"%.*s\"", ROWS[i].document, TEXT_ARGS(saml.required));
	}
}

/* Nobody has metadata refused by asking for much: the first ones count, as far as there is room. */
static void a_service_that_requires_much(void **state)
{
	(void)state;
	static const char TEN[] = NEEDS("abcdefghi");
	static const size_t EACH = sizeof "abcdefghi";
	const char *much = repeated("", TEN, 400, "");
	const char *document = arena_printf(&arena, ENTITY(ASKS("", "%s")), much);
	struct msg_saml_record saml;
	check("many", judge_metadata(document, &saml), JUDGE_NONE);
	assert_int_equal(saml.required.len, 2000 / EACH * EACH - 1);
	assert_int_equal(saml.required.at[saml.required.len], '\0');
	much = repeated("<RequestedAttribute isRequired='true' Name='", "x", 201, "'/>" NEEDS("a"));
	check("long", judge_metadata(arena_printf(&arena, ENTITY(ASKS("", "%s")), much), &saml), JUDGE_NONE);
	assert_true(text_equal_str(saml.required, "a"));
}

static void bindings(void **state)
{
	(void)state;
	static const struct {
		const char *request;
		enum saml_binding binding;
		enum judge_fault fault;
	} ROWS[] = {
		{ "PGEvPg==", SAML_POST, JUDGE_SHAPE }, /* <a/> */
		{ "PGEvPg%3D%3D", SAML_POST, JUDGE_SHAPE },
		{ "PGEvPg", SAML_POST, JUDGE_MALFORMED },
		{ "PGEv%", SAML_POST, JUDGE_MALFORMED },
		{ "PGEv%00", SAML_POST, JUDGE_MALFORMED },
		{ "s0nUtwMA", SAML_REDIRECT, JUDGE_SHAPE },
		{ "s0nUtwMA", SAML_REDIRECT, JUDGE_SHAPE },
		{ "s0nUtwM=", SAML_REDIRECT, JUDGE_MALFORMED },     /* cut */
		{ "s0nUtwMAAA==", SAML_REDIRECT, JUDGE_MALFORMED }, /* something behind it */
		{ "PGEvPg==", SAML_REDIRECT, JUDGE_MALFORMED },
	};
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		const struct msg_judge_saml_request ask = { .binding = ROWS[i].binding,
			.request = text_of(ROWS[i].request) };
		struct msg_judged_saml_request judged;
		check(ROWS[i].request, saml_judge_request(&ask, &arena, &judged), ROWS[i].fault);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(documents),
		cmocka_unit_test(bounds),
		cmocka_unit_test(texts),
		cmocka_unit_test(requests),
		cmocka_unit_test(what_a_request_says),
		cmocka_unit_test(logouts),
		cmocka_unit_test(envelopes),
		cmocka_unit_test(what_a_logout_says),
		cmocka_unit_test(what_a_service_requires),
		cmocka_unit_test(a_service_that_requires_much),
		cmocka_unit_test(bindings),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
