#include "authority/sso/cas_ticket.h"
#include <string.h>
#include "authority/authority.h"
#include "authority/keys/keys.h"
#include "authority/session/visits.h"
#include "authority/store/dated.h"
#include "base/clock.h"
#include "base/enc.h"

#define LASTS_MS 10000

static const char *const PREFIXES[CAS_TICKET_COUNT_] = {
	[CAS_TICKET_SERVICE] = "ST-",
	[CAS_TICKET_PROXY] = "PT-",
	[CAS_TICKET_GRANTING] = "PGT-",
	[CAS_TICKET_IOU] = "PGTIOU-",
};

static struct store_key key_of(struct call *call, enum store_kind kind, struct secret ticket)
{
	struct store_key key = { .kind = kind };
	keys_hash(call->authority->keys, KEY_CAS_STORE, ticket.at, ticket.len, key.bytes);
	return key;
}

struct secret cas_ticket_random(struct arena *arena, enum cas_ticket kind)
{
	struct secret random = keys_token(arena);
	char *text = random.at != NULL ? arena_printf(arena, "%s%.*s", PREFIXES[kind], (int)random.len,
					     (const char *)random.at)
				       : NULL;
	return (struct secret){ (unsigned char *)text, text != NULL ? strlen(text) : 0 };
}

enum err cas_ticket_new(struct call *call, const struct msg_service_ticket_record *record,
    const struct msg_session_record *session, const struct msg_service_record *service,
    struct secret *ticket_r)
{
	struct store_batch batch;
	struct dated dated;
	struct msg_service_ticket_record whole = *record;
	bool is_proxied = record->proxies.n > 0;
	struct secret ticket =
	    cas_ticket_random(&call->arena, is_proxied ? CAS_TICKET_PROXY : CAS_TICKET_SERVICE);
	if (ticket.at == NULL)
		return ERR_NO_MEMORY;
	whole.expires = clock_now_ms() + LASTS_MS;
	struct store_key key = key_of(call, STORE_CAS, ticket);
	store_batch_begin(&batch, call->authority->store, &call->arena);
	enum err err =
	    dated_put(&dated, &batch, &key, WIRE(service_ticket_record, &whole), &whole.epoch, LASTS_MS);
	if (err == OK)
		err = visits_settle(call->authority, &batch, session, service,
		    (struct text){ (const char *)ticket.at, ticket.len }, (struct text){ NULL, 0 });
	if (err == OK)
		err = dated_written(&dated);
	if (err == OK)
		*ticket_r = ticket;
	return err;
}

static bool has_form(struct secret ticket, const char *prefix)
{
	size_t before = strlen(prefix);
	uint8_t bytes[KEYS_TOKEN_SIZE];
	if (ticket.len <= before || memcmp(ticket.at, prefix, before) != 0)
		return false;
	bool good = enc_from_base64url(
			(const char *)ticket.at + before, ticket.len - before, bytes, sizeof bytes) == OK;
	explicit_bzero(bytes, sizeof bytes);
	return good;
}

enum cas_ticket cas_ticket_kind(struct secret ticket)
{
	for (unsigned kind = CAS_TICKET_SERVICE; kind < CAS_TICKET_COUNT_; kind++)
		if (has_form(ticket, PREFIXES[kind]))
			return (enum cas_ticket)kind;
	return CAS_TICKET_NONE;
}

enum err cas_ticket_take(
    struct call *call, struct secret ticket, const struct msg_service_ticket_record **record_r)
{
	struct store_key key = key_of(call, STORE_CAS, ticket);
	struct store_epoch present;
	const void *at;
	enum err err = dated_take(
	    call->authority->store, &key, wire_msg_service_ticket_record(), &call->arena, &at, &present);
	if (err != OK)
		return err;
	const struct msg_service_ticket_record *record = at;
	if (!dated_is_good(&present, record->epoch, record->expires) || record->session.len != STORE_KEY_SIZE)
		return ERR_NOT_FOUND;
	*record_r = record;
	return OK;
}

enum err cas_ticket_put_granting(
    struct call *call, struct secret ticket, const struct msg_proxy_granting_record *record)
{
	struct store_key key = key_of(call, STORE_PGT, ticket);
	return store_put_record(call->authority->store, &key, WIRE(proxy_granting_record, record),
	    record->expires - clock_now_ms(), STORE_IF_NEW);
}

enum err cas_ticket_load_granting(
    struct call *call, struct secret ticket, const struct msg_proxy_granting_record **record_r)
{
	struct store_key key = key_of(call, STORE_PGT, ticket);
	const void *at;
	enum err err = store_load_record(
	    call->authority->store, &key, wire_msg_proxy_granting_record(), &call->arena, &at);
	if (err != OK)
		return err;
	const struct msg_proxy_granting_record *record = at;
	if (record->session.len != STORE_KEY_SIZE || record->expires <= clock_now_ms())
		return ERR_NOT_FOUND;
	*record_r = record;
	return OK;
}
