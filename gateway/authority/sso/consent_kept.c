/* consent_kept.c - what was given by a consent: a record in the store lies beside it as long as the consent stands, and a mark from its withdrawal
 * on. The mark is what makes a withdrawal final: another authority that had read the person's book before may write the record once more. */
#include "authority/sso/consent_kept.h"
#include <inttypes.h>
#include <string.h>
#include "authority/authority.h"
#include "authority/keys/keys.h"
#include "authority/sso/released.h"
#include "authority/store/batch.h"
#include "base/clock.h"

#define BACK_MS (7LL * 24 * 3600 * 1000) /* no session lasts longer: session.absolute_s */

/* Whose consent, and since when: each has a name of its own, so that one which has ended never comes back. */
struct kept {
	struct text person, service;
	int64_t agreed;
};

/* False: memory is out. */
static bool key_of(struct call *call, const char *what, const struct kept *kept, struct store_key *key_r)
{
	const char *name = arena_printf(&call->arena, "%s%" PRId64 " %.*s %.*s", what, kept->agreed,
	    TEXT_ARGS(kept->service), TEXT_ARGS(kept->person));
	if (name == NULL)
		return false;
	*key_r = (struct store_key){ .kind = STORE_CONSENT };
	keys_hash(call->authority->keys, KEY_CONSENT_STORE, name, strlen(name), key_r->bytes);
	return true;
}

static bool given_key(struct call *call, const struct kept *kept, struct store_key *key_r)
{
	return key_of(call, "", kept, key_r);
}

static bool back_key(struct call *call, const struct kept *kept, struct store_key *key_r)
{
	return key_of(call, "back ", kept, key_r);
}

void consent_keep(struct call *call, struct store_batch *batch, const struct msg_session_record *session,
    struct text service, int64_t agreed)
{
	const struct msg_consent_record record = { .agreed = agreed };
	const struct kept kept = { session->person, service, agreed };
	struct store_key key;
	int64_t ttl_ms = session->expires - clock_now_ms();
	if (agreed > 0 && ttl_ms > 0 && given_key(call, &kept, &key))
		(void)store_batch_put_record(
		    batch, &key, WIRE(consent_record, &record), ttl_ms, STORE_ALWAYS);
}

enum err consent_keys(struct call *call, struct text person, struct text service, int64_t agreed,
    struct store_key keys[CONSENT_KEYS])
{
	const struct kept kept = { person, service, agreed };
	bool good = given_key(call, &kept, &keys[0]) && back_key(call, &kept, &keys[1]);
	return good ? OK : ERR_NO_MEMORY;
}

enum err consent_check_values(
    struct call *call, const struct store_key keys[CONSENT_KEYS], const struct bytes values[CONSENT_KEYS])
{
	const void *at;
	if (values[0].at == NULL || values[1].at != NULL)
		return ERR_NOT_FOUND;
	return store_open_record(
	    call->authority->store, &keys[0], values[0], wire_msg_consent_record(), &call->arena, &at);
}

enum err consent_check(struct call *call, struct text person, struct text service, int64_t agreed)
{
	struct store_key keys[CONSENT_KEYS];
	struct bytes values[CONSENT_KEYS];
	if (agreed == 0)
		return OK;
	enum err err = consent_keys(call, person, service, agreed, keys);
	if (err == OK)
		err = store_load_many(call->authority->store, keys, COUNT(keys), &call->arena, values);
	return err == OK ? consent_check_values(call, keys, values) : err;
}

enum err consent_is_back(
    struct call *call, struct text person, struct text service, int64_t agreed, bool *back_r)
{
	const struct kept kept = { person, service, agreed };
	struct store_key key;
	struct bytes value;
	if (!back_key(call, &kept, &key))
		return ERR_NO_MEMORY;
	enum err err = store_load(call->authority->store, &key, &call->arena, &value);
	if (err == OK || err == ERR_NOT_FOUND)
		*back_r = err == OK;
	return err == ERR_NOT_FOUND ? OK : err;
}

enum err consent_end(struct call *call, struct text person, struct text service, int64_t agreed)
{
	const struct kept kept = { person, service, agreed };
	const struct msg_consent_record record = { .agreed = agreed };
	struct store *store = call->authority->store;
	struct store_key given, back;
	if (!given_key(call, &kept, &given) || !back_key(call, &kept, &back))
		return ERR_NO_MEMORY;
	enum err err = store_put_record(store, &back, WIRE(consent_record, &record), BACK_MS, STORE_ALWAYS);
	/* and whoever writes in the store does not put back what was given */
	return err == OK ? store_end_again(store, &given) : err;
}

enum err consent_withdraw(struct call *call, const struct msg_session_record *session, struct text service)
{
	const struct msg_release_book *book;
	enum err err = released_load(call, session->person, &book);
	const struct msg_release_row *row = err == OK ? released_row(book, service) : NULL;
	if (row == NULL || row->agreed == 0)
		return err;
	err = consent_record(call, session, AUDIT_CONSENT_WITHDRAWN, service, (struct text){ NULL, 0 });
	if (err != OK)
		return err;
	/* what hangs on it first: where the book then cannot be written, the person still sees that there is something to take back */
	err = consent_end(call, session->person, service, row->agreed);
	if (err == OK)
		err = released_withdraw(call, session->person, service, row->agreed);
	return err == ERR_NOT_FOUND ? OK : err;
}
