#include "judge/xml.h"
#include <libxml/parser.h>
#include <libxml/xmlIO.h>
#include <string.h>
#include <strings.h>
#include "base/enc.h"

/* Nothing is ever loaded beside what was given. */
static xmlParserInputPtr load_nothing(const char *url, const char *id, xmlParserCtxtPtr context)
{
	(void)url;
	(void)id;
	(void)context;
	return NULL;
}

static void say_nothing(void *context, const char *format, ...)
{
	(void)context;
	(void)format;
}

void xml_begin(void)
{
	xmlInitParser();
	xmlSetExternalEntityLoader(load_nothing);
	xmlSetGenericErrorFunc(NULL, say_nothing);
}

static bool has_at(const char *bytes, size_t len, size_t at, const char *word)
{
	size_t n = strlen(word);
	return len - at >= n && memcmp(bytes + at, word, n) == 0;
}

/* In well-formed XML "<" begins markup wherever it stands, so what is not allowed is seen before the parser sees anything. */
static enum judge_fault look(const char *bytes, size_t len, bool comments)
{
	for (size_t i = 0; i + 1 < len; i++) {
		if (bytes[i] != '<')
			continue;
		if (has_at(bytes, len, i, "<!DOCTYPE") || has_at(bytes, len, i, "<!ENTITY"))
			return JUDGE_DOCTYPE;
		if (bytes[i + 1] == '!' && !(comments && has_at(bytes, len, i, "<!--")))
			return JUDGE_COMMENT;
		if (bytes[i + 1] == '?' && !(i == 0 && has_at(bytes, len, 0, "<?xml ")))
			return JUDGE_COMMENT;
	}
	return JUDGE_NONE;
}

/* The declaration names no other encoding: for what it does not know by itself the library would load a converter. */
static bool is_in_utf8(const char *bytes, size_t len)
{
	const char *end = has_at(bytes, len, 0, "<?xml ") ? memmem(bytes, len, "?>", 2) : NULL;
	const char *word = end != NULL ? memmem(bytes, (size_t)(end - bytes), "encoding", 8) : NULL;
	if (word == NULL)
		return true;
	while (word < end && *word != '"' && *word != '\'')
		word++;
	return end - word >= 7 && strncasecmp(word + 1, "utf-8", 5) == 0 && word[6] == word[0];
}

/* How far a document may go. */
struct bounds {
	size_t bytes;
	unsigned depth, nodes;
	bool comments;
	int options; /* of the parser, beside those for all */
};

struct size {
	const struct bounds *bounds;
	unsigned nodes;
};

static enum judge_fault measure(const xmlNode *node, unsigned depth, struct size *size)
{
	enum judge_fault fault = JUDGE_NONE;
	for (; fault == JUDGE_NONE && node != NULL; node = node->next) {
		bool odd = node->type != XML_ELEMENT_NODE && node->type != XML_TEXT_NODE &&
			   !(size->bounds->comments && node->type == XML_COMMENT_NODE);
		if (odd)
			return JUDGE_COMMENT;
		if (++size->nodes > size->bounds->nodes || depth > size->bounds->depth)
			return JUDGE_TOO_LARGE;
		if (node->type == XML_ELEMENT_NODE)
			fault = measure(node->children, depth + 1, size);
	}
	return fault;
}

static enum judge_fault judge(const xmlDoc *doc, const struct bounds *bounds)
{
	struct size size = { bounds, 0 };
	if (doc->intSubset != NULL || doc->extSubset != NULL)
		return JUDGE_DOCTYPE;
	return xmlDocGetRootElement(doc) != NULL ? measure(doc->children, 0, &size) : JUDGE_MALFORMED;
}

static enum judge_fault read_within(
    const struct bounds *bounds, const char *bytes, size_t len, xmlDoc **doc_r)
{
	if (len > bounds->bytes)
		return JUDGE_TOO_LARGE;
	if (memchr(bytes, '\0', len) != NULL || !text_is_utf8(bytes, len) || !is_in_utf8(bytes, len))
		return JUDGE_MALFORMED;
	enum judge_fault fault = look(bytes, len, bounds->comments);
	if (fault != JUDGE_NONE)
		return fault;
	xmlDoc *doc = xmlReadMemory(bytes, (int)len, NULL, "UTF-8",
	    XML_PARSE_NONET | XML_PARSE_IGNORE_ENC | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
		XML_PARSE_COMPACT | bounds->options);
	if (doc == NULL)
		return JUDGE_MALFORMED;
	fault = judge(doc, bounds);
	if (fault != JUDGE_NONE)
		xmlFreeDoc(doc);
	else
		*doc_r = doc;
	return fault;
}

enum judge_fault xml_read(const char *bytes, size_t len, bool comments, xmlDoc **doc_r)
{
	const struct bounds bounds = { XML_BYTES_MAX, XML_DEPTH_MAX_, XML_NODES_MAX, comments, 0 };
	return read_within(&bounds, bytes, len, doc_r);
}

/* The library has bounds of its own, which a large file breaks that is none the worse for it. */
enum judge_fault xml_read_file(const char *bytes, size_t len, xmlDoc **doc_r)
{
	static const struct bounds BOUNDS = { XML_FILE_BYTES_MAX, XML_FILE_DEPTH_MAX, XML_FILE_NODES_MAX,
		true, XML_PARSE_HUGE };
	return read_within(&BOUNDS, bytes, len, doc_r);
}

void xml_done(xmlDoc **doc)
{
	xmlFreeDoc(*doc);
	*doc = NULL;
}

bool xml_is(const xmlNode *node, const char *ns, const char *name)
{
	return node->type == XML_ELEMENT_NODE && node->ns != NULL &&
	       strcmp((const char *)node->ns->href, ns) == 0 && strcmp((const char *)node->name, name) == 0;
}

static xmlNode *element_from(xmlNode *node)
{
	while (node != NULL && node->type != XML_ELEMENT_NODE)
		node = node->next;
	return node;
}

xmlNode *xml_first(const xmlNode *parent)
{
	return element_from(parent->children);
}

xmlNode *xml_next(const xmlNode *element)
{
	return element_from(element->next);
}

xmlNode *xml_child(const xmlNode *parent, const char *ns, const char *name)
{
	xmlNode *node = xml_first(parent);
	while (node != NULL && !xml_is(node, ns, name))
		node = xml_next(node);
	return node;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Of one text node, or none. */
static struct text trimmed(const xmlNode *only, struct arena *arena)
{
	struct text text = { "", 0 }, copy = { NULL, 0 };
	if (only != NULL && (only->type != XML_TEXT_NODE || only->next != NULL))
		return copy;
	if (only != NULL && only->content != NULL)
		text = text_of((const char *)only->content);
	while (text.len > 0 && is_blank(text.at[text.len - 1]))
		text.len--;
	for (; text.len > 0 && is_blank(text.at[0]); text.len--)
		text.at++;
	return text_copy(arena, text, &copy) ? copy : (struct text){ NULL, 0 };
}

struct text xml_text(const xmlNode *element, struct arena *arena)
{
	return trimmed(element->children, arena);
}

static const xmlAttr *attribute(const xmlNode *element, const char *name)
{
	for (const xmlAttr *at = element->properties; at != NULL; at = at->next)
		if (at->ns == NULL && strcmp((const char *)at->name, name) == 0)
			return at;
	return NULL;
}

struct text xml_attribute(const xmlNode *element, const char *name, struct arena *arena)
{
	const xmlAttr *found = attribute(element, name);
	return found != NULL ? trimmed(found->children, arena) : (struct text){ NULL, 0 };
}

bool xml_flag(const xmlNode *element, const char *name, struct arena *arena, bool *flag_r)
{
	struct text text = xml_attribute(element, name, arena);
	bool yes = text_equal_str(text, "true") || text_equal_str(text, "1");
	bool no = text_equal_str(text, "false") || text_equal_str(text, "0");
	if (!yes && !no && attribute(element, name) != NULL)
		return false;
	*flag_r = yes;
	return true;
}

bool xml_bytes(struct text base64, struct arena *arena, struct bytes *bytes_r)
{
	char *dense = arena_alloc(arena, base64.len + 1);
	uint8_t *bytes = arena_alloc(arena, base64.len + 1);
	size_t n = 0, len;
	if (dense == NULL || bytes == NULL)
		return false;
	for (size_t i = 0; i < base64.len; i++)
		if (!is_blank(base64.at[i]))
			dense[n++] = base64.at[i];
	if (n == 0 || enc_from_base64(dense, n, bytes, base64.len + 1, &len) != OK)
		return false;
	*bytes_r = (struct bytes){ bytes, len };
	return true;
}
