/* authority_claims.c - the parameter claims of a request: JSON of any stranger (OpenID Connect Core 5.5), as far as the authority itself reads it. */
#include <stdint.h>
#include <string.h>
#include "authority/sso/claims.h"
#include "authority/sso/claims_asked.h"
#include "base/text.h"
#include "fuzz/help/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MOST 2048u /* as the message has it */

/* One of them by a name that is shorter than ours. */
static const struct msg_claim_row ROWS[] = { { TEXT_LITERAL("name") }, { TEXT_LITERAL("email=m") } };
static const struct text NAMES[] = { TEXT_LITERAL("name"), TEXT_LITERAL("email") };

/* Words with one blank between two, each of which the service may have. */
static void must_be_granted(struct text words)
{
	for (size_t begin = 0; begin < words.len;) {
		const char *blank = memchr(words.at + begin, ' ', words.len - begin);
		size_t end = blank != NULL ? (size_t)(blank - words.at) : words.len;
		struct text word = { words.at + begin, end - begin };
		bool granted = false;
		for (size_t i = 0; i < COUNT(NAMES); i++)
			granted |= text_equal(word, NAMES[i]);
		MUST(granted);
		begin = end + 1;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct msg_service_record service = { .claims = { ROWS, COUNT(ROWS) } };
	struct claims_asked asked;
	struct arena arena = { 0 };
	const char *json = size <= MOST ? arena_copy(&arena, data, size) : NULL;
	if (json != NULL && claims_asked_read(&service, (struct text){ json, size }, &arena, &asked) == OK) {
		must_be_granted(asked.userinfo);
		must_be_granted(asked.id_token);
		MUST(asked.acr.words.len <= size && asked.sub.len <= size);
	}
	arena_done(&arena);
	return 0;
}
