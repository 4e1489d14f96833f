/* saml_feed.c - the metadata of one service as a federation signs them (draft-young-md-query-saml). The root as a whole was signed, or nothing of it
 * is believed; beside what a service is (saml_metadata.c) its name, its categories, and for how long it holds are read, and all else
 * that federations write there is stepped over. */
#include <string.h>
#include "judge/saml.h"
#include "judge/saml_message.h"
#include "judge/shape.h"
#include "judge/signature.h"

#define NS_UI "urn:oasis:names:tc:SAML:metadata:ui"
#define NS_ATTRIBUTES "urn:oasis:names:tc:SAML:metadata:attribute"
#define CATEGORY "http://macedir.org/entity-category"
#define CATEGORIES_MAX 16u
#define CATEGORY_MAX 500u
#define LABEL_MAX 120u
#define NUMBER_MAX 100000u

struct reading {
	struct text language;
	struct arena *arena;
	const xmlNode *root;
	const xmlNode *role;
	struct msg_judged_feed *judged;
};

/* --- names -------------------------------------------------------------------------------------------------------- */

/* The one that is wanted before English, and that before any other. */
static unsigned rank(const struct reading *reading, const xmlNode *name)
{
	xmlChar *lang = xmlGetNsProp(name, (const xmlChar *)"lang", XML_XML_NAMESPACE);
	struct text text = text_of((const char *)lang);
	unsigned rank = text_equal(text, reading->language) ? 3 : text_equal_str(text, "en") ? 2 : 1;
	xmlFree(lang);
	return rank;
}

static bool may_be_label(struct text text)
{
	return text.len > 0 && text.len <= LABEL_MAX && !text_has_control(text.at, text.len, false) &&
	       !text_misleads(text);
}

/* The best of that name among an element's children; parent may be NULL. */
static void choose_label(struct reading *reading, const xmlNode *parent, const char *ns, const char *name)
{
	unsigned best = 0;
	for (const xmlNode *at = parent != NULL ? xml_first(parent) : NULL; at != NULL; at = xml_next(at)) {
		struct text text =
		    xml_is(at, ns, name) ? xml_text(at, reading->arena) : (struct text){ NULL, 0 };
		if (!may_be_label(text) || rank(reading, at) <= best)
			continue;
		best = rank(reading, at);
		reading->judged->label = text;
	}
}

/* What the service is called (mdui) comes before who runs it. */
static void read_label(struct reading *reading)
{
	const xmlNode *more = xml_child(reading->role, XML_NS_METADATA, "Extensions");
	const xmlNode *info = more != NULL ? xml_child(more, NS_UI, "UIInfo") : NULL;
	choose_label(reading, xml_child(reading->root, XML_NS_METADATA, "Organization"), XML_NS_METADATA,
	    "OrganizationDisplayName");
	choose_label(reading, info, NS_UI, "DisplayName");
}

/* --- categories (SAML Metadata Extension for Entity Attributes, RFC 8409) --------------------------------------------- */

static void add_values(struct reading *reading, const xmlNode *attribute, struct msg_uri_row *rows)
{
	struct msg_judged_feed *judged = reading->judged;
	for (const xmlNode *at = xml_first(attribute); at != NULL; at = xml_next(at)) {
		struct text uri = xml_text(at, reading->arena);
		if (xml_is(at, XML_NS_ASSERTION, "AttributeValue") && uri.len > 0 &&
		    uri.len <= CATEGORY_MAX && judged->categories.n < CATEGORIES_MAX)
			rows[judged->categories.n++].uri = uri;
	}
}

static bool read_categories(struct reading *reading)
{
	const xmlNode *more = xml_child(reading->root, XML_NS_METADATA, "Extensions");
	const xmlNode *all = more != NULL ? xml_child(more, NS_ATTRIBUTES, "EntityAttributes") : NULL;
	struct msg_uri_row *rows = arena_array(reading->arena, CATEGORIES_MAX, sizeof *rows);
	if (rows == NULL)
		return false;
	reading->judged->categories.at = rows;
	for (const xmlNode *at = all != NULL ? xml_first(all) : NULL; at != NULL; at = xml_next(at))
		if (xml_is(at, XML_NS_ASSERTION, "Attribute") &&
		    text_equal_str(xml_attribute(at, "Name", reading->arena), CATEGORY))
			add_values(reading, at, rows);
	return true;
}

/* --- for how long ------------------------------------------------------------------------------------------------- */

/* A number and its letter of an xs:duration; *at goes behind them. */
static bool take_part(const char **at, const char *letters, const unsigned *seconds, uint64_t *sum)
{
	uint64_t number = 0;
	const char *begin = *at;
	for (; **at >= '0' && **at <= '9'; ++*at)
		if ((number = number * 10 + (unsigned)(**at - '0')) > NUMBER_MAX)
			return false;
	const char *letter = **at != '\0' && *at > begin ? strchr(letters, **at) : NULL;
	if (letter == NULL)
		return false;
	*sum += number * seconds[letter - letters];
	++*at;
	return true;
}

/* Months have thirty days here: what it is good for needs no calendar. */
static bool read_duration(struct text text, uint64_t *seconds_r)
{
	static const unsigned DATE[] = { 31536000, 2592000, 86400 }, TIME[] = { 3600, 60, 1 };
	const char *at = text.len > 1 && text.at[0] == 'P' ? text.at + 1 : "-";
	uint64_t sum = 0;
	while (*at != '\0' && *at != 'T')
		if (!take_part(&at, "YMD", DATE, &sum))
			return false;
	if (*at == 'T' && *++at == '\0')
		return false;
	while (*at != '\0')
		if (!take_part(&at, "HMS", TIME, &sum))
			return false;
	*seconds_r = sum;
	return true;
}

/* The earlier one of the entity and of its role (SAML Metadata 2.3.2, 2.4.1); that of the entity must be there. */
static bool read_until(struct reading *reading)
{
	struct text entity = xml_attribute(reading->root, "validUntil", reading->arena);
	struct text role = xml_attribute(reading->role, "validUntil", reading->arena);
	int64_t of_entity, of_role;
	if (!saml_message_instant(entity, reading->arena, &of_entity))
		return false;
	of_role = of_entity;
	if (role.at != NULL && !saml_message_instant(role, reading->arena, &of_role))
		return false;
	reading->judged->until = of_role < of_entity ? of_role : of_entity;
	return true;
}

static bool read_times(struct reading *reading)
{
	struct text cache = xml_attribute(reading->root, "cacheDuration", reading->arena);
	uint64_t seconds = 0;
	if (!read_until(reading) || (cache.at != NULL && !read_duration(cache, &seconds)))
		return false;
	reading->judged->cache_s = seconds < 31536000 ? seconds : 31536000;
	return true;
}

/* --- all together ------------------------------------------------------------------------------------------------- */

enum judge_fault saml_verify_whole(xmlDoc *doc, struct bytes certificate, struct arena *arena)
{
	struct signature_key found;
	enum judge_fault fault = signature_key_of(certificate, arena, &found);
	if (fault != JUDGE_NONE)
		return fault;
	const struct msg_saml_key key = { found.spki };
	const struct signature_keys keys = { &key, 1 };
	if (!shape_is_signed(xmlDocGetRootElement(doc)))
		return JUDGE_SIGNATURE_SHAPE;
	return signature_verify_enveloped(xmlDocGetRootElement(doc), &keys, arena);
}

/* Where spom-courier is to call strangers have written: no port of the machine, and no host that does not prove to be it. */
static bool calls_by_tls(const struct msg_saml_record *saml)
{
	for (uint32_t i = 0; i < saml->logouts.n; i++)
		if (saml->logouts.at[i].binding == SAML_SOAP &&
		    !text_starts_with(saml->logouts.at[i].url, "https://"))
			return false;
	return true;
}

/* What it is and what it is called; until and cache_s stay as they are. */
static enum judge_fault read_entity(struct reading *reading)
{
	struct msg_saml_record *saml = arena_alloc(reading->arena, sizeof *saml);
	if (saml == NULL)
		return JUDGE_TOO_LARGE;
	enum judge_fault fault = saml_read_service(reading->root, reading->arena, saml);
	if (fault != JUDGE_NONE)
		return fault;
	if (!calls_by_tls(saml))
		return JUDGE_SHAPE;
	reading->role = xml_child(reading->root, XML_NS_METADATA, "SPSSODescriptor");
	reading->judged->saml = saml;
	if (!read_categories(reading))
		return JUDGE_TOO_LARGE;
	read_label(reading);
	return JUDGE_NONE;
}

static enum judge_fault check(const struct reading *reading)
{
	const char *field;
	return wire_check(WIRE(judged_feed, reading->judged), &field) == OK ? JUDGE_NONE : JUDGE_SHAPE;
}

static enum judge_fault read_all(const xmlNode *entity, struct text language, struct arena *arena, bool times,
    struct msg_judged_feed *judged_r)
{
	struct reading reading = { .language = language, .arena = arena, .root = entity, .judged = judged_r };
	*judged_r = (struct msg_judged_feed){ .until = 0 };
	enum judge_fault fault = read_entity(&reading);
	if (fault == JUDGE_NONE && times && !read_times(&reading))
		fault = JUDGE_SHAPE;
	return fault == JUDGE_NONE ? check(&reading) : fault;
}

enum judge_fault saml_read_entity(
    const xmlNode *entity, struct text language, struct arena *arena, struct msg_judged_feed *judged_r)
{
	return read_all(entity, language, arena, false, judged_r);
}

enum judge_fault saml_read_feed(
    const xmlNode *entity, struct text language, struct arena *arena, struct msg_judged_feed *judged_r)
{
	return read_all(entity, language, arena, true, judged_r);
}

enum judge_fault saml_judge_feed(
    const struct msg_judge_feed *ask, struct arena *arena, struct msg_judged_feed *judged_r)
{
	CLEANUP(xml_done) xmlDoc *doc = NULL;
	enum judge_fault fault = xml_read((const char *)ask->xml.at, ask->xml.len, true, &doc);
	if (fault == JUDGE_NONE)
		fault = saml_verify_whole(doc, ask->certificate, arena);
	if (fault != JUDGE_NONE)
		return fault;
	return saml_read_feed(xmlDocGetRootElement(doc), ask->language, arena, judged_r);
}
