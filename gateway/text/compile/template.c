#include "text/compile/template.h"
#include <string.h>
#include "text/compile/html.h"
#include "text/compile/name.h"

#define OPS_MAX 2000u
#define SECTIONS_MAX 12u
#define PARTS_DEEP 4u

struct section {
	unsigned op;
	struct text name;
	struct html html;
	bool pushed;
};

struct compiler {
	const struct template_set *set;
	struct fault *fault;
	const char *file;
	unsigned line;
	unsigned parts; /* how deep in parts */
	struct html html;
	struct scope scope;
	struct section sections[SECTIONS_MAX];
	unsigned n_sections;
	struct page_op *ops;
	unsigned n_ops;
	unsigned barrier; /* ops before it take no more text: a section began or ended */
	bool at_line_start;
};

static bool compile(struct compiler *c, struct text content);

#define WRONG(c, ...) fault_set((c)->fault, (c)->file, (c)->line, __VA_ARGS__)

static struct page_op *add_op(struct compiler *c, enum page_code code)
{
	if (c->n_ops == OPS_MAX) {
		WRONG(c, "a template of more than %u pieces", OPS_MAX);
		return NULL;
	}
	struct page_op *op = &c->ops[c->n_ops++];
	*op = (struct page_op){ .code = code };
	return op;
}

/* Appends to the last literal, or begins one. */
static bool add_literal(struct compiler *c, struct text text)
{
	if (text.len == 0)
		return true;
	bool joins = c->n_ops > c->barrier && c->ops[c->n_ops - 1].code == PAGE_LITERAL;
	struct page_op *op = joins ? &c->ops[c->n_ops - 1] : add_op(c, PAGE_LITERAL);
	if (op == NULL)
		return false;
	size_t before = joins ? op->end : 0;
	char *at = arena_alloc(c->set->arena, before + text.len + 1);
	if (at == NULL)
		return WRONG(c, "out of memory");
	if (joins)
		memcpy(at, op->literal, before);
	memcpy(at + before, text.at, text.len);
	op->literal = at;
	op->end = (unsigned)(before + text.len);
	return true;
}

/* A line's end and the blanks around it are one line's end. */
static struct text squeeze(struct compiler *c, struct text text)
{
	char *to = arena_alloc(c->set->arena, text.len + 1);
	size_t n = 0;
	for (size_t i = 0; to != NULL && i < text.len; i++) {
		char byte = text.at[i];
		bool blank = byte == ' ' || byte == '\t' || byte == '\n';
		if (c->at_line_start && blank)
			continue;
		while (byte == '\n' && n > 0 && (to[n - 1] == ' ' || to[n - 1] == '\t'))
			n--;
		to[n++] = byte;
		c->at_line_start = byte == '\n';
	}
	return (struct text){ to, n };
}

static bool literal(struct compiler *c, struct text text)
{
	const char *why;
	struct text squeezed = squeeze(c, text);
	if (squeezed.at == NULL)
		return WRONG(c, "out of memory");
	if (!html_read(&c->html, squeezed.at, squeezed.len, &why))
		return WRONG(c, "%s", why);
	return add_literal(c, squeezed);
}

/* An empty one behind the last. */
static struct text next_word(struct text *rest)
{
	struct text word = { rest->at, 0 };
	(void)text_next_word(rest, " \t\n", &word);
	return word;
}

static struct template_ref *find(struct compiler *c, struct text name)
{
	const char *why;
	struct template_ref *ref = arena_alloc(c->set->arena, sizeof *ref);
	if (ref == NULL || !name_find(&c->scope, name, ref, &why)) {
		WRONG(c, "'%.*s': %s", TEXT_ARGS(name), ref == NULL ? "out of memory" : why);
		return NULL;
	}
	return ref;
}

static struct template_ref *find_value(struct compiler *c, struct text name)
{
	const char *why;
	struct template_ref *ref = find(c, name);
	if (ref != NULL && !name_may_show(ref, &why)) {
		WRONG(c, "'%.*s': %s", TEXT_ARGS(name), why);
		return NULL;
	}
	return ref;
}

static bool field(struct compiler *c, enum page_code code, struct text name)
{
	struct template_ref *ref = find_value(c, name);
	if (ref == NULL)
		return false;
	if (code == PAGE_AGENT && ref->ref.kind != WIRE_TEXT)
		return WRONG(c, "'%.*s' is not a text", TEXT_ARGS(name));
	struct page_op *op = add_op(c, code);
	if (op == NULL)
		return false;
	op->ref = &ref->ref;
	c->at_line_start = false;
	return html_value(&c->html, &op->escape) ||
	       WRONG(c, "'%.*s': no value may stand here", TEXT_ARGS(name));
}

static bool open_section(struct compiler *c, struct text name, bool inverted)
{
	const char *why;
	struct template_ref *ref = find(c, name);
	if (ref == NULL)
		return false;
	if (!name_may_test(ref, &why))
		return WRONG(c, "'%.*s': %s", TEXT_ARGS(name), why);
	const struct wire_msg *inner = inverted ? NULL : name_inner(ref);
	if (c->n_sections == SECTIONS_MAX || c->scope.n == PAGE_DEPTH)
		return WRONG(c, "'%.*s': too deep", TEXT_ARGS(name));
	struct page_op *op = add_op(c, inverted ? PAGE_INVERTED : PAGE_SECTION);
	if (op == NULL)
		return false;
	op->ref = &ref->ref;
	if (inner != NULL)
		c->scope.messages[c->scope.n++] = inner;
	c->sections[c->n_sections++] = (struct section){ c->n_ops - 1, name, c->html, inner != NULL };
	c->barrier = c->n_ops;
	return true;
}

static bool close_section(struct compiler *c, struct text name)
{
	if (c->n_sections == 0 || !text_equal(c->sections[c->n_sections - 1].name, name))
		return WRONG(c, "'/%.*s' ends nothing that is open", TEXT_ARGS(name));
	struct section *section = &c->sections[--c->n_sections];
	if (!html_same(&section->html, &c->html))
		return WRONG(c, "'%.*s' begins and ends at different places of the HTML", TEXT_ARGS(name));
	if (section->pushed)
		c->scope.n--;
	c->ops[section->op].end = c->n_ops;
	c->barrier = c->n_ops;
	return true;
}

static bool part(struct compiler *c, struct text name)
{
	const struct source *found = NULL;
	for (unsigned i = 0; i < c->set->n_parts; i++)
		if (text_equal_str(name, c->set->parts[i].name))
			found = &c->set->parts[i];
	if (found == NULL)
		return WRONG(c, "no part '%.*s'", TEXT_ARGS(name));
	if (c->parts == PARTS_DEEP)
		return WRONG(c, "'%.*s': parts within parts within parts", TEXT_ARGS(name));
	const char *file = c->file;
	unsigned line = c->line, sections = c->n_sections;
	c->file = found->file;
	c->line = 1;
	c->parts++;
	bool done = compile(c, found->content);
	if (done && c->n_sections != sections)
		done = WRONG(c, "a section that does not end here");
	c->parts--;
	c->file = file;
	c->line = line;
	return done;
}

static bool static_file(struct compiler *c, struct text name)
{
	for (unsigned i = 0; i < c->set->n_statics; i++)
		if (text_equal_str(name, c->set->statics[i].name)) {
			if (!html_address(&c->html))
				return WRONG(c, "'%.*s': no address may stand here", TEXT_ARGS(name));
			c->at_line_start = false;
			return add_literal(c, c->set->statics[i].content);
		}
	return WRONG(c, "no static file '%.*s'", TEXT_ARGS(name));
}

/* The "name=field" words of a string. */
static bool arguments(struct compiler *c, struct text rest, struct page_call *call)
{
	for (struct text word = next_word(&rest); word.len > 0; word = next_word(&rest)) {
		const char *equals = memchr(word.at, '=', word.len);
		if (equals == NULL || call->n_args == PAGE_ARGS)
			return WRONG(c, "'%.*s': not name=field, or one too many", TEXT_ARGS(word));
		size_t before = (size_t)(equals - word.at);
		struct template_ref *ref = find_value(c, (struct text){ equals + 1, word.len - before - 1 });
		const char *name = arena_copy(c->set->arena, word.at, before);
		if (ref == NULL || name == NULL)
			return false;
		call->args[call->n_args++] = (struct page_arg){ name, &ref->ref };
	}
	return true;
}

static bool string_of(struct compiler *c, struct text name, struct page_call *call)
{
	struct template_ref *ref = find_value(c, name);
	if (ref == NULL)
		return false;
	call->id = &ref->ref;
	return ref->ref.kind == WIRE_TEXT || WRONG(c, "'%.*s' is not a text", TEXT_ARGS(name));
}

static bool string_named(struct compiler *c, struct text id, struct page_call *call)
{
	const char *names[PAGE_ARGS];
	struct text missing;
	for (unsigned i = 0; i < call->n_args; i++)
		names[i] = call->args[i].name;
	call->string = catalogue_find(c->set->catalogue, id);
	if (call->string == STRINGS_NONE)
		return WRONG(c, "no string '%.*s'", TEXT_ARGS(id));
	c->set->catalogue->strings[call->string]->is_used = true;
	return catalogue_takes(c->set->catalogue, call->string, names, call->n_args, &missing) ||
	       WRONG(c, "'%.*s' wants {%.*s}", TEXT_ARGS(id), TEXT_ARGS(missing));
}

static bool string(struct compiler *c, struct text rest)
{
	struct text id = next_word(&rest);
	struct page_call *call = arena_alloc(c->set->arena, sizeof *call);
	if (call == NULL)
		return WRONG(c, "out of memory");
	bool dynamic = text_starts_with(id, "*");
	if (!arguments(c, rest, call))
		return false;
	if (!(dynamic ? string_of(c, (struct text){ id.at + 1, id.len - 1 }, call)
		      : string_named(c, id, call)))
		return false;
	struct page_op *op = add_op(c, dynamic ? PAGE_STRING_OF : PAGE_STRING);
	if (op == NULL)
		return false;
	op->call = call;
	c->at_line_start = false;
	bool has_place = html_value(&c->html, &op->escape);
	return (has_place && op->escape != ESCAPE_URL) ||
	       WRONG(c, "'%.*s': no sentence may stand here", TEXT_ARGS(id));
}

static bool tag(struct compiler *c, struct text inside)
{
	struct text rest = inside;
	struct text first = next_word(&rest);
	if (first.len == 0)
		return WRONG(c, "an empty tag");
	if (text_equal_str(first, "t"))
		return string(c, rest);
	if (text_equal_str(first, "static"))
		return static_file(c, next_word(&rest));
	if (text_equal_str(first, "agent"))
		return field(c, PAGE_AGENT, next_word(&rest));
	if (first.at[0] == '!')
		return true;
	struct text name = { first.at + 1, first.len - 1 };
	if (name.len == 0)
		name = next_word(&rest);
	if (next_word(&rest).len > 0)
		return WRONG(c, "'%.*s': one word too many", TEXT_ARGS(inside));
	switch (first.at[0]) {
	case '#':
		return open_section(c, name, false);
	case '^':
		return open_section(c, name, true);
	case '/':
		return close_section(c, name);
	case '>':
		return part(c, name);
	default:
		return field(c, PAGE_FIELD, first);
	}
}

static unsigned lines_in(struct text text)
{
	unsigned n = 0;
	for (size_t i = 0; i < text.len; i++)
		n += text.at[i] == '\n';
	return n;
}

static struct text up_to(struct text text, const char *mark)
{
	const char *found = text.len > 0 ? memmem(text.at, text.len, mark, strlen(mark)) : NULL;
	return (struct text){ text.at, found != NULL ? (size_t)(found - text.at) : text.len };
}

static bool compile(struct compiler *c, struct text content)
{
	while (content.len > 0) {
		struct text before = up_to(content, "{{");
		if (!literal(c, before))
			return false;
		c->line += lines_in(before);
		content = (struct text){ content.at + before.len, content.len - before.len };
		if (content.len == 0)
			break;
		content = (struct text){ content.at + 2, content.len - 2 };
		struct text inside = up_to(content, "}}");
		if (inside.len == content.len)
			return WRONG(c, "a tag that does not end");
		if (!tag(c, inside))
			return false;
		c->line += lines_in(inside);
		content = (struct text){ content.at + inside.len + 2, content.len - inside.len - 2 };
	}
	return true;
}

/* Reads the first line: the messages of the page. */
static bool roots(struct compiler *c, struct text content, struct page *page)
{
	const char **names = arena_array(c->set->arena, PAGE_DEPTH, sizeof *names);
	if (names == NULL || !text_starts_with(content, "{{!"))
		return WRONG(c, "the first line must name the page's messages: {{! login_page site }}");
	struct text line = up_to((struct text){ content.at + 3, content.len - 3 }, "}}");
	for (struct text word = next_word(&line); word.len > 0; word = next_word(&line)) {
		names[page->n_roots] = arena_copy(c->set->arena, word.at, word.len);
		if (names[page->n_roots] == NULL || wire_find_name(names[page->n_roots]) == NULL)
			return WRONG(c, "no message '%.*s'", TEXT_ARGS(word));
		if (++page->n_roots == PAGE_DEPTH - 2)
			return WRONG(c, "too many messages");
	}
	for (unsigned i = page->n_roots; i-- > 0;)
		c->scope.messages[c->scope.n++] = wire_find_name(names[i]);
	page->roots = names;
	return page->n_roots > 0 || WRONG(c, "a page without a message");
}

bool template_compile(
    const struct template_set *set, const struct source *source, struct page *page_r, struct fault *fault)
{
	struct compiler c = {
		.set = set, .fault = fault, .file = source->file, .line = 1, .at_line_start = true
	};
	struct page page = { .name = source->name };
	c.ops = arena_array(set->arena, OPS_MAX, sizeof *c.ops);
	if (c.ops == NULL)
		return WRONG(&c, "out of memory");
	if (!roots(&c, source->content, &page) || !compile(&c, source->content))
		return false;
	if (c.n_sections > 0)
		return WRONG(&c, "'%.*s' does not end", TEXT_ARGS(c.sections[c.n_sections - 1].name));
	if (c.html.place != HTML_TEXT)
		return WRONG(&c, "the page ends within a tag");
	page.ops = c.ops;
	page.n_ops = c.n_ops;
	*page_r = page;
	return true;
}
