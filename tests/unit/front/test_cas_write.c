/* What services of CAS read: XML and JSON in which no value is more than a value. */
#include "unit.h"
#include <string.h>
#include "front/cas.h"

#define BEGIN_XML "<cas:serviceResponse xmlns:cas=\"http://www.yale.edu/tp/cas\">\n"
#define END_XML "</cas:serviceResponse>\n"

static const struct msg_cas_person PERSON = { .user = TEXT_LITERAL("a<b>&\"'"),
	.proved = 1790000000250,
	.fresh = true,
	.attributes = TEXT_LITERAL(
	    "name=%3c/cas:user%3e%26&groups=a&groups=b%0ac&odd+name=x&1st=y&x-y.z=%01%ef%bf%bf&email=") };

static const char *written(enum cas_format format, bool attributes, struct arena *arena)
{
	struct out out = OUT(arena);
	struct text text;
	cas_write_person(&out, format, &PERSON, attributes);
	assert_true(out_done(&out, &text));
	return text.at;
}

static void as_xml(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	assert_string_equal(written(CAS_XML, false, &arena),
	    BEGIN_XML "<cas:authenticationSuccess>\n<cas:user>a&lt;b&gt;&amp;&quot;&#39;</cas:user>\n"
		      "</cas:authenticationSuccess>\n" END_XML);
	assert_string_equal(written(CAS_XML, true, &arena),
	    BEGIN_XML "<cas:authenticationSuccess>\n<cas:user>a&lt;b&gt;&amp;&quot;&#39;</cas:user>\n"
		      "<cas:attributes>\n"
		      "<cas:authenticationDate>2026-09-21T14:13:20.250Z</cas:authenticationDate>\n"
		      "<cas:longTermAuthenticationRequestTokenUsed>false</"
		      "cas:longTermAuthenticationRequestTokenUsed>\n"
		      "<cas:isFromNewLogin>true</cas:isFromNewLogin>\n"
		      "<cas:name>&lt;/cas:user&gt;&amp;</cas:name>\n"
		      "<cas:groups>a</cas:groups>\n<cas:groups>b\nc</cas:groups>\n"
		      "<cas:x-y.z>\xef\xbf\xbd\xef\xbf\xbd</cas:x-y.z>\n<cas:email></cas:email>\n"
		      "</cas:attributes>\n</cas:authenticationSuccess>\n" END_XML);
}

static void as_json(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	assert_string_equal(written(CAS_JSON, true, &arena),
	    "{\"serviceResponse\":{\"authenticationSuccess\":{\"user\":\"a\\u003cb\\u003e\\u0026\\\"'\","
	    "\"attributes\":{\"authenticationDate\":\"2026-09-21T14:13:20.250Z\","
	    "\"longTermAuthenticationRequestTokenUsed\":false,\"isFromNewLogin\":true,"
	    "\"name\":[\"\\u003c/cas:user\\u003e\\u0026\"],\"groups\":[\"a\",\"b\\u000ac\"],\"odd "
	    "name\":[\"x\"],"
	    "\"1st\":[\"y\"],\"x-y.z\":[\"\\u0001\xef\xbf\xbf\"],\"email\":[\"\"]}}}}\n");
	assert_string_equal(written(CAS_JSON, false, &arena),
	    "{\"serviceResponse\":{\"authenticationSuccess\":{\"user\":"
	    "\"a\\u003cb\\u003e\\u0026\\\"'\"}}}\n");
}

static void proxies(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	static const struct msg_uri_row ROWS[] = { { TEXT_LITERAL("https://b/?x&y") },
		{ TEXT_LITERAL("https://a/") } };
	const struct msg_cas_person person = {
		.user = TEXT_LITERAL("a"),
		.iou = { (unsigned char *)(uintptr_t) "PGTIOU-1", 8 },
		.proxies = { ROWS, COUNT(ROWS) },
	};
	struct out xml = OUT(&arena), json = OUT(&arena);
	struct text text;
	cas_write_person(&xml, CAS_XML, &person, false);
	cas_write_ticket(&xml, CAS_XML, person.iou);
	assert_true(out_done(&xml, &text));
	assert_string_equal(text.at,
	    BEGIN_XML "<cas:authenticationSuccess>\n<cas:user>a</cas:user>\n"
		      "<cas:proxyGrantingTicket>PGTIOU-1</cas:proxyGrantingTicket>\n"
		      "<cas:proxies>\n<cas:proxy>https://b/?x&amp;y</cas:proxy>\n<cas:proxy>https://a/</"
		      "cas:proxy>\n"
		      "</cas:proxies>\n</cas:authenticationSuccess>\n" END_XML BEGIN_XML
		      "<cas:proxySuccess>\n<cas:proxyTicket>PGTIOU-1</cas:proxyTicket>\n</"
		      "cas:proxySuccess>\n" END_XML);
	cas_write_person(&json, CAS_JSON, &person, false);
	cas_write_ticket(&json, CAS_JSON, person.iou);
	assert_true(out_done(&json, &text));
	assert_string_equal(text.at,
	    "{\"serviceResponse\":{\"authenticationSuccess\":{\"user\":\"a\",\"proxyGrantingTicket\":"
	    "\"PGTIOU-1\","
	    "\"proxies\":[\"https://b/?x\\u0026y\",\"https://a/\"]}}}\n"
	    "{\"serviceResponse\":{\"proxySuccess\":{\"proxyTicket\":\"PGTIOU-1\"}}}\n");
}

static void refusals(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena = { 0 };
	const struct msg_cas_refused refused = { CAS_INVALID_TICKET, TEXT_LITERAL("a & b") };
	struct out xml = OUT(&arena), json = OUT(&arena);
	struct text text;
	cas_write_refused(&xml, CAS_XML, "authentication", &refused);
	assert_true(out_done(&xml, &text));
	assert_string_equal(text.at, BEGIN_XML "<cas:authenticationFailure code=\"INVALID_TICKET\">a &amp; "
					       "b</cas:authenticationFailure>\n" END_XML);
	cas_write_refused(&json, CAS_JSON, "proxy", &refused);
	assert_true(out_done(&json, &text));
	assert_string_equal(text.at, "{\"serviceResponse\":{\"proxyFailure\":{\"code\":\"INVALID_TICKET\","
				     "\"description\":\"a \\u0026 b\"}}}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_xml),
		cmocka_unit_test(as_json),
		cmocka_unit_test(proxies),
		cmocka_unit_test(refusals),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
