/* chain.c - keys that go forward only. */
#include <stdlib.h>
#include <string.h>
#include "authority/keys/ring.h"

static void begin(const struct key *key, uint64_t number, struct keys_chain *chain)
{
	uint8_t bytes[8];
	for (unsigned i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)(number >> (56 - 8 * i));
	if (crypto_generichash(chain->key, sizeof chain->key, bytes, sizeof bytes, key->sub[KEY_AUDIT],
		sizeof key->sub[KEY_AUDIT]) != 0)
		abort(); /* only wrong sizes fail, and they are constants */
}

void keys_chain_begin(const struct keys *keys, uint64_t number, struct keys_chain *chain_r)
{
	begin(&((const struct ring *)keys->ring)->keys[0], number, chain_r);
}

bool keys_chain_begin_under(
    const struct keys *keys, unsigned which, uint64_t number, struct keys_chain *chain_r)
{
	const struct ring *ring = keys->ring;
	if (which >= ring->n)
		return false;
	begin(&ring->keys[which], number, chain_r);
	return true;
}

void keys_chain_next(struct keys_chain *chain, const void *bytes, size_t len, uint8_t mac[KEYS_HASH_SIZE])
{
	uint8_t next[KEYS_CHAIN_SIZE];
	if (crypto_generichash(mac, KEYS_HASH_SIZE, bytes, len, chain->key, sizeof chain->key) != 0 ||
	    crypto_generichash(next, sizeof next, chain->key, sizeof chain->key, NULL, 0) != 0)
		abort(); /* as above */
	memcpy(chain->key, next, sizeof next);
	explicit_bzero(next, sizeof next);
}
