#include "unit.h"
#include <string.h>
#include "base/net.h"

static const struct {
	const char *net;
	const char *address;
	bool within;
} ROWS[] = {
	{ "192.0.2.7", "192.0.2.7", true },
	{ "192.0.2.7", "192.0.2.8", false },
	{ "192.0.2.0/24", "192.0.2.255", true },
	{ "192.0.2.0/24", "192.0.3.0", false },
	{ "192.0.2.128/25", "192.0.2.127", false },
	{ "192.0.2.128/25", "192.0.2.128", true },
	{ "10.0.0.0/8", "10.255.255.255", true },
	{ "10.0.0.0/8", "11.0.0.0", false },
	{ "0.0.0.0/0", "203.0.113.9", true },
	{ "0.0.0.0/0", "::1", false },
	{ "0.0.0.0/0", "2001:db8::1", false },
	{ "192.0.2.0/24", "::ffff:192.0.2.9", true },
	{ "192.0.2.0/24", "::ffff:192.0.3.9", false },
	{ "::ffff:192.0.2.0/120", "192.0.2.9", true },
	{ "2001:db8::/32", "2001:db8:1:2::3", true },
	{ "2001:db8::/32", "2001:db9::1", false },
	{ "2001:db8::/33", "2001:db8:8000::", false },
	{ "::1", "::1", true },
	{ "::1", "::2", false },
	{ "::/0", "2001:db8::1", true },
	{ "::/0", "192.0.2.1", false },
	{ "192.0.2.0/24", "", false },
	{ "192.0.2.0/24", "192.0.2", false },
	{ "192.0.2.0/24", "192.0.2.7/32", false },
	{ "192.0.2.0/24", "192.0.2.7 ", false },
	{ "192.0.2.0/24", "example.edu", false },
};

static void addresses_in_networks(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		struct net net;
		ROW(ROWS[i].net, net_parse(text_of(ROWS[i].net), &net) == OK);
		ROW(ROWS[i].address, net_contains(&net, text_of(ROWS[i].address)) == ROWS[i].within);
	}
	struct net net;
	assert_int_equal(net_parse(text_of("::/0"), &net), OK);
	assert_false(net_contains(&net, (struct text){ NULL, 0 }));
}

static const char *const NO_NETWORKS[] = {
	"",
	"/",
	"/8",
	"192.0.2.7/24", /* bits behind the length */
	"192.0.2.0/33",
	"192.0.2.0/",
	"192.0.2.0/24/24",
	"192.0.2.0/024",
	"192.0.2.0/-1",
	"192.0.2.0/+8",
	"192.0.2.0/8 ",
	"192.0.2/24",
	"192.0.2.256",
	"0x7f.0.0.1",
	"2001:db8::/129",
	"2001:db8::1/64",
	"2001:db8:::/32",
	"1.2.3.4/0",
	"::1/0",
	"example.edu",
	"10.0.0.0/255.0.0.0",
};

static void what_is_no_network(void **state)
{
	(void)state;
	struct net net;
	for (size_t i = 0; i < COUNT(NO_NETWORKS); i++)
		ROW(NO_NETWORKS[i], net_parse(text_of(NO_NETWORKS[i]), &net) == ERR_MALFORMED);
	assert_int_equal(net_parse((struct text){ "1.2.3.4\0", 8 }, &net), ERR_MALFORMED);
	assert_int_equal(net_parse((struct text){ NULL, 0 }, &net), ERR_MALFORMED);
}

static void networks_by_which_people_are_counted(void **state)
{
	(void)state;
	static const struct {
		const char *one, *other;
		bool same, same_region;
	} PAIRS[] = {
		{ "192.0.2.7", "192.0.2.99", true, true },
		{ "192.0.2.7", "::ffff:192.0.2.8", true, true },
		{ "192.0.2.7", "192.0.3.7", false, true },
		{ "192.0.2.7", "192.1.2.7", false, false },
		{ "2001:db8::1", "2001:db8:0:ff::1", true, true },
		{ "2001:db8::1", "2001:db8:0:100::1", false, true },
		{ "2001:db8::1", "2001:db8:ffff:ffff::1", false, true },
		{ "2001:db8::1", "2001:db9::1", false, false },
		{ "host.example.edu", "host.example.edu", true, true },
		{ "host.example.edu", "other.example.edu", false, false },
	};
	for (size_t i = 0; i < COUNT(PAIRS); i++) {
		unsigned char one[32], other[32];
		size_t n = net_counted(text_of(PAIRS[i].one), one, sizeof one);
		size_t m = net_counted(text_of(PAIRS[i].other), other, sizeof other);
		ROW(PAIRS[i].one, (n == m && memcmp(one, other, n) == 0) == PAIRS[i].same);
		n = net_region(text_of(PAIRS[i].one), one, sizeof one);
		m = net_region(text_of(PAIRS[i].other), other, sizeof other);
		ROW(PAIRS[i].other, (n == m && memcmp(one, other, n) == 0) == PAIRS[i].same_region);
	}
	unsigned char few[7];
	assert_int_equal(net_counted(text_of("host.example.edu"), few, sizeof few), sizeof few);
	assert_int_equal(net_counted((struct text){ NULL, 0 }, few, sizeof few), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_in_networks),
		cmocka_unit_test(what_is_no_network),
		cmocka_unit_test(networks_by_which_people_are_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
