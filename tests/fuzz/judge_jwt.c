/* judge_jwt.c - what a client might have signed: what is read is within the bounds of its message, and nothing is verified that nobody has signed. The first
 * byte says whether a token follows, or its three parts as they are before base64url, with an end of line between two. */
#include <stdint.h>
#include <string.h>
#include "base/arena.h"
#include "base/enc.h"
#include "fuzz/help/must.h"
#include "judge/jwt.h"
#include "judge/signature.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define JWT_MAX 4096u

/* Whose private halves nobody has. */
static const uint8_t EDDSA[] = {
	0x30,
	0x2a,
	0x30,
	0x05,
	0x06,
	0x03,
	0x2b,
	0x65,
	0x70,
	0x03,
	0x21,
	0x00,
	0x58,
	0xa4,
	0x52,
	0x84,
	0xd3,
	0xfb,
	0x66,
	0x57,
	0x70,
	0x57,
	0xe0,
	0x45,
	0x57,
	0x9e,
	0xdb,
	0x1f,
	0xd1,
	0xce,
	0x0e,
	0x4b,
	0x4a,
	0x1e,
	0x1b,
	0x99,
	0x35,
	0x21,
	0x95,
	0x81,
	0x75,
	0x6d,
	0x6b,
	0xd2,
};
static const uint8_t ES256[] = {
	0x30,
	0x59,
	0x30,
	0x13,
	0x06,
	0x07,
	0x2a,
	0x86,
	0x48,
	0xce,
	0x3d,
	0x02,
	0x01,
	0x06,
	0x08,
	0x2a,
	0x86,
	0x48,
	0xce,
	0x3d,
	0x03,
	0x01,
	0x07,
	0x03,
	0x42,
	0x00,
	0x04,
	0xf5,
	0xa9,
	0x45,
	0x74,
	0x2d,
	0xa4,
	0xde,
	0x5e,
	0x6e,
	0x72,
	0xc0,
	0xa7,
	0xe0,
	0x62,
	0xb2,
	0xe6,
	0x5b,
	0x8d,
	0x74,
	0x1e,
	0x93,
	0x6a,
	0x19,
	0x28,
	0x18,
	0xd5,
	0x55,
	0xde,
	0x16,
	0xff,
	0xd8,
	0x77,
	0xc2,
	0xd6,
	0x9a,
	0xc2,
	0x34,
	0xe2,
	0xb8,
	0x39,
	0xd2,
	0x67,
	0x52,
	0x9a,
	0x36,
	0x27,
	0x01,
	0xf5,
	0x92,
	0xca,
	0x0e,
	0x08,
	0xd0,
	0x11,
	0x8c,
	0x96,
	0x8d,
	0xea,
	0x81,
	0x3f,
	0x97,
	0xa7,
	0x25,
	0xa2,
};

static const struct msg_client_key KEYS[] = {
	{ TEXT_LITERAL("a"), JWS_EDDSA, { EDDSA, sizeof EDDSA } },
	{ TEXT_LITERAL("b"), JWS_ES256, { ES256, sizeof ES256 } },
};

static const char *encode(const uint8_t *at, size_t len, struct arena *arena)
{
	char *text = arena_alloc(arena, ENC_BASE64URL_SIZE(len));
	MUST(text != NULL);
	enc_base64url(at, len, text);
	return text;
}

static const char *join(const uint8_t *data, size_t size, struct arena *arena)
{
	const char *whole = "";
	for (unsigned i = 0; i < 3; i++) {
		const uint8_t *end = i < 2 ? memchr(data, '\n', size) : NULL;
		size_t len = end != NULL ? (size_t)(end - data) : size;
		whole = arena_printf(arena, "%s%s%s", whole, i > 0 ? "." : "", encode(data, len, arena));
		data += len + (end != NULL);
		size -= len + (end != NULL);
	}
	return whole;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool is_begun;
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_judged_jwt judged;
	const char *field;
	if (!is_begun)
		MUST(signature_begin());
	is_begun = true;
	if (size < 2)
		return 0;
	const char *token = (data[0] & 1) != 0 ? join(data + 1, size - 1, &arena)
					       : arena_copy(&arena, (const char *)data + 1, size - 1);
	struct msg_judge_jwt ask = { .jwt = { (unsigned char *)(uintptr_t)token, strlen(token) } };
	if (ask.jwt.len > JWT_MAX || ask.jwt.len == 0)
		return 0;
	ask.keys.at = KEYS;
	ask.keys.n = (data[0] & 2) != 0 ? COUNT(KEYS) : 0;
	if (jwt_judge(&ask, &arena, &judged) != JUDGE_NONE)
		return 0;
	MUST(wire_check(WIRE(judged_jwt, &judged), &field) == OK);
	MUST(!judged.is_verified);
	return 0;
}
