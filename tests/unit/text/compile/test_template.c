/* What a template gives, and what the build says of a wrong one. */
#include "unit.h"
#include <stdio.h>
#include <string.h>
#include "text/compile/template.h"

static const char ENGLISH[] =
    "hello = Hello\nnotice.one = one <day>\nnotice.other = {count} days, {name}\npage.title = \"Home\"\n";

struct workshop {
	struct arena arena;
	struct catalogue catalogue;
	struct strings strings;
	struct fault fault;
	struct page page;
};

static const struct source PARTS[] = {
	{ "field", "part/field.html", { "{{! part }}\n<b>{{user}}</b>", 27 } },
	{ "open", "part/open.html", { "{{#user}}", 9 } },
	{ "wrong", "part/wrong.html", { "\n\n{{nothing}}", 13 } },
	{ "again", "part/again.html", { "{{>again}}", 10 } },
};
static const struct source STATICS[] = { { "portal.css", "static/portal.css",
    { "/static/portal-1.css", 20 } } };

static bool compile(struct workshop *shop, const char *template)
{
	shop->catalogue.arena = &shop->arena;
	assert_true(catalogue_read(&shop->catalogue, "en.txt", "en", text_of(ENGLISH), &shop->fault));
	assert_true(catalogue_check(&shop->catalogue, &shop->fault));
	assert_true(catalogue_strings(&shop->catalogue, &shop->strings));
	struct template_set set = { &shop->arena, &shop->catalogue, PARTS, COUNT(PARTS), STATICS,
		COUNT(STATICS) };
	struct source source = { "page", "page.html", text_of(template) };
	return template_compile(&set, &source, &shop->page, &shop->fault);
}

static const struct {
	const char *template;
	const char *html;
} GOOD[] = {
	{ "plain", "plain" },
	{ "<p>{{frame.name}}</p>", "<p>A &amp; B</p>" },
	{ "{{frame.level}}", "password" },
	{ "{{#frame.level.is_password}}yes{{/frame.level.is_password}}{{#frame.level.is_none}}no{{/"
	  "frame.level.is_none}}",
	    "yes" },
	{ "{{^frame.level.is_none}}not{{/frame.level.is_none}}", "not" },
	{ "{{#frame}}{{user}}{{/frame}}", "ab" },
	{ "{{#frame}}{{institution}}{{/frame}}", "Uni" },
	{ "{{^frame}}no frame{{/frame}}", "" },
	{ "{{#groups}}[{{name}}{{#description}}: {{description}}{{/description}}]{{/groups}}",
	    "[one: first][two]" },
	{ "{{#groups}}{{frame.user}}{{/groups}}", "abab" },
	{ "{{^attributes}}none{{/attributes}}", "none" },
	{ "{{#more_groups}}more{{/more_groups}}{{^more_groups}}all{{/more_groups}}", "more" },
	{ "<a href=\"{{logo}}\">", "<a href=\"#\">" },
	{ "<a href=\"/x?y={{logo}}\">", "<a href=\"/x?y=javascript%3Ax\">" },
	{ "<a title=\"{{logo}}\">", "<a title=\"javascript:x\">" },
	{ "<a title='{{frame.name}}'>", "<a title='A &amp; B'>" },
	{ "<input {{#more_groups}}checked {{/more_groups}}>", "<input checked >" },
	{ "<i class=\"a{{#more_groups}} b{{/more_groups}}\">", "<i class=\"a b\">" },
	{ "<input value=\"{{frame.csrf}}\">", "<input value=\"secret\">" },
	{ "{{t hello}}", "Hello" },
	{ "<i title=\"{{t page.title}}\">", "<i title=\"&quot;Home&quot;\">" },
	{ "{{t notice count=frame.since name=frame.user}}", NULL },
	{ "{{t *help}}", "Hello" },
	{ "{{t *institution}}", "Uni" },
	{ "<link href=\"{{static portal.css}}\">", "<link href=\"/static/portal-1.css\">" },
	{ "{{#frame}}{{>field}}{{/frame}}", "<b>ab</b>" },
	{ "a\n\n\t b  \n{{! remark }}\n  c", "a\nb\nc" },
	{ "{{#help_link}}x{{/help_link}}{{^help_link}}y{{/help_link}}", "y" },
};

static struct text render(struct workshop *shop)
{
	static const struct msg_frame frame = { .name = { "A & B", 5 },
		.user = { "ab", 2 },
		.level = SESSION_LEVEL_PASSWORD,
		.csrf = { (unsigned char *)(uintptr_t) "secret", 6 },
		.since = 1 };
	static const struct msg_group_row groups[] = { { { "one", 3 }, { "first", 5 } },
		{ { "two", 3 }, { NULL, 0 } } };
	const struct msg_home_page home = { .frame = &frame, .groups = { groups, 2 }, .more_groups = true };
	const struct msg_site site = {
		.institution = { "Uni", 3 }, .logo = { "javascript:x", 12 }, .help = { "hello", 5 }
	};
	const struct wire_any stack[] = { WIRE(home_page, &home), WIRE(site, &site) };
	struct page_context context = { &shop->strings, &shop->strings.languages[0], 0 };
	struct out out = OUT(&shop->arena);
	struct text text = { NULL, 0 };
	assert_int_equal(page_render(&shop->page, stack, COUNT(stack), &context, &out), OK);
	assert_true(out_done(&out, &text));
	assert_int_equal(page_render(&shop->page, stack, 1, &context, &out), ERR_INTERNAL);
	const struct wire_any swapped[] = { stack[1], stack[0] };
	assert_int_equal(page_render(&shop->page, swapped, 2, &context, &out), ERR_INTERNAL);
	return text;
}

static void good_templates(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(GOOD); i++) {
		struct workshop shop = { .fault = { "" } };
		char template[400];
		snprintf(template, sizeof template, "{{! home_page site }}\n%s", GOOD[i].template);
		if (!compile(&shop, template))
			fail_msg("%s: %s", GOOD[i].template, shop.fault.text);
		struct text html = render(&shop);
		if (GOOD[i].html != NULL && !text_equal_str(html, GOOD[i].html))
			fail_msg("%s: %s", GOOD[i].template, text_str(html));
		arena_done(&shop.arena);
	}
}

static void forms_and_placeholders(void **state)
{
	(void)state;
	static const struct {
		uint64_t count;
		const char *html;
	} ROWS[] = { { 1, "one &lt;day&gt;" }, { 3, "3 days, M&amp;M" } };
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct workshop shop = { .fault = { "" } };
		struct out out = OUT(&shop.arena);
		struct text html;
		struct msg_ask_notice notice = {
			.text = { "notice", 6 }, .name = { "M&M", 3 }, .count = ROWS[i].count
		};
		struct wire_any stack[] = { WIRE(ask_notice, &notice) };
		const char *template = i % 2 == 0 ? "{{! ask_notice }}{{t *text count=count name=name}}"
						  : "{{! ask_notice }}{{t notice count=count name=name}}";
		assert_true(compile(&shop, template));
		struct page_context context = { &shop.strings, &shop.strings.languages[0], 0 };
		assert_int_equal(page_render(&shop.page, stack, 1, &context, &out), OK);
		assert_true(out_done(&out, &html));
		assert_string_equal(text_str(html), ROWS[i].html);
		arena_done(&shop.arena);
	}
}

static const struct {
	const char *template;
	const char *fault;
} BAD[] = {
	{ "plain", "page.html:1: the first line must name the page's messages: {{! login_page site }}" },
	{ "{{! no_such }}", "page.html:1: no message 'no_such'" },
	{ "{{! }}", "page.html:1: a page without a message" },
	{ "{{! home_page }}\n\n{{nothing}}", "page.html:3: 'nothing': no such field in the page's messages" },
	{ "{{! home_page }}{{frame.nothing}}",
	    "page.html:1: 'frame.nothing': no such field in the nested message" },
	{ "{{! home_page }}{{frame.name.x}}", "page.html:1: 'frame.name.x': nothing lies within that field" },
	{ "{{! home_page }}{{#frame.level.is_boss}}{{/frame.level.is_boss}}",
	    "page.html:1: 'frame.level.is_boss': no such choice" },
	{ "{{! home_page }}{{more_groups}}", "page.html:1: 'more_groups': a field that has no text" },
	{ "{{! home_page }}{{groups}}", "page.html:1: 'groups': a field that has no text" },
	{ "{{! home_page }}{{#frame.level}}{{/frame.level}}",
	    "page.html:1: 'frame.level': an enum is asked by .is_CHOICE" },
	{ "{{! claimed }}{{session}}", "page.html:1: 'session': a secret that no page may show" },
	{ "{{! turn_passed }}{{transaction}}", "page.html:1: 'transaction': a field that has no text" },
	{ "{{! home_page }}{{#frame}}", "page.html:1: 'frame' does not end" },
	{ "{{! home_page }}{{#frame}}{{/groups}}", "page.html:1: '/groups' ends nothing that is open" },
	{ "{{! home_page }}{{/frame}}", "page.html:1: '/frame' ends nothing that is open" },
	{ "{{! home_page }}{{#frame}}<b {{/frame}}>",
	    "page.html:1: 'frame' begins and ends at different places of the HTML" },
	{ "{{! home_page }}<b", "page.html:1: the page ends within a tag" },
	{ "{{! home_page }}{{frame.name", "page.html:1: a tag that does not end" },
	{ "{{! home_page }}{{}}", "page.html:1: an empty tag" },
	{ "{{! home_page }}{{frame.name x}}", "page.html:1: 'frame.name x': one word too many" },
	{ "{{! home_page }}<p title={{frame.name}}>", "page.html:1: 'frame.name': no value may stand here" },
	{ "{{! home_page }}<p title=x>", "page.html:1: an attribute without quotes" },
	{ "{{! home_page }}<p {{frame.name}}>", "page.html:1: 'frame.name': no value may stand here" },
	{ "{{! home_page }}<{{frame.name}}>", "page.html:1: 'frame.name': no value may stand here" },
	{ "{{! home_page }}<p onclick=\"x\">",
	    "page.html:1: an attribute that the content policy or the escapes do not allow" },
	{ "{{! home_page }}<p STYLE=\"{{frame.name}}\">",
	    "page.html:1: an attribute that the content policy or the escapes do not allow" },
	{ "{{! home_page }}<script>{{frame.name}}</script>", "page.html:1: an inline style or script" },
	{ "{{! home_page }}<style>", "page.html:1: an inline style or script" },
	{ "{{! home_page }}<!-- {{frame.name}} -->", "page.html:1: an HTML comment; write {{! ... }}" },
	{ "{{! home_page }}a < b", "page.html:1: a \"<\" that begins no tag; write &lt;" },
	{ "{{! home_page }}{{t no.such}}", "page.html:1: no string 'no.such'" },
	{ "{{! home_page }}{{t notice}}", "page.html:1: 'notice' wants {count}" },
	{ "{{! home_page }}{{t notice count}}", "page.html:1: 'count': not name=field, or one too many" },
	{ "{{! home_page }}<a href=\"{{t hello}}\">", "page.html:1: 'hello': no sentence may stand here" },
	{ "{{! home_page }}{{t *more_groups}}", "page.html:1: 'more_groups': a field that has no text" },
	{ "{{! home_page }}{{>nothing}}", "page.html:1: no part 'nothing'" },
	{ "{{! home_page }}\n{{>wrong}}",
	    "part/wrong.html:3: 'nothing': no such field in the page's messages" },
	{ "{{! login_page }}{{>open}}", "part/open.html:1: a section that does not end here" },
	{ "{{! home_page }}{{>again}}", "part/again.html:1: 'again': parts within parts within parts" },
	{ "{{! home_page }}{{static no.css}}", "page.html:1: no static file 'no.css'" },
	{ "{{! home_page }}<a href=\"{{#frame}}x{{/frame}}{{frame.name}}\">",
	    "page.html:1: 'frame' begins and ends at different places of the HTML" },
	{ "{{! home_page }}<script {{#frame}}src=\"/x\"{{/frame}}>{{frame.name}}</script>",
	    "page.html:1: 'frame' begins and ends at different places of the HTML" },
	{ "{{! home_page }}<script src=\"/x\" {{#frame}}></script><b {{/frame}}>",
	    "page.html:1: 'frame' begins and ends at different places of the HTML" },
	{ "{{! home_page }}<a hre{{#frame}}x{{/frame}}f=\"{{frame.name}}\">",
	    "page.html:1: 'frame' begins and ends at different places of the HTML" },
	{ "{{! home_page }}<s{{#frame}}x{{/frame}}tyle>",
	    "page.html:1: 'frame' begins and ends at different places of the HTML" },
	{ "{{! home_page }}<a {{static portal.css}}>",
	    "page.html:1: 'portal.css': no address may stand here" },
	{ "{{! home_page }}<b></b title=\">{{frame.name}}\">",
	    "page.html:1: an odd character in a closing tag" },
};

static void bad_templates(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(BAD); i++) {
		struct workshop shop = { .fault = { "" } };
		if (compile(&shop, BAD[i].template))
			fail_msg("%s: was taken", BAD[i].template);
		if (strncmp(shop.fault.text, BAD[i].fault, strlen(BAD[i].fault)) != 0)
			fail_msg("%s: %s", BAD[i].template, shop.fault.text);
		arena_done(&shop.arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_templates),
		cmocka_unit_test(forms_and_placeholders),
		cmocka_unit_test(bad_templates),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
