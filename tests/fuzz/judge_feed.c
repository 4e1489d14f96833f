/* judge_feed.c - what federations give, entity by entity and as one file: what is told is within the bounds of its message, and as much as the head
 * has said. A mark, the length of a certificate, the certificate, the document. What is read behind a signature is also read without one. */
#include <stdint.h>
#include "base/arena.h"
#include "fuzz/help/must.h"
#include "judge/saml.h"
#include "judge/signature.h"
#include "judge/xml.h"

#define NOW_MS 1700000000000LL

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct told {
	bool head;
	enum judge_fault fault;
	uint64_t services, n;
};

static enum err tell(void *context, struct wire_any any)
{
	struct told *told = context;
	const char *field;
	MUST(wire_check(any, &field) == OK);
	if (any.msg->tag == TAG_aggregate_head) {
		const struct msg_aggregate_head *head = any.at;
		MUST(!told->head);
		*told = (struct told){ true, head->fault, head->services, 0 };
		return OK;
	}
	const struct msg_aggregate_entity *entity = any.at;
	MUST(told->head && told->fault == JUDGE_NONE);
	MUST((entity->found != NULL) == (entity->fault == JUDGE_NONE));
	told->n++;
	return OK;
}

static void split(struct bytes certificate, struct bytes xml)
{
	const struct msg_judge_aggregate ask = { certificate, TEXT_LITERAL("en") };
	struct told told = { .head = false };
	MUST(saml_split(&ask, xml, NOW_MS, tell, &told) == OK);
	MUST(told.head && told.n == (told.fault == JUDGE_NONE ? told.services : 0));
}

static void check(const struct msg_judged_feed *judged)
{
	const char *field;
	MUST(wire_check(WIRE(judged_feed, judged), &field) == OK);
	MUST(judged->saml->consumers.n > 0 && judged->saml->entity_id.len > 0);
}

static void judge(struct bytes certificate, struct bytes xml)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	const struct msg_judge_feed ask = { xml, certificate, TEXT_LITERAL("en") };
	struct msg_judged_feed judged;
	if (saml_judge_feed(&ask, &arena, &judged) == JUDGE_NONE)
		check(&judged);
}

static void read(struct bytes xml)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	CLEANUP(xml_done) xmlDoc *doc = NULL;
	struct msg_judged_feed judged;
	if (xml_read((const char *)xml.at, xml.len, true, &doc) == JUDGE_NONE &&
	    saml_read_feed(xmlDocGetRootElement(doc), TEXT_LITERAL("de"), &arena, &judged) == JUDGE_NONE)
		check(&judged);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool is_begun;
	if (!is_begun) {
		xml_begin();
		MUST(signature_begin());
		is_begun = true;
	}
	if (size < 3)
		return 0;
	size_t len = (size_t)(data[1] << 8 | data[2]);
	if (len > size - 3)
		len = 0;
	struct bytes certificate = { data + 3, len }, xml = { data + 3 + len, size - 3 - len };
	switch (data[0] % 4) {
	case 0:
		judge(certificate, xml);
		break;
	case 1:
		read(xml);
		break;
	case 2:
		split((struct bytes){ NULL, 0 }, xml);
		break;
	default:
		split(certificate, xml);
		break;
	}
	return 0;
}
