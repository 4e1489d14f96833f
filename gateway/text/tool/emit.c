#include "text/tool/emit.h"
#include <string.h>

#define MADE "/* Made by texttool from web/. Do not edit. */\n"

/* A C string literal, in pieces that compilers take, without trigraphs. */
static void emit_literal(FILE *out, const char *bytes, size_t len)
{
	fputc('"', out);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)bytes[i];
		if (i > 0 && i % 400 == 0)
			fputs("\"\n\"", out);
		if (c == '\n')
			fputs("\\n", out);
		else if (c == '"' || c == '\\' || c == '?')
			fprintf(out, "\\%c", c);
		else if (c < 0x20 || c >= 0x7f)
			fprintf(out, "\\%03o", c);
		else
			fputc(c, out);
	}
	fputc('"', out);
}

static void emit_str(FILE *out, const char *string)
{
	if (string == NULL)
		fputs("NULL", out);
	else
		emit_literal(out, string, strlen(string));
}

static const char *kind_name(enum wire_kind kind)
{
	static const char *const NAMES[] = { "WIRE_BOOL", "WIRE_NUMBER", "WIRE_TIME", "WIRE_ENUM",
		"WIRE_TEXT", "WIRE_BYTES", "WIRE_SECRET", "WIRE_ID", "WIRE_ONE", "WIRE_LIST" };
	return NAMES[kind];
}

/* A pointer to a ref, as a compound literal: static, because it stands in a file's scope. */
static void emit_ref(FILE *out, const struct page_ref *ref)
{
	const struct template_ref *named = (const struct template_ref *)ref;
	if (ref == NULL) {
		fputs("NULL", out);
		return;
	}
	fprintf(out, "&(const struct page_ref){ .up = %u, .hops = %u, .choice = %u, .kind = %s, .offset = { ",
	    ref->up, ref->hops, ref->choice, kind_name(ref->kind));
	for (unsigned i = 0; i < ref->hops; i++)
		fprintf(out, "offsetof(struct msg_%s, %s), ", named->msg[i], named->field[i]);
	fputs("}", out);
	if (named->element != NULL)
		fprintf(out, ", .size = sizeof(struct msg_%s)", named->element);
	if (ref->list != NULL)
		fprintf(out, ", .list = &wire_enum_%s", ref->list->name);
	fputs(" }", out);
}

static void emit_call(FILE *out, const struct page_call *call)
{
	fprintf(out, "&(const struct page_call){ .string = %u, .id = ", call->string);
	emit_ref(out, call->id);
	fprintf(out, ", .n_args = %u, .args = { ", call->n_args);
	for (unsigned i = 0; i < call->n_args; i++) {
		fprintf(out, "{ \"%s\", ", call->args[i].name);
		emit_ref(out, call->args[i].ref);
		fputs(" }, ", out);
	}
	fputs("} }", out);
}

static void emit_op(FILE *out, const struct page_op *op)
{
	static const char *const CODES[] = { "PAGE_LITERAL", "PAGE_FIELD", "PAGE_AGENT", "PAGE_STRING",
		"PAGE_STRING_OF", "PAGE_SECTION", "PAGE_INVERTED" };
	static const char *const ESCAPES[] = { "ESCAPE_TEXT", "ESCAPE_QUOTED", "ESCAPE_URL",
		"ESCAPE_URL_PART" };
	fprintf(out, "\t{ %s, %s, %u, ", CODES[op->code], ESCAPES[op->escape], op->end);
	if (op->code == PAGE_LITERAL) {
		fputs("{ .literal = ", out);
		emit_literal(out, op->literal, op->end);
	} else if (op->code == PAGE_STRING || op->code == PAGE_STRING_OF) {
		fputs("{ .call = ", out);
		emit_call(out, op->call);
	} else {
		fputs("{ .ref = ", out);
		emit_ref(out, op->ref);
	}
	fputs(" } },\n", out);
}

static void emit_page(FILE *out, const struct page *page, unsigned i)
{
	fprintf(out, "static const char *const roots_%u[] = { ", i);
	for (unsigned j = 0; j < page->n_roots; j++)
		fprintf(out, "\"%s\", ", page->roots[j]);
	fprintf(out, "};\nstatic const struct page_op ops_%u[] = {\n", i);
	for (unsigned j = 0; j < page->n_ops; j++)
		emit_op(out, &page->ops[j]);
	fputs("};\n", out);
}

void emit_pages(FILE *out, const struct page *pages, unsigned n)
{
	fputs(MADE "#include \"text/web.h\"\n", out);
	for (unsigned i = 0; i < n; i++)
		emit_page(out, &pages[i], i);
	fputs("const struct page web_pages[] = {\n", out);
	for (unsigned i = 0; i < n; i++)
		fprintf(out, "\t{ \"%s\", roots_%u, %u, ops_%u, %u },\n", pages[i].name, i, pages[i].n_roots,
		    i, pages[i].n_ops);
	fprintf(out, "};\nconst unsigned web_n_pages = %u;\n", n);
}

static void emit_language(FILE *out, const struct catalogue *catalogue, unsigned language)
{
	fprintf(out, "static const struct string_forms forms_%u[] = {\n", language);
	for (unsigned i = 0; i < catalogue->n; i++) {
		fputs("\t{ { ", out);
		for (unsigned plural = 0; plural < PLURAL_COUNT_; plural++) {
			emit_str(out, catalogue->strings[i]->forms[language].form[plural]);
			fputs(", ", out);
		}
		fputs("} },\n", out);
	}
	fputs("};\n", out);
}

void emit_strings(FILE *out, const struct catalogue *catalogue)
{
	fputs(MADE "#include \"text/web.h\"\nstatic const char *const ids[] = {\n", out);
	for (unsigned i = 0; i < catalogue->n; i++)
		fprintf(out, "\t\"%s\",\n", catalogue->strings[i]->id);
	fputs("};\n", out);
	for (unsigned i = 0; i < catalogue->n_languages; i++)
		emit_language(out, catalogue, i);
	fputs("static const struct language languages[] = {\n", out);
	for (unsigned i = 0; i < catalogue->n_languages; i++)
		fprintf(out, "\t{ \"%s\", %s, forms_%u },\n", catalogue->languages[i].tag,
		    catalogue->languages[i].rule->name, i);
	fprintf(out, "};\nconst struct strings web_strings = { ids, %u, languages, %u };\n", catalogue->n,
	    catalogue->n_languages);
}

static void emit_word(FILE *out, const char *id, const char *end, const char *sentence)
{
	fprintf(out, "\t{ \"%s%s\", ", id, end);
	emit_str(out, sentence);
	fputs(" },\n", out);
}

/* The English sentences of the text ids. "x" gives the form for many, "x.one" the one for one. */
void emit_words(FILE *out, const struct catalogue *catalogue)
{
	fputs(MADE "#include \"text/words.h\"\n#include <stddef.h>\n#include <string.h>\n"
		   "static const struct {\n\tconst char *id, *sentence;\n} WORDS[] = {\n",
	    out);
	for (unsigned i = 0; i < catalogue->n; i++) {
		const struct catalogue_string *string = catalogue->strings[i];
		if (!catalogue_is_text_id(string->id))
			continue;
		emit_word(out, string->id, "", string->forms[0].form[PLURAL_OTHER]);
		if (string->has_forms)
			emit_word(out, string->id, ".one", string->forms[0].form[PLURAL_ONE]);
	}
	fputs("};\n\nconst char *words_find(const char *id)\n{\n"
	      "\tfor (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++)\n"
	      "\t\tif (strcmp(WORDS[i].id, id) == 0)\n\t\t\treturn WORDS[i].sentence;\n\treturn NULL;\n}\n",
	    out);
}

static void emit_bytes(FILE *out, const struct source *file, unsigned i)
{
	fprintf(out, "static const unsigned char bytes_%u[] = {", i);
	for (size_t j = 0; j < file->content.len; j++)
		fprintf(out, "%s%u,", j % 24 == 0 ? "\n\t" : "", (unsigned char)file->content.at[j]);
	fputs("\n};\n", out);
}

void emit_statics(FILE *out, const struct source *files, const struct source *addresses, unsigned n)
{
	fputs(MADE "#include \"text/web.h\"\n", out);
	for (unsigned i = 0; i < n; i++)
		emit_bytes(out, &files[i], i);
	fputs("const struct web_static web_statics[] = {\n", out);
	for (unsigned i = 0; i < n; i++)
		fprintf(out, "\t{ \"%s\", \"%s\", bytes_%u, %zu },\n", addresses[i].content.at,
		    files_type(files[i].name), i, files[i].content.len);
	fprintf(out, "};\nconst unsigned web_n_statics = %u;\n", n);
}
