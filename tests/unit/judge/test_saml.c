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

static enum judge_fault judge(const char *document, struct msg_judged_saml_request *judged_r)
{
	size_t len = strlen(document);
	char *base64 = arena_alloc(&arena, ENC_BASE64_SIZE(len) * 3), *to = base64;
	char *plain = arena_alloc(&arena, ENC_BASE64_SIZE(len));
	enc_base64(document, len, plain);
	for (const char *from = plain; *from != '\0'; from++)
		to = *from == '+' ? mempcpy(to, "%2B", 3) : mempcpy(to, from, 1);
	const struct msg_judge_saml_request ask = { .binding = SAML_POST, .request = text_of(base64) };
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
		cmocka_unit_test(bindings),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
