#include "authority/sso/begun.h"
#include "authority/authority.h"
#include "authority/keys/keys.h"
#include "authority/sso/answer.h"
#include "base/clock.h"
#include "base/net.h"

#define COUNTED_MAX 64u

static bool take(struct call *call, const struct begun_budget *budget, const void *whose, size_t len)
{
	uint8_t name[KEYS_HASH_SIZE];
	if (budget->a_second == 0)
		return true;
	keys_hash(call->authority->keys, KEY_COUNT_STORE, whose, len, name);
	return rates_take(call->authority->rates, name, budget->kind, budget->a_second, clock_steady_ms());
}

/* The network first: what is refused to one takes nothing from the others. */
bool begun_may(struct call *call, const struct begun_limits *limits, struct text client_id)
{
	unsigned char network[COUNTED_MAX];
	size_t len = net_counted(answer_address(call), network, sizeof network);
	return take(call, &limits->network, network, len) &&
	       take(call, &limits->service, client_id.at, client_id.len) && take(call, &limits->all, "", 0);
}
