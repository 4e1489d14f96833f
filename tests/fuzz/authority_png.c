/* authority_png.c - a service's logo as an operator's file has it: what counts as good has the form of a small still picture, looked at here in
 * another way, and nothing behind it. */
#include <stdint.h>
#include <string.h>
#include "authority/sso/png.h"
#include "fuzz/help/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FRAME 12u
#define HEAD 33u /* signature and IHDR */

static uint32_t number_at(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Chunks behind each other lead exactly to an IEND. */
static void check_chunks(const uint8_t *data, size_t size)
{
	size_t at = HEAD;
	MUST(memcmp(data + 12, "IHDR", 4) == 0 && memmem(data, size, "IDAT", 4) != NULL);
	while (at + FRAME < size) {
		MUST(memcmp(data + at + 4, "IEND", 4) != 0 && memcmp(data + at + 4, "tEXt", 4) != 0 &&
		     memcmp(data + at + 4, "acTL", 4) != 0);
		at += FRAME + number_at(data + at);
	}
	MUST(at + FRAME == size && memcmp(data + at + 4, "IEND", 4) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum png_fault fault = png_look((struct bytes){ data, size });
	if (fault == PNG_NO_PNG)
		return 0;
	MUST(size >= HEAD);
	bool large = number_at(data + 16) > PNG_SIDE_MAX || number_at(data + 20) > PNG_SIDE_MAX;
	MUST(large == (fault == PNG_LARGE));
	if (fault == PNG_GOOD)
		check_chunks(data, size);
	return 0;
}
