/* judge_request.c - a SAML message of any kind: an answer is within the bounds of its message, and nothing is verified without a key. The first
 * byte says how it came, and as what (2: a LogoutRequest, 6: a LogoutResponse); the rest is the document itself. */
#include <stdint.h>
#include <string.h>
#include "base/arena.h"
#include "base/enc.h"
#include "fuzz/help/must.h"
#include "judge/saml.h"
#include "judge/signature.h"
#include "judge/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void begin(void)
{
	static bool is_begun;
	if (is_begun)
		return;
	xml_begin();
	MUST(signature_begin());
	is_begun = true;
}

/* As a form has it: base64 whose + is spelled so that it stays one. */
static struct text encode(const uint8_t *data, size_t size, struct arena *arena)
{
	char *plain = arena_alloc(arena, ENC_BASE64_SIZE(size)),
	     *text = arena_alloc(arena, 3 * ENC_BASE64_SIZE(size));
	char *to = text;
	MUST(plain != NULL && text != NULL);
	enc_base64(data, size, plain);
	for (const char *from = plain; *from != '\0'; from++)
		to = *from == '+' ? mempcpy(to, "%2B", 3) : mempcpy(to, from, 1);
	*to = '\0';
	return (struct text){ text, (size_t)(to - text) };
}

static void judge_authn(const struct msg_judge_saml_request *ask, struct arena *arena)
{
	struct msg_judged_saml_request judged;
	const char *field;
	if (saml_judge_request(ask, arena, &judged) != JUDGE_NONE)
		return;
	MUST(!judged.is_verified);
	MUST(wire_check(WIRE(judged_saml_request, &judged), &field) == OK);
	MUST(judged.id.len > 0 && judged.issuer.len > 0);
}

static void judge_logout(const struct msg_judge_saml_request *came, bool answers, struct arena *arena)
{
	const struct msg_judge_saml_logout ask = { came, answers };
	struct msg_judged_saml_logout judged;
	const char *field;
	if (saml_judge_logout(&ask, arena, &judged) != JUDGE_NONE)
		return;
	MUST(!judged.is_verified);
	MUST(wire_check(WIRE(judged_saml_logout, &judged), &field) == OK);
	MUST(judged.id.len > 0 && judged.issuer.len > 0);
	MUST(answers ? judged.name.at == NULL : judged.name.len > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	if (size == 0 || size > 16 * KIB)
		return 0;
	begin();
	const struct msg_judge_saml_request ask = {
		.binding = (data[0] & 1) != 0 ? SAML_REDIRECT : SAML_POST,
		.request = encode(data + 1, size - 1, &arena),
	};
	if ((data[0] & 2) != 0)
		judge_logout(&ask, (data[0] & 4) != 0, &arena);
	else
		judge_authn(&ask, &arena);
	return 0;
}
