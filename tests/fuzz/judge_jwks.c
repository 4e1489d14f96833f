/* judge_jwks.c - a set of keys of any kind: those that are found are keys, within the bounds of their message. */
#include <stdint.h>
#include "base/arena.h"
#include "fuzz/help/must.h"
#include "judge/jwt.h"
#include "judge/signature.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool is_begun;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_judged_jwks judged;
	const char *field;
	if (!is_begun)
		MUST(signature_begin());
	is_begun = true;
	const struct msg_judge_jwks ask = { { data, size } };
	if (size > 16 * KIB || jwk_judge_set(&ask, &arena, &judged) != JUDGE_NONE)
		return 0;
	MUST(wire_check(WIRE(judged_jwks, &judged), &field) == OK);
	MUST(judged.keys.n > 0);
	for (uint32_t i = 0; i < judged.keys.n; i++)
		MUST(jws_is_key(judged.keys.at[i].alg, judged.keys.at[i].spki));
	return 0;
}
