/* Where an address that a stranger has written may lead: each network by its two edges and what lies beside them. */
#include "unit.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>
#include "courier/outside.h"

/* No row of the other tables is within one of these. before and after: NULL where that is not public, either. */
static const struct {
	const char *name, *before, *first, *last, *after;
} NETWORKS[] = {
	{ "this network", NULL, "0.0.0.0", "0.255.255.255", "1.0.0.0" },
	{ "private, 8", "9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0" },
	{ "shared", "100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0" },
	{ "loopback", "126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0" },
	{ "link-local", "169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0" },
	{ "private, 12", "172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0" },
	{ "protocols", "191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0" },
	{ "documentation, 1", "192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0" },
	{ "AS112", "192.31.195.255", "192.31.196.0", "192.31.196.255", "192.31.197.0" },
	{ "AMT", "192.52.192.255", "192.52.193.0", "192.52.193.255", "192.52.194.0" },
	{ "relays", "192.88.98.255", "192.88.99.0", "192.88.99.255", "192.88.100.0" },
	{ "private, 16", "192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0" },
	{ "AS112, direct", "192.175.47.255", "192.175.48.0", "192.175.48.255", "192.175.49.0" },
	{ "benchmarks", "198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0" },
	{ "documentation, 2", "198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0" },
	{ "documentation, 3", "203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0" },
	{ "multicast", "223.255.255.255", "224.0.0.0", "239.255.255.255", NULL },
	{ "reserved", NULL, "240.0.0.0", "255.255.255.255", NULL },
	{ "unspecified and loopback", NULL, "::", "::1", NULL },
	{ "compatible", NULL, "::0.0.0.2", "::255.255.255.255", NULL },
	{ "mapped, below", NULL, "::fffe:ffff:ffff", "::ffff:0.255.255.255", "::ffff:1.0.0.0" },
	{ "mapped, private", "::ffff:9.255.255.255", "::ffff:10.0.0.0", "::ffff:10.255.255.255",
	    "::ffff:11.0.0.0" },
	{ "mapped, loopback", "::ffff:126.255.255.255", "::ffff:127.0.0.0", "::ffff:127.255.255.255",
	    "::ffff:128.0.0.0" },
	{ "mapped, above", "::ffff:223.255.255.255", "::ffff:224.0.0.0", "::1:0:0:0", NULL },
	{ "translated, SIIT", NULL, "::ffff:0:808:808", "::ffff:0:ffff:ffff", NULL },
	{ "NAT64, below", NULL, "64:ff9a:ffff::1", "64:ff9b::0.255.255.255", "64:ff9b::1.0.0.0" },
	{ "NAT64, private", "64:ff9b::9.255.255.255", "64:ff9b::10.0.0.0", "64:ff9b::10.255.255.255",
	    "64:ff9b::11.0.0.0" },
	{ "NAT64, loopback", "64:ff9b::126.255.255.255", "64:ff9b::127.0.0.0", "64:ff9b::127.255.255.255",
	    "64:ff9b::128.0.0.0" },
	{ "NAT64, above", "64:ff9b::223.255.255.255", "64:ff9b::224.0.0.0", "64:ff9b::1:0:0", NULL },
	{ "NAT64, local", NULL, "64:ff9b:1::808:808", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", NULL },
	{ "discard", NULL, "100::", "100::ffff:ffff:ffff:ffff", NULL },
	{ "not given out", NULL, "200::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL },
	{ "protocols, 6", NULL, "2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:200::" },
	{ "documentation, 6", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff",
	    "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::" },
	{ "6to4", "2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	    "2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2003::" },
	{ "AS112, 6", "2620:4f:7fff:ffff:ffff:ffff:ffff:ffff",
	    "2620:4f:8000::", "2620:4f:8000:ffff:ffff:ffff:ffff:ffff", "2620:4f:8001::" },
	{ "documentation, new", "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	    "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::" },
	{ "behind what is given out", "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	    "4000::", "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL },
	{ "segment routing", NULL, "5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL },
	{ "unique local", NULL, "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL },
	{ "link-local, 6", NULL, "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL },
	{ "site-local", NULL, "fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL },
	{ "multicast, 6", NULL, "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL },
};

static bool is_outside(const char *name, const char *address)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(443) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(443) };
	if (inet_pton(AF_INET, address, &v4.sin_addr) == 1)
		return outside_has((const struct sockaddr *)&v4);
	ROW(name, inet_pton(AF_INET6, address, &v6.sin6_addr) == 1);
	return outside_has((const struct sockaddr *)&v6);
}

static void both_edges_of_each_network(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(NETWORKS); i++) {
		const char *name = NETWORKS[i].name;
		ROW(name, !is_outside(name, NETWORKS[i].first));
		ROW(name, !is_outside(name, NETWORKS[i].last));
		ROW(name, NETWORKS[i].before == NULL || is_outside(name, NETWORKS[i].before));
		ROW(name, NETWORKS[i].after == NULL || is_outside(name, NETWORKS[i].after));
	}
}

static void what_is_no_address_of_the_internet(void **state)
{
	(void)state;
	const struct sockaddr_un own = { .sun_family = AF_UNIX, .sun_path = "/run/x" };
	const struct sockaddr none = { .sa_family = AF_UNSPEC };
	assert_false(outside_has((const struct sockaddr *)&own));
	assert_false(outside_has(&none));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_edges_of_each_network),
		cmocka_unit_test(what_is_no_address_of_the_internet),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
