/* cas_grant.c - proxy-granting tickets (CAS Protocol 3.0, section 2.5.4).
 *
 * Whoever has one comes to other services as the person, so it goes to an address that is registered for that and shows by TLS that it is
 * the service; and to that alone. Where the callback fails the validation does (steps 1 and 2 of that section). */
#include <string.h>
#include "authority/authority.h"
#include "authority/keys/keys.h"
#include "authority/sso/address.h"
#include "authority/sso/answer.h"
#include "authority/sso/cas_callback.h"
#include "authority/sso/cas_parts.h"
#include "authority/sso/cas_ticket.h"
#include "authority/store/store.h"

#define RECORDED_MAX 200u /* bytes of a record's reason */

static bool is_registered(const struct msg_service_record *service, struct text pgt_url)
{
	for (uint32_t i = 0; i < service->proxy_callbacks.n; i++)
		if (address_is_of(service->proxy_callbacks.at[i].uri, pgt_url))
			return pgt_url.len <= ADDRESS_MAX;
	return false;
}

/* Before anybody is asked anything. */
static struct cas_why look(const struct cas_validated *validated, struct text pgt_url)
{
	if (validated->service->proxy_callbacks.n == 0)
		return (struct cas_why){ CAS_UNAUTHORIZED_SERVICE_PROXY,
			"the service is not registered as a proxy" };
	if (validated->ticket->proxies.n >= CAS_PROXIES_MAX)
		return (struct cas_why){ CAS_UNAUTHORIZED_SERVICE_PROXY,
			"the person came by four proxies already" };
	if (!is_registered(validated->service, pgt_url))
		return (struct cas_why){ CAS_INVALID_PROXY_CALLBACK,
			"the callback is not registered for the service" };
	return (struct cas_why){ CAS_INTERNAL_ERROR, NULL };
}

/* This service stands before those by whom the person came to it. */
static enum err put(
    struct call *call, const struct cas_validated *validated, struct text pgt_url, struct secret pgt)
{
	const struct msg_service_ticket_record *ticket = validated->ticket;
	struct msg_uri_row proxies[CAS_PROXIES_MAX] = { { pgt_url } };
	for (uint32_t i = 0; i < ticket->proxies.n; i++)
		proxies[i + 1] = ticket->proxies.at[i];
	const struct msg_proxy_granting_record record = {
		.session = ticket->session,
		.service = ticket->service,
		.registered = ticket->registered,
		.address = ticket->address,
		.proved = ticket->proved,
		.proxies = { proxies, ticket->proxies.n + 1 },
		.expires = validated->session->expires,
	};
	return cas_ticket_put_granting(call, pgt, &record);
}

/* As much of the address as the audit has room for. */
static struct text recorded(struct text pgt_url)
{
	return (struct text){ pgt_url.at, pgt_url.len < RECORDED_MAX ? pgt_url.len : RECORDED_MAX };
}

static struct secret query_of(struct arena *arena, struct secret pgt, struct secret iou)
{
	char *text = arena_printf(arena, "pgtId=%.*s&pgtIou=%.*s", (int)pgt.len, (const char *)pgt.at,
	    (int)iou.len, (const char *)iou.at);
	return (struct secret){ (unsigned char *)text, text != NULL ? strlen(text) : 0 };
}

/* Each lies in the store as long as the session goes on: so many of one service in an hour are enough for everybody who means it. */
static enum err count(struct call *call, const struct msg_service_ticket_record *ticket, bool *over_r)
{
	static const struct store_budget OF_SESSION = { 64, 64, 3600000, 1000, 1000 };
	struct store_key key = { .kind = STORE_COUNT };
	size_t len = ticket->session.len + ticket->service.len;
	uint8_t *bytes = arena_alloc(&call->arena, len);
	int64_t wait_ms = 0;
	if (bytes == NULL)
		return ERR_NO_MEMORY;
	memcpy(bytes, ticket->session.at, ticket->session.len);
	memcpy(bytes + ticket->session.len, ticket->service.at, ticket->service.len);
	keys_hash(call->authority->keys, KEY_CAS_STORE, bytes, len, key.bytes);
	enum err err = store_try(call->authority->store, &key, &OF_SESSION, &wait_ms);
	*over_r = wait_ms > 0;
	return err;
}

enum err cas_grant(struct call *call, const struct cas_validated *validated, struct text pgt_url,
    struct secret *iou_r, struct cas_why *why_r)
{
	struct cas_validated now = *validated;
	*why_r = look(validated, pgt_url);
	if (why_r->words != NULL)
		return OK;
	struct secret pgt = cas_ticket_random(&call->arena, CAS_TICKET_GRANTING);
	struct secret iou = cas_ticket_random(&call->arena, CAS_TICKET_IOU);
	struct secret query = query_of(&call->arena, pgt, iou);
	if (pgt.at == NULL || iou.at == NULL || query.at == NULL)
		return ERR_NO_MEMORY;
	bool over = false;
	enum err err = count(call, validated->ticket, &over);
	if (err != OK)
		return err;
	if (over) {
		*why_r = (struct cas_why){ CAS_UNAUTHORIZED_SERVICE_PROXY,
			"the session has had too many proxy-granting tickets in an hour" };
		return OK;
	}
	*why_r = (struct cas_why){ CAS_INVALID_PROXY_CALLBACK,
		cas_callback_ask(validated->service->name, pgt_url, query) };
	if (why_r->words != NULL)
		return OK;
	err = cas_load_session(call, validated->ticket->session, &now.session);
	if (err == ERR_NOT_FOUND) { /* while the service was asked */
		*why_r = (struct cas_why){ CAS_INVALID_TICKET, "the session has ended" };
		return OK;
	}
	if (err == OK)
		err = answer_record(call, AUDIT_PROXY_GRANTED, now.service, now.session, recorded(pgt_url));
	if (err == OK)
		err = put(call, &now, pgt_url, pgt);
	if (err == OK)
		*iou_r = iou;
	return err;
}
