/* scaffold.c - so that the others link; its owner takes this file away. */
#include "authority/keys/keys.h"

enum err keys_seal_for(const struct keys *keys, enum key_purpose purpose, struct bytes plain,
    struct bytes associated, struct arena *arena, struct secret *sealed_r)
{
	(void)keys;
	(void)purpose;
	(void)plain;
	(void)associated;
	(void)arena;
	(void)sealed_r;
	return ERR_INTERNAL;
}

enum err keys_unseal_for(const struct keys *keys, enum key_purpose purpose, struct secret sealed,
    struct bytes associated, struct arena *arena, struct bytes *plain_r)
{
	(void)keys;
	(void)purpose;
	(void)sealed;
	(void)associated;
	(void)arena;
	(void)plain_r;
	return ERR_INTERNAL;
}

bool keys_is_current(const struct keys *keys, struct secret sealed)
{
	(void)keys;
	(void)sealed;
	return false;
}

void keys_chain_begin(const struct keys *keys, uint64_t number, struct keys_chain *chain_r)
{
	(void)keys;
	(void)number;
	(void)chain_r;
}

void keys_chain_next(struct keys_chain *chain, const void *bytes, size_t len, uint8_t mac[KEYS_HASH_SIZE])
{
	(void)chain;
	(void)bytes;
	(void)len;
	(void)mac;
}
