#include "unit.h"
#include <string.h>
#include "authority/sso/png.h"

/* One black pixel: head, pixels, end. */
static const uint8_t PICTURE[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 0, 0, 13, 'I', 'H', 'D',
	'R', 0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0, 0x3a, 0x7e, 0x9b, 0x55, 0, 0, 0, 10, 'I', 'D', 'A', 'T',
	0x78, 0x9c, 0x63, 0x60, 0, 0, 0, 2, 0, 1, 0x48, 0xaf, 0xa4, 0x71, 0, 0, 0, 0, 'I', 'E', 'N', 'D',
	0xae, 0x42, 0x60, 0x82 };

static void test_a_picture(void **state)
{
	(void)state;
	assert_int_equal(png_look((struct bytes){ PICTURE, sizeof PICTURE }), PNG_GOOD);
}

static void test_no_beginning_of_it_is_one(void **state)
{
	(void)state;
	for (size_t len = 0; len < sizeof PICTURE; len++)
		if (png_look((struct bytes){ PICTURE, len }) == PNG_GOOD)
			fail_msg("%zu bytes", len);
}

/* The checksums cover all but what is compared with something. */
static void test_no_bit_may_be_another(void **state)
{
	uint8_t changed[sizeof PICTURE];
	(void)state;
	for (size_t bit = 0; bit < 8 * sizeof PICTURE; bit++) {
		memcpy(changed, PICTURE, sizeof PICTURE);
		changed[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (png_look((struct bytes){ changed, sizeof changed }) == PNG_GOOD)
			fail_msg("bit %zu", bit);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_picture),
		cmocka_unit_test(test_no_beginning_of_it_is_one),
		cmocka_unit_test(test_no_bit_may_be_another),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
