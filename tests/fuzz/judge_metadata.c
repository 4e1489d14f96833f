/* judge_metadata.c - metadata of any kind: what is found is within the bounds of its record. */
#include <stdint.h>
#include "base/arena.h"
#include "fuzz/help/must.h"
#include "judge/saml.h"
#include "judge/signature.h"
#include "judge/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool is_begun;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_saml_record saml;
	const char *field;
	if (!is_begun) {
		xml_begin();
		MUST(signature_begin());
		is_begun = true;
	}
	const struct msg_judge_saml_metadata ask = { { data, size } };
	if (saml_judge_metadata(&ask, &arena, &saml) != JUDGE_NONE)
		return 0;
	MUST(wire_check(WIRE(saml_record, &saml), &field) == OK);
	MUST(saml.consumers.n > 0 && saml.entity_id.len > 0);
	for (uint32_t i = 0; i < saml.keys.n; i++)
		MUST(signature_is_key(saml.keys.at[i].spki));
	MUST(saml.encrypts_to.at == NULL || signature_is_key(saml.encrypts_to));
	return 0;
}
