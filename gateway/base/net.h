/* net.h - addresses and networks: 192.0.2.7, 192.0.2.0/24, 2001:db8::/32.
 *
 * An IPv4 address that is spelled as an IPv6 one (::ffff:192.0.2.7) is that IPv4 address; otherwise neither kind ever is in a network of
 * the other. */
#ifndef SPOM_BASE_NET_H
#define SPOM_BASE_NET_H
#include <stdbool.h>
#include "base/attr.h"
#include "base/err.h"
#include "base/text.h"

struct net {
	unsigned char bytes[16]; /* IPv4 in the last four, behind ::ffff: */
	unsigned bits;           /* how many of the first ones count, of 128 */
	bool is_v4;
};

/* Reads an address (a network of one) or ADDRESS/BITS. ERR_MALFORMED: anything else, also a network whose address has bits behind its
 * length, which is mostly a mistake. */
NODISCARD enum err net_parse(struct text text, struct net *net_r);

/* Whether an address is within; what is no address is in no network. */
bool net_contains(const struct net *net, struct text address);

/* The network by which whoever is at an address is counted: its first 24 bits, of IPv6 56; what is no address stands for itself, as far as there is
 * room (7 bytes or more). How many bytes were written. */
size_t net_counted(struct text address, unsigned char *bytes, size_t room);

/* The same of the region that the network is of, about as much as one provider has: its first 16 bits, of IPv6 32. */
size_t net_region(struct text address, unsigned char *bytes, size_t room);

#endif
