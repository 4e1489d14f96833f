#include "base/net.h"
#include <arpa/inet.h>
#include <string.h>

#define V4_AT 12 /* where an IPv4 address begins */

static const unsigned char MAPPED[V4_AT] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

static bool read_address(struct text text, struct net *net)
{
	char copy[INET6_ADDRSTRLEN];
	if (text.len == 0 || text.len >= sizeof copy || memchr(text.at, '\0', text.len) != NULL)
		return false;
	memcpy(copy, text.at, text.len);
	copy[text.len] = '\0';
	*net = (struct net){ .bits = 128 };
	if (inet_pton(AF_INET, copy, net->bytes + V4_AT) == 1) {
		memcpy(net->bytes, MAPPED, sizeof MAPPED);
		net->is_v4 = true;
		return true;
	}
	if (inet_pton(AF_INET6, copy, net->bytes) != 1)
		return false;
	net->is_v4 = memcmp(net->bytes, MAPPED, sizeof MAPPED) == 0;
	return true;
}

static bool is_same(const unsigned char *a, const unsigned char *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;
	if (memcmp(a, b, whole) != 0)
		return false;
	return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

/* Whether nothing is set behind the bits that count. */
static bool is_network(const struct net *net)
{
	for (unsigned bit = net->bits; bit < 128; bit++)
		if ((net->bytes[bit / 8] & (0x80u >> (bit % 8))) != 0)
			return false;
	return true;
}

enum err net_parse(struct text text, struct net *net_r)
{
	const char *slash = text.len > 0 ? memchr(text.at, '/', text.len) : NULL;
	struct text address = { text.at, slash != NULL ? (size_t)(slash - text.at) : text.len };
	struct net net;
	if (!read_address(address, &net))
		return ERR_MALFORMED;
	if (slash != NULL) {
		bool spelled_v4 = memchr(address.at, ':', address.len) == NULL;
		unsigned long long bits;
		if (!text_to_number(
			(struct text){ slash + 1, text.len - address.len - 1 }, spelled_v4 ? 32 : 128, &bits))
			return ERR_MALFORMED;
		net.bits = (unsigned)bits + (spelled_v4 ? 96 : 0);
		net.is_v4 = net.is_v4 && net.bits >= 96;
	}
	if (!is_network(&net))
		return ERR_MALFORMED;
	*net_r = net;
	return OK;
}

bool net_contains(const struct net *net, struct text address)
{
	struct net one;
	return read_address(address, &one) && one.is_v4 == net->is_v4 &&
	       is_same(net->bytes, one.bytes, net->bits);
}

/* The first bytes, of IPv4 and of IPv6. */
static size_t copy_first(struct text address, size_t v4, size_t v6, unsigned char *bytes, size_t room)
{
	struct net net;
	bool is_one = read_address(address, &net);
	const unsigned char *from = is_one ? net.bytes + (net.is_v4 ? V4_AT : 0) : (const void *)address.at;
	size_t len = is_one ? (net.is_v4 ? v4 : v6) : address.len;
	if (len > room)
		len = room;
	if (len > 0)
		memcpy(bytes, from, len);
	return len;
}

size_t net_counted(struct text address, unsigned char *bytes, size_t room)
{
	return copy_first(address, 3, 7, bytes, room);
}

size_t net_region(struct text address, unsigned char *bytes, size_t room)
{
	return copy_first(address, 2, 4, bytes, room);
}
