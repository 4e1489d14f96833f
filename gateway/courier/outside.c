#include "courier/outside.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include "base/net.h"

/* The first row that has an address counts. Not public are multicast, what is not given out, and all that IANA's registries of special-purpose addresses list
 * (RFC 6890), also what counts as reachable from everywhere there: that is a relay or a name server of the network where one is, and no
 * service. */
static const struct row {
	const char *network;
	bool is_public;
} ROWS[] = {
	{ "0.0.0.0/8", false },         /* "this network": Linux takes 0.0.0.0 for itself */
	{ "10.0.0.0/8", false },        /* private */
	{ "100.64.0.0/10", false },     /* shared by the customers of a provider */
	{ "127.0.0.0/8", false },       /* loopback */
	{ "169.254.0.0/16", false },    /* link-local, and what clouds tell their machines */
	{ "172.16.0.0/12", false },     /* private */
	{ "192.0.0.0/24", false },      /* protocols */
	{ "192.0.2.0/24", false },      /* documentation */
	{ "192.31.196.0/24", false },   /* AS112 */
	{ "192.52.193.0/24", false },   /* AMT */
	{ "192.88.99.0/24", false },    /* relays of 6to4 */
	{ "192.168.0.0/16", false },    /* private */
	{ "192.175.48.0/24", false },   /* AS112 */
	{ "198.18.0.0/15", false },     /* benchmarks */
	{ "198.51.100.0/24", false },   /* documentation */
	{ "203.0.113.0/24", false },    /* documentation */
	{ "224.0.0.0/3", false },       /* multicast, reserved, broadcast */
	{ "0.0.0.0/0", true },          /* what is left of IPv4 */
	{ "2001::/23", false },         /* protocols, Teredo among them */
	{ "2001:db8::/32", false },     /* documentation */
	{ "2002::/16", false },         /* 6to4: an IPv4 address follows */
	{ "2620:4f:8000::/48", false }, /* AS112 */
	{ "3fff::/20", false },         /* documentation */
	{ "2000::/3", true },           /* all that is given out */
	{ "::/0", false }, /* loopback, fc00::/7, fe80::/10, ff00::/8 and what is not given out */
};

static bool is_public(const char *address)
{
	struct net net;
	for (size_t i = 0; i < COUNT(ROWS); i++)
		if (net_parse(text_of(ROWS[i].network), &net) != OK)
			return false;
		else if (net_contains(&net, text_of(address)))
			return ROWS[i].is_public;
	return false;
}

/* As text; behind the prefix of a translator (NAT64, RFC 6052) stands the IPv4 address to which it leads. net.h takes mapped ones for what they are. */
static const char *write_v6(const struct sockaddr *address, char text[INET6_ADDRSTRLEN])
{
	static const unsigned char NAT64[12] = { 0x00, 0x64, 0xff, 0x9b };
	struct sockaddr_in6 v6;
	memcpy(&v6, address, sizeof v6);
	const unsigned char *bytes = v6.sin6_addr.s6_addr;
	if (memcmp(bytes, NAT64, sizeof NAT64) == 0)
		return inet_ntop(AF_INET, bytes + sizeof NAT64, text, INET6_ADDRSTRLEN);
	return inet_ntop(AF_INET6, bytes, text, INET6_ADDRSTRLEN);
}

static const char *write_v4(const struct sockaddr *address, char text[INET6_ADDRSTRLEN])
{
	struct sockaddr_in v4;
	memcpy(&v4, address, sizeof v4);
	return inet_ntop(AF_INET, &v4.sin_addr, text, INET6_ADDRSTRLEN);
}

bool outside_has(const struct sockaddr *address)
{
	char text[INET6_ADDRSTRLEN];
	const char *written = NULL;
	if (address->sa_family == AF_INET)
		written = write_v4(address, text);
	else if (address->sa_family == AF_INET6)
		written = write_v6(address, text);
	return written != NULL && is_public(written);
}
