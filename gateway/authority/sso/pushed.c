#include "authority/sso/pushed.h"
#include "authority/authority.h"
#include "authority/keys/keys.h"
#include "authority/sso/begun.h"
#include "authority/store/store.h"

#define SPACE "urn:ietf:params:oauth:request_uri:"
#define LASTS_S 600

bool pushed_is(struct text request_uri)
{
	return text_starts_with(request_uri, SPACE);
}

static struct store_key key_of(struct call *call, struct text request_uri)
{
	struct store_key key = { .kind = STORE_PUSHED };
	keys_hash(call->authority->keys, KEY_PUSHED_STORE, request_uri.at, request_uri.len, key.bytes);
	return key;
}

/* For what anybody may have kept: 30,000 requests at most, 240 MB of the store. */
static bool has_room(struct call *call, const struct msg_service_record *service)
{
	static const struct begun_limits LIMITS = {
		.network = { RATES_PUSHED_OF_NETWORK, 10 },
		.service = { RATES_PUSHED, 20 },
		.all = { RATES_PUSHED_OF_ALL, 50 },
	};
	return begun_may(call, &LIMITS, service->client_id);
}

enum err pushed_new(struct call *call, const struct msg_service_record *service, bool anybody,
    const struct msg_oidc_authorize *request, struct msg_oidc_pushed *pushed_r)
{
	struct msg_oidc_authorize kept = *request;
	struct secret random = keys_token(&call->arena);
	if (random.at == NULL)
		return ERR_NO_MEMORY;
	if (anybody && !has_room(call, service))
		return ERR_RATE;
	kept.client_id = service->client_id;
	kept.session = (struct secret){ NULL, 0 };
	kept.asked = kept.consented = kept.address =
	    (struct text){ NULL, 0 }; /* these come with each request */
	*pushed_r = (struct msg_oidc_pushed){
		.request_uri = text_of(
		    arena_printf(&call->arena, SPACE "%.*s", (int)random.len, (const char *)random.at)),
		.expires_in = LASTS_S,
	};
	if (pushed_r->request_uri.at == NULL)
		return ERR_NO_MEMORY;
	struct store_key key = key_of(call, pushed_r->request_uri);
	return store_put_record(
	    call->authority->store, &key, WIRE(oidc_authorize, &kept), LASTS_S * 1000LL, STORE_IF_NEW);
}

enum err pushed_load(struct call *call, struct text request_uri, const struct msg_service_record *service,
    struct msg_oidc_authorize *request_r)
{
	struct store_key key = key_of(call, request_uri);
	const void *at;
	enum err err =
	    store_load_record(call->authority->store, &key, wire_msg_oidc_authorize(), &call->arena, &at);
	if (err != OK)
		return err;
	*request_r = *(const struct msg_oidc_authorize *)at;
	return text_equal(request_r->client_id, service->client_id) ? OK : ERR_NOT_FOUND;
}

enum err pushed_end(struct call *call, struct text request_uri)
{
	struct store_key key = key_of(call, request_uri);
	return store_end(call->authority->store, &key);
}
