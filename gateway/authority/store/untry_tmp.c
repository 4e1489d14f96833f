#include "authority/store/store.h"
enum err store_untry(struct store *store, const struct store_key *key);
__attribute__((weak)) enum err store_untry(struct store *store, const struct store_key *key)
{
	(void)store;
	(void)key;
	return OK;
}
