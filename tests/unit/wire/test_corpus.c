/* The fuzzer's corpus, made anew from the tables, through the fuzz target: so that make unit runs what make fuzz starts from. */
#include "unit.h"
#include "../../fuzz/wire.c"
#include "wire/sample.h"

static void run(
    const struct wire_msg *msg, enum sample_size size, enum sample_twist twist, unsigned at, unsigned *ran)
{
	CLEANUP(arena_done) struct arena arena = { .limit = 16u * MIB };
	uint8_t *body;
	size_t len;
	if (sample_body(msg, size, twist, at, &arena, &body, &len) != OK)
		return;
	uint8_t *input = arena_alloc(&arena, len + 2);
	assert_non_null(input);
	input[0] = (uint8_t)(msg->tag >> 8);
	input[1] = (uint8_t)msg->tag;
	if (len > 0)
		memcpy(input + 2, body, len);
	assert_int_equal(LLVMFuzzerTestOneInput(input, len + 2), 0);
	++*ran;
}

static void every_input_is_taken(void **state)
{
	(void)state;
	unsigned count, ran = 0;
	const struct wire_msg *const *all = wire_all(&count);
	for (unsigned i = 0; i < count; i++) {
		if (all[i]->tag == 0)
			continue;
		for (unsigned size = SAMPLE_MIN; size <= SAMPLE_MAX; size++)
			run(all[i], (enum sample_size)size, SAMPLE_NONE, 0, &ran);
		for (unsigned twist = SAMPLE_NONE + 1; twist < SAMPLE_TWIST_COUNT_; twist++)
			for (unsigned at = 0; at < sample_fields(all[i]); at++)
				run(all[i], SAMPLE_FULL, (enum sample_twist)twist, at, &ran);
	}
	assert_true(ran > 100);
}

static void nonsense_is_taken(void **state)
{
	(void)state;
	for (unsigned tag = 0; tag < 300; tag++) {
		uint8_t input[64] = { (uint8_t)(tag >> 8), (uint8_t)tag, 0xff, 0xff, 0xff, 0xff };
		for (size_t len = 0; len <= sizeof input; len++)
			assert_int_equal(LLVMFuzzerTestOneInput(input, len), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_input_is_taken),
		cmocka_unit_test(nonsense_is_taken),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
