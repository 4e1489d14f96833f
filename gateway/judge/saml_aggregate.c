/* saml_aggregate.c - a federation's file (SAML Metadata 2.0, 2.3.1), service by service. Groups may stand in groups; what holds for a group holds
 * for all that is in it. Without a certificate the file is believed as it is, like the metadata of one service that an operator gives. */
#include "judge/saml.h"
#include "judge/saml_message.h"

/* Of the canonical form of the largest file, twice. */
#define SIGNED_MAX (3u * XML_FILE_BYTES_MAX)

struct splitting {
	const struct msg_judge_aggregate *ask;
	int64_t now_ms;
	saml_tell *tell;
	void *context;
	bool counts; /* nothing is told */
	uint64_t services, others;
};

/* JUDGE_OVER, or JUDGE_SHAPE where it is no time. */
static enum judge_fault check_end(const struct splitting *splitting, const xmlNode *element)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct text until = xml_attribute(element, "validUntil", &arena);
	int64_t until_ms;
	if (until.at == NULL)
		return JUDGE_NONE;
	if (!saml_message_instant(until, &arena, &until_ms))
		return JUDGE_SHAPE;
	return until_ms > splitting->now_ms ? JUDGE_NONE : JUDGE_OVER;
}

static const xmlNode *role_of(const xmlNode *entity)
{
	return xml_child(entity, XML_NS_METADATA, "SPSSODescriptor");
}

static enum err tell_service(const struct splitting *splitting, const xmlNode *entity, enum judge_fault fault)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_judged_feed found;
	struct msg_aggregate_entity told = { .entity_id = xml_attribute(entity, "entityID", &arena) };
	const char *field;
	if (fault == JUDGE_NONE)
		fault = check_end(splitting, entity);
	if (fault == JUDGE_NONE)
		fault = check_end(splitting, role_of(entity));
	if (fault == JUDGE_NONE)
		fault = saml_read_entity(entity, splitting->ask->language, &arena, &found);
	if (wire_check(WIRE(aggregate_entity, &told), &field) != OK)
		told.entity_id = (struct text){ NULL, 0 };
	told.fault = fault;
	told.found = fault == JUDGE_NONE ? &found : NULL;
	return splitting->tell(splitting->context, WIRE(aggregate_entity, &told));
}

static enum err take(struct splitting *splitting, const xmlNode *entity, enum judge_fault fault)
{
	if (role_of(entity) == NULL) {
		splitting->others++;
		return OK;
	}
	splitting->services++;
	return splitting->counts ? OK : tell_service(splitting, entity, fault);
}

/* fault: of a group that this is in. */
static enum err walk(struct splitting *splitting, const xmlNode *at, enum judge_fault fault)
{
	enum err err = OK;
	if (xml_is(at, XML_NS_METADATA, "EntityDescriptor"))
		return take(splitting, at, fault);
	if (!xml_is(at, XML_NS_METADATA, "EntitiesDescriptor"))
		return OK;
	if (fault == JUDGE_NONE)
		fault = check_end(splitting, at);
	for (at = xml_first(at); err == OK && at != NULL; at = xml_next(at))
		err = walk(splitting, at, fault);
	return err;
}

static enum judge_fault check(const struct splitting *splitting, xmlDoc *doc)
{
	CLEANUP(arena_done) struct arena arena = { .limit = SIGNED_MAX };
	const xmlNode *root = xmlDocGetRootElement(doc);
	struct bytes certificate = splitting->ask->certificate;
	enum judge_fault fault = JUDGE_NONE;
	if (!xml_is(root, XML_NS_METADATA, "EntitiesDescriptor") &&
	    !xml_is(root, XML_NS_METADATA, "EntityDescriptor"))
		return JUDGE_NO_SERVICE;
	if (certificate.at != NULL)
		fault = saml_verify_whole(doc, certificate, &arena);
	return fault == JUDGE_NONE ? check_end(splitting, root) : fault;
}

static enum err tell_head(const struct splitting *splitting, enum judge_fault fault)
{
	const struct msg_aggregate_head head = { fault, splitting->services, splitting->others };
	return splitting->tell(splitting->context, WIRE(aggregate_head, &head));
}

enum err saml_split(
    const struct msg_judge_aggregate *ask, struct bytes file, int64_t now_ms, saml_tell *tell, void *context)
{
	CLEANUP(xml_done) xmlDoc *doc = NULL;
	struct splitting splitting = { ask, now_ms, tell, context, true, 0, 0 };
	enum judge_fault fault = xml_read_file((const char *)file.at, file.len, &doc);
	if (fault == JUDGE_NONE)
		fault = check(&splitting, doc);
	if (fault != JUDGE_NONE)
		return tell_head(&splitting, fault);
	enum err err = walk(&splitting, xmlDocGetRootElement(doc), JUDGE_NONE);
	if (err == OK)
		err = tell_head(&splitting, JUDGE_NONE);
	splitting.counts = false;
	return err == OK ? walk(&splitting, xmlDocGetRootElement(doc), JUDGE_NONE) : err;
}
