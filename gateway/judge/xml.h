/* xml.h - XML as strangers send it, read in the narrowest way: no DTD, so no entities but the five that XML has; nothing is fetched; UTF-8;
 * no CDATA and no processing instructions; bounded in size, depth and number. The only folder that includes libxml2's headers. */
#ifndef SPOM_JUDGE_XML_H
#define SPOM_JUDGE_XML_H
#include <libxml/tree.h>
#include <stdbool.h>
#include "base/arena.h"
#include "base/attr.h"
#include "wire/wire.h"

#define XML_BYTES_MAX (48u * KIB)
#define XML_DEPTH_MAX_ 16u
#define XML_NODES_MAX 4000u

/* Of a federation's file. */
#define XML_FILE_BYTES_MAX (128u * MIB)
#define XML_FILE_DEPTH_MAX 32u
#define XML_FILE_NODES_MAX 12000000u

#define XML_NS_PROTOCOL "urn:oasis:names:tc:SAML:2.0:protocol"
#define XML_NS_ASSERTION "urn:oasis:names:tc:SAML:2.0:assertion"
#define XML_NS_METADATA "urn:oasis:names:tc:SAML:2.0:metadata"
#define XML_NS_SIGNATURE "http://www.w3.org/2000/09/xmldsig#"
#define XML_NS_SOAP "http://schemas.xmlsoap.org/soap/envelope/"
#define XML_NS_EXCLUSIVE "http://www.w3.org/2001/10/xml-exc-c14n#"

/* Before the sandbox, once: the library opens nothing later. */
void xml_begin(void);

/* Reads a document. comments: they may stand between elements, never in a text that is read. JUDGE_NONE: *doc_r is to be freed with xml_done. */
enum judge_fault xml_read(const char *bytes, size_t len, bool comments, xmlDoc **doc_r);
void xml_done(xmlDoc **doc);

/* The same of a federation's file, with comments. */
enum judge_fault xml_read_file(const char *bytes, size_t len, xmlDoc **doc_r);

/* Whether a node is an element of that name. */
bool xml_is(const xmlNode *node, const char *ns, const char *name);

/* The first element among the children (or behind it, among the siblings), of any name; NULL: none. */
xmlNode *xml_first(const xmlNode *parent);
xmlNode *xml_next(const xmlNode *element);

/* The first child of that name; NULL: none. */
xmlNode *xml_child(const xmlNode *parent, const char *ns, const char *name);

/* The text of an element that has nothing else in it, without blanks at its ends, on the arena; absent: there is something else, or memory
 * is out. Borrowed by nothing of the document. */
struct text xml_text(const xmlNode *element, struct arena *arena);

/* The value of an attribute without a namespace, as xml_text; absent: there is none. */
struct text xml_attribute(const xmlNode *element, const char *name, struct arena *arena);

/* xs:boolean; absent: not. False: it is neither. */
bool xml_flag(const xmlNode *element, const char *name, struct arena *arena, bool *flag_r);

/* The bytes of base64 with blanks and ends of lines in it; false: it is none. */
bool xml_bytes(struct text base64, struct arena *arena, struct bytes *bytes_r);

#endif
