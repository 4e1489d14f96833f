/* How many entities that nobody knows may be asked for, and what those use up who have many networks. */
#include "unit.h"
#include <string.h>
#include "authority/sso/feed_budget.h"

#define SHARE_MOST 20u
#define SHARE_EACH_MS 15000
#define PART_MOST 15u
#define PART_EACH_MS 30000
#define HOUR_MS 3600000

static struct feed_budgets budgets;
static int64_t now_ms;

static int begin(void **state)
{
	(void)state;
	memset(&budgets, 0, sizeof budgets);
	now_ms = 1000000;
	return 0;
}

/* A network of a region; 0 is none. */
static struct feed_payer network(uint8_t region, uint32_t number)
{
	struct feed_payer payer = { .share = region };
	memcpy(payer.who, &number, sizeof number);
	payer.who[7] = region;
	return payer;
}

static unsigned take(struct feed_payer payer, unsigned wanted)
{
	unsigned taken = 0;
	for (unsigned i = 0; i < wanted; i++)
		taken += feed_budget_take(&budgets, &payer, now_ms);
	return taken;
}

/* Asks once a second for an hour, each time by another of so many networks. */
static unsigned attack(uint8_t region, uint32_t networks)
{
	unsigned taken = 0;
	uint32_t number = 0;
	for (int64_t end_ms = now_ms + HOUR_MS; now_ms < end_ms; now_ms += 1000)
		taken += take(network(region, 1 + number++ % networks), 1);
	return taken;
}

static void a_network_has_a_part(void **state)
{
	(void)state;
	assert_int_equal(take(network(1, 1), 100), PART_MOST);
	assert_int_equal(take(network(1, 2), 100), SHARE_MOST - PART_MOST);
	now_ms += PART_EACH_MS;
	assert_int_equal(take(network(1, 1), 100), 1);
	now_ms += 2 * (int64_t)HOUR_MS;
	assert_int_equal(take(network(1, 1), 100), PART_MOST);
}

/* 256 networks are an IPv4 /16 or an IPv6 /48, 65,536 are more than there are parts. */
static void a_region_uses_up_one_share(void **state)
{
	static const uint32_t NETWORKS[] = { 1, 3, 256, 65536 };
	for (size_t i = 0; i < COUNT(NETWORKS); i++) {
		begin(state);
		assert_in_range(attack(0, NETWORKS[i]), 1, SHARE_MOST + HOUR_MS / SHARE_EACH_MS);
		for (uint8_t region = 1; region < FEED_SHARES; region++)
			assert_int_equal(take(network(region, 100000), 100), PART_MOST);
	}
}

static void three_regions_use_up_three(void **state)
{
	(void)state;
	unsigned left = 0;
	for (uint8_t region = 0; region < 3; region++)
		for (uint32_t number = 1; number <= 256; number++)
			(void)take(network(region, number), 100);
	for (uint8_t region = 0; region < FEED_SHARES; region++)
		left += take(network(region, 100000), 100) == PART_MOST;
	assert_int_equal(left, FEED_SHARES - 3);
	assert_int_equal(take(network(FEED_SHARES, 1), 1), 0); /* the same share as the first */
}

static void who_is_signed_in_does_not_notice(void **state)
{
	(void)state;
	struct feed_payer person = network(0, 1), operator= { .signed_in = true };
	(void)attack(0, 65536);
	person.signed_in = true;
	assert_int_equal(take(person, 100), PART_MOST);
	assert_int_equal(take(operator, 100), SHARE_MOST - PART_MOST); /* has no part, but a share */
}

static void what_is_there_costs_nothing(void **state)
{
	(void)state;
	const struct feed_payer payer = network(1, 1);
	for (unsigned i = 0; i < 100; i++) {
		assert_int_equal(take(payer, 1), 1);
		feed_budget_give_back(&budgets, &payer);
	}
	feed_budget_give_back(&budgets, &payer); /* more than was taken gives no more */
	assert_int_equal(take(payer, 100), PART_MOST);
}

/* Who was forgotten has a new part, of the same share. */
static void the_quiet_are_forgotten(void **state)
{
	(void)state;
	assert_int_equal(take(network(1, 1), 100), PART_MOST);
	for (uint32_t number = 2; number < FEED_PARTS + 2; number++) {
		now_ms++;
		(void)take(network((uint8_t)(number % FEED_SHARES), number), 1);
	}
	assert_int_equal(take(network(1, 1), 100), 0);
	now_ms += SHARE_EACH_MS;
	assert_int_equal(take(network(1, 1), 100), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_network_has_a_part, begin),
		cmocka_unit_test_setup(a_region_uses_up_one_share, begin),
		cmocka_unit_test_setup(three_regions_use_up_three, begin),
		cmocka_unit_test_setup(who_is_signed_in_does_not_notice, begin),
		cmocka_unit_test_setup(what_is_there_costs_nothing, begin),
		cmocka_unit_test_setup(the_quiet_are_forgotten, begin),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
