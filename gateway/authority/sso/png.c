#include "authority/sso/png.h"
#include <string.h>

#define HEAD_LEN 13u
#define FRAME_LEN 12u /* of a chunk, around its data: length, type, checksum */
#define TYPE_LEN 4u

struct chunk {
	const uint8_t *type, *data;
	uint32_t len;
};

static uint32_t number_at(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Annex D: of type and data. */
static uint32_t checksum(const uint8_t *at, size_t len)
{
	uint32_t crc = 0xffffffffu;
	for (size_t i = 0; i < len; i++) {
		crc ^= at[i];
		for (unsigned bit = 0; bit < 8; bit++)
			crc = (crc & 1) != 0 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
	}
	return ~crc;
}

/* Cuts the next chunk off. False: what is left is none. */
static bool next(struct bytes *rest, struct chunk *chunk)
{
	if (rest->len < FRAME_LEN)
		return false;
	chunk->len = number_at(rest->at);
	if (chunk->len > rest->len - FRAME_LEN)
		return false;
	chunk->type = rest->at + TYPE_LEN;
	chunk->data = chunk->type + TYPE_LEN;
	if (number_at(chunk->data + chunk->len) != checksum(chunk->type, TYPE_LEN + chunk->len))
		return false;
	*rest = (struct bytes){ rest->at + FRAME_LEN + chunk->len, rest->len - FRAME_LEN - chunk->len };
	return true;
}

static bool is_type(const struct chunk *chunk, const char *type)
{
	return memcmp(chunk->type, type, TYPE_LEN) == 0;
}

/* What of an IHDR may stand together (11.2.1): colour type and depths, as bits. */
static bool is_colour(uint8_t colour, uint8_t depth)
{
	static const uint8_t DEPTHS[] = {
		[0] = 1 | 2 | 4 | 8 | 16, [2] = 8 | 16, [3] = 1 | 2 | 4 | 8, [4] = 8 | 16, [6] = 8 | 16
	};
	bool single = depth != 0 && (depth & (depth - 1)) == 0;
	return colour < sizeof DEPTHS && single && (DEPTHS[colour] & depth) != 0;
}

static enum png_fault look_at_head(const struct chunk *head)
{
	if (!is_type(head, "IHDR") || head->len != HEAD_LEN)
		return PNG_NO_PNG;
	uint32_t width = number_at(head->data), height = number_at(head->data + 4);
	const uint8_t *rest = head->data + 8; /* depth, colour, compression, filter, interlace */
	if (width == 0 || height == 0 || !is_colour(rest[1], rest[0]) || rest[2] != 0 || rest[3] != 0 ||
	    rest[4] > 1)
		return PNG_NO_PNG;
	return width > PNG_SIDE_MAX || height > PNG_SIDE_MAX ? PNG_LARGE : PNG_GOOD;
}

static bool is_harmless(const struct chunk *chunk)
{
	static const char *const TYPES[] = { "PLTE", "IDAT", "tRNS", "gAMA", "cHRM", "sRGB", "sBIT", "bKGD",
		"pHYs" };
	for (size_t i = 0; i < COUNT(TYPES); i++)
		if (is_type(chunk, TYPES[i]))
			return true;
	return false;
}

enum png_fault png_look(struct bytes bytes)
{
	static const uint8_t SIGNATURE[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };
	struct chunk chunk;
	bool pictured = false;
	if (bytes.len < sizeof SIGNATURE || memcmp(bytes.at, SIGNATURE, sizeof SIGNATURE) != 0)
		return PNG_NO_PNG;
	struct bytes rest = { bytes.at + sizeof SIGNATURE, bytes.len - sizeof SIGNATURE };
	if (!next(&rest, &chunk))
		return PNG_NO_PNG;
	enum png_fault fault = look_at_head(&chunk);
	while (fault == PNG_GOOD) {
		if (!next(&rest, &chunk))
			return PNG_NO_PNG;
		if (is_type(&chunk, "IEND"))
			return pictured && chunk.len == 0 && rest.len == 0 ? PNG_GOOD : PNG_NO_PNG;
		pictured |= is_type(&chunk, "IDAT");
		if (!is_harmless(&chunk))
			fault = PNG_CARRIES;
	}
	return fault;
}
