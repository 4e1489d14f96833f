/* registry.c - services, and a memory of the last ones that were looked up: bounded, and one for client ids and addresses of nobody, so that
 * who guesses some neither asks the directory each time nor pushes out those that are there. */
#include "authority/sso/registry.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "authority/authority.h"
#include "authority/keys/keys.h"
#include "authority/sso/access.h"
#include "authority/sso/address.h"
#include "authority/sso/feed.h"
#include "authority/sso/service.h"
#include "authority/sso/shelf.h"
#include "base/clock.h"
#include "base/enc.h"
#include "log/log.h"

#define KNOWN 256u
#define NOBODIES 64u   /* of these, at most, are of nobody, */
#define ADDRESSES 64u  /* and so many of addresses of CAS: a service may have any number of them */
#define NOBODY_MS 1000 /* for so long */
#define CLIENT_ID_MAX 128u
#define ENTITY_ID_MAX 256u
#define CLIENT_ID_BYTES 16u
#define SECRET_MAX 128u

struct known {
	int64_t until_ms;       /* of the steady clock; 0: not used */
	enum protocol protocol; /* by which it was looked up, */
	struct text asked;      /* and by what: a client id, an address; on the arena */
	struct arena arena;
	struct bytes service; /* encoded, on the arena: who wants it decodes a copy; absent: nobody's, */
	enum err err;         /* because there is none, or none that can be trusted */
};

struct registry {
	pthread_mutex_t mutex;
	unsigned changes; /* what was read before one is not remembered */
	struct known known[KNOWN];
};

enum err registry_new(struct registry **registry_r)
{
	struct registry *registry = calloc(1, sizeof *registry);
	if (registry == NULL)
		return ERR_NO_MEMORY;
	(void)pthread_mutex_init(&registry->mutex, NULL);
	*registry_r = registry;
	return OK;
}

/* --- the memory: inside the mutex --------------------------------------------------------------------------------- */

static void forget(struct known *known)
{
	arena_done(&known->arena);
	*known = (struct known){ .until_ms = 0 };
}

static void forget_all(struct registry *registry)
{
	for (unsigned i = 0; i < KNOWN; i++)
		forget(&registry->known[i]);
}

/* What is looked up. */
struct wanted {
	enum protocol protocol;
	struct text by;
};

static const struct known *find(const struct registry *registry, struct wanted wanted)
{
	int64_t now_ms = clock_steady_ms();
	for (unsigned i = 0; i < KNOWN; i++)
		if (registry->known[i].until_ms > now_ms && registry->known[i].protocol == wanted.protocol &&
		    text_equal(wanted.by, registry->known[i].asked))
			return &registry->known[i];
	return NULL;
}

/* Where to put a new one: what is used no more comes first. The first places are for nobodies, the next for addresses, the others for
 * services that have one name. */
static struct known *place_for(struct registry *registry, enum protocol protocol, bool nobody)
{
	unsigned first = nobody ? 0 : NOBODIES, end = nobody ? NOBODIES : KNOWN;
	if (!nobody && protocol == PROTOCOL_CAS)
		end = NOBODIES + ADDRESSES;
	else if (!nobody)
		first = NOBODIES + ADDRESSES;
	struct known *place = &registry->known[first];
	for (unsigned i = first + 1; i < end; i++)
		if (registry->known[i].until_ms < place->until_ms)
			place = &registry->known[i];
	return place;
}

static bool pack(const struct msg_service_record *service, struct arena *arena, struct bytes *bytes_r)
{
	CLEANUP(arena_done) struct arena scratch = { 0 };
	uint8_t *room = arena_alloc(&scratch, WIRE_BODY_MAX);
	size_t len;
	if (room == NULL || wire_encode(WIRE(service_record, service), room, WIRE_BODY_MAX, &len) != OK)
		return false;
	*bytes_r = (struct bytes){ (uint8_t *)arena_copy(arena, room, len), len };
	return bytes_r->at != NULL;
}

/* service: NULL where there is an err. */
static void remember(
    struct registry *registry, struct wanted wanted, enum err err, const struct msg_service_record *service)
{
	struct known *known = place_for(registry, wanted.protocol, service == NULL);
	forget(known);
	if (!text_copy(&known->arena, wanted.by, &known->asked) ||
	    (service != NULL && !pack(service, &known->arena, &known->service))) {
		forget(known);
		return;
	}
	known->protocol = wanted.protocol;
	known->err = err;
	known->until_ms = clock_steady_ms() + (service != NULL ? REGISTRY_MS : NOBODY_MS);
}

/* --- looking up --------------------------------------------------------------------------------------------------- */

void registry_free(struct registry **registry)
{
	if (*registry == NULL)
		return;
	forget_all(*registry);
	(void)pthread_mutex_destroy(&(*registry)->mutex);
	free(*registry);
	*registry = NULL;
}

/* False: it is not known. *err_r: what is known. */
static bool recall(struct registry *registry, struct wanted wanted, struct arena *arena,
    const struct msg_service_record **service_r, unsigned *changes_r, enum err *err_r)
{
	uint8_t *copy = NULL;
	const void *at;
	size_t len = 0;
	(void)pthread_mutex_lock(&registry->mutex);
	const struct known *known = find(registry, wanted);
	enum err err = known != NULL ? known->err : ERR_NOT_FOUND;
	if (known != NULL && known->service.at != NULL) {
		len = known->service.len;
		copy = (uint8_t *)arena_copy(arena, known->service.at, len);
		err = copy != NULL ? OK : ERR_NO_MEMORY;
	}
	*changes_r = registry->changes;
	(void)pthread_mutex_unlock(&registry->mutex);
	if (err == OK)
		err = wire_decode(wire_msg_service_record(), copy, len, arena, &at);
	if (err == OK)
		*service_r = at;
	*err_r = err;
	return known != NULL;
}

static enum err ask_shelf(struct authority *authority, struct shelf_finds finds, struct arena *arena,
    const struct msg_service_record **service_r)
{
	const void *record;
	enum err err = shelf_find(authority, SHELF_SERVICE, finds, arena, &record);
	if (err == OK)
		*service_r = record;
	return err;
}

static enum err ask_for_client(struct authority *authority, struct text client_id, struct arena *arena,
    const struct msg_service_record **service_r)
{
	struct text find;
	if (!text_copy(arena, client_id, &find))
		return ERR_NO_MEMORY;
	return ask_shelf(authority, (struct shelf_finds){ &find, 1 }, arena, service_r);
}

static enum err ask_for_address(struct authority *authority, struct text address, struct arena *arena,
    const struct msg_service_record **service_r)
{
	struct text finds[ADDRESS_FINDS_MAX];
	unsigned n;
	enum err err = address_finds(address, arena, finds, &n);
	if (err != OK)
		return err == ERR_MALFORMED ? ERR_NOT_FOUND : err;
	return ask_shelf(authority, (struct shelf_finds){ finds, n }, arena, service_r);
}

/* Whether a service is what was looked up: sealed as that, but believed only by what stands in it. */
static bool is_wanted(const struct msg_service_record *service, struct wanted wanted)
{
	return wanted.protocol == PROTOCOL_CAS ? access_is_at(service, wanted.by)
					       : text_equal(service->client_id, wanted.by);
}

static enum err ask_directory(struct authority *authority, struct wanted wanted, struct arena *arena,
    const struct msg_service_record **service_r)
{
	const struct msg_service_record *service;
	enum err err = wanted.protocol == PROTOCOL_CAS
			   ? ask_for_address(authority, wanted.by, arena, &service)
			   : ask_for_client(authority, wanted.by, arena, &service);
	if (err != OK)
		return err;
	/* clients and entityIDs are looked up in one place */
	bool is_other = service->protocol != wanted.protocol;
	if (is_other && wanted.protocol == PROTOCOL_CAS)
		return ERR_NOT_FOUND;
	if (!is_wanted(service, wanted)) {
		log_line(LOG_LEVEL_ERROR, "service_of_another_client", 0, LOG_TEXT("name", service->name));
		return ERR_STALE;
	}
	if (is_other)
		return ERR_NOT_FOUND;
	*service_r = service;
	return OK;
}

/* ERR_STALE: somebody has registered it, and it cannot be trusted. */
static enum err find_service(struct authority *authority, struct wanted wanted, struct arena *arena,
    const struct msg_service_record **service_r)
{
	struct registry *registry = authority->registry;
	const struct msg_service_record *service = NULL;
	unsigned changes;
	enum err err;
	if (recall(registry, wanted, arena, &service, &changes, &err)) {
		if (err == OK)
			*service_r = service;
		return err;
	}
	err = ask_directory(authority, wanted, arena, &service);
	(void)pthread_mutex_lock(&registry->mutex);
	if ((err == OK || err == ERR_NOT_FOUND || err == ERR_STALE) && changes == registry->changes)
		remember(registry, wanted, err, service);
	(void)pthread_mutex_unlock(&registry->mutex);
	if (err == OK)
		*service_r = service;
	return err;
}

/* What cannot be trusted is nobody's as well. */
static enum err distrusted(enum err err)
{
	return err == ERR_STALE ? ERR_NOT_FOUND : err;
}

static enum err look_up(struct authority *authority, struct wanted wanted, struct arena *arena,
    const struct msg_service_record **service_r)
{
	return distrusted(find_service(authority, wanted, arena, service_r));
}

static bool is_client_id(struct text text)
{
	return !text_is_empty(text) && text.len <= CLIENT_ID_MAX;
}

enum err registry_client(struct authority *authority, struct text client_id, struct arena *arena,
    const struct msg_service_record **service_r)
{
	if (!is_client_id(client_id))
		return ERR_NOT_FOUND;
	return look_up(authority, (struct wanted){ PROTOCOL_OIDC, client_id }, arena, service_r);
}

enum err registry_client_at_once(struct authority *authority, struct text client_id, struct arena *arena,
    const struct msg_service_record **service_r)
{
	const struct wanted wanted = { PROTOCOL_OIDC, client_id };
	unsigned changes;
	enum err err;
	if (!is_client_id(client_id))
		return ERR_NOT_FOUND;
	if (!recall(authority->registry, wanted, arena, service_r, &changes, &err))
		return ERR_BUSY;
	return distrusted(err);
}

enum err registry_registration(struct authority *authority, struct text client_id, struct arena *arena,
    const struct msg_service_record **service_r)
{
	if (!is_client_id(client_id))
		return ERR_NOT_FOUND;
	return look_up(authority, (struct wanted){ PROTOCOL_REGISTRATION, client_id }, arena, service_r);
}

enum err registry_entity(struct authority *authority, struct text entity_id, struct arena *arena,
    const struct msg_service_record **service_r)
{
	if (text_is_empty(entity_id) || entity_id.len > ENTITY_ID_MAX)
		return ERR_NOT_FOUND;
	/* one that is registered here is never a feed's, whose rules would be others */
	enum err err = find_service(authority, (struct wanted){ PROTOCOL_SAML, entity_id }, arena, service_r);
	return err == ERR_NOT_FOUND ? feed_service(authority, entity_id, arena, service_r) : err;
}

enum err registry_address(struct authority *authority, struct text address, struct arena *arena,
    const struct msg_service_record **service_r)
{
	if (!address_is_plain(address)) /* neither asked for nor remembered */
		return ERR_NOT_FOUND;
	return look_up(authority, (struct wanted){ PROTOCOL_CAS, address }, arena, service_r);
}

/* --- changes ------------------------------------------------------------------------------------------------------ */

static void note_change(struct registry *registry)
{
	(void)pthread_mutex_lock(&registry->mutex);
	registry->changes++;
	forget_all(registry);
	(void)pthread_mutex_unlock(&registry->mutex);
}

unsigned registry_changes(struct registry *registry)
{
	(void)pthread_mutex_lock(&registry->mutex);
	unsigned changes = registry->changes;
	(void)pthread_mutex_unlock(&registry->mutex);
	return changes;
}

/* The client id, a NUL, the secret: so that a secret is nobody else's. False: it is too long to be one. */
static bool join(struct text client_id, struct secret secret, uint8_t bytes[CLIENT_ID_MAX + 1 + SECRET_MAX])
{
	if (client_id.len > CLIENT_ID_MAX || secret.len == 0 || secret.len > SECRET_MAX)
		return false;
	memcpy(bytes, client_id.at, client_id.len);
	bytes[client_id.len] = '\0';
	memcpy(bytes + client_id.len + 1, secret.at, secret.len);
	return true;
}

bool registry_hash_secret(
    const struct keys *keys, struct text client_id, struct secret secret, uint8_t hash[KEYS_HASH_SIZE])
{
	uint8_t joined[CLIENT_ID_MAX + 1 + SECRET_MAX];
	bool is_secret = join(client_id, secret, joined);
	if (is_secret)
		keys_hash(keys, KEY_CLIENT_SECRET, joined, client_id.len + 1 + secret.len, hash);
	explicit_bzero(joined, sizeof joined);
	return is_secret;
}

/* given: the one that it has already, or absent. */
static enum err make_secret(struct authority *authority, struct msg_service_record *service,
    struct secret given, struct arena *arena, struct secret *secret_r)
{
	uint8_t *hash = arena_alloc(arena, KEYS_HASH_SIZE);
	struct secret secret = given.at != NULL ? given : keys_token(arena);
	if (hash == NULL || secret.at == NULL ||
	    !registry_hash_secret(authority->keys, service->client_id, secret, hash))
		return ERR_NO_MEMORY;
	service->secret = (struct bytes){ hash, KEYS_HASH_SIZE };
	if (given.at == NULL)
		*secret_r = secret;
	return OK;
}

static enum err make_client_id(struct msg_service_record *service, struct arena *arena)
{
	uint8_t noise[CLIENT_ID_BYTES];
	char text[ENC_BASE64URL_SIZE(CLIENT_ID_BYTES)];
	secret_random(noise, sizeof noise);
	enc_base64url(noise, sizeof noise, text);
	return text_copy(arena, text_of(text), &service->client_id) ? OK : ERR_NO_MEMORY;
}

static bool is_among(struct text text, struct shelf_finds finds)
{
	for (unsigned i = 0; i < finds.n; i++)
		if (text_equal(text, finds.at[i]))
			return true;
	return false;
}

enum err registry_finds(
    const struct msg_service_record *service, struct arena *arena, struct shelf_finds *finds_r)
{
	struct text *texts = arena_array(arena, service->addresses.n + 1u, sizeof *texts);
	struct shelf_finds finds = { texts, 0 };
	if (texts == NULL)
		return ERR_NO_MEMORY;
	if (service->client_id.at != NULL)
		texts[finds.n++] = service->client_id;
	for (uint32_t i = 0; service->protocol == PROTOCOL_CAS && i < service->addresses.n; i++) {
		struct text find = address_find(service->addresses.at[i].uri, arena);
		if (find.at == NULL)
			return ERR_NO_MEMORY;
		if (!is_among(find, finds)) /* two at a loopback may differ in the port alone */
			texts[finds.n++] = find;
	}
	*finds_r = finds;
	return OK;
}

enum err registry_add(struct authority *authority, struct msg_service_record *service, bool public_client,
    struct secret given, struct arena *arena, struct secret *secret_r)
{
	struct secret secret = { NULL, 0 };
	struct shelf_finds finds;
	bool is_client = service->protocol == PROTOCOL_OIDC || service->protocol == PROTOCOL_REGISTRATION;
	if (service_fault(authority->conf, service, public_client) != NULL)
		return ERR_MALFORMED;
	service->added = clock_now_ms();
	service->secret = (struct bytes){ NULL, 0 };
	enum err err = is_client && service->client_id.at == NULL ? make_client_id(service, arena) : OK;
	if (err == OK && is_client && !public_client && service->keys.n == 0)
		err = make_secret(authority, service, given, arena, &secret);
	if (err == OK)
		err = registry_finds(service, arena, &finds);
	if (err == OK)
		err =
		    shelf_add(authority, SHELF_SERVICE, service->name, finds, WIRE(service_record, service));
	note_change(authority->registry); /* also where only the answer was lost */
	if (err == OK)
		*secret_r = secret;
	return err;
}

enum err registry_remove(struct authority *authority, struct text name)
{
	enum err err = shelf_remove(authority, SHELF_SERVICE, name);
	note_change(authority->registry);
	return err;
}

bool registry_is_public(const struct msg_service_record *service)
{
	return service->secret.at == NULL && service->keys.n == 0;
}

bool registry_knows_secret(
    struct authority *authority, const struct msg_service_record *service, struct secret secret)
{
	uint8_t joined[CLIENT_ID_MAX + 1 + SECRET_MAX];
	if (service->secret.len != KEYS_HASH_SIZE || !join(service->client_id, secret, joined))
		return false;
	bool knows = keys_hash_matches(authority->keys, KEY_CLIENT_SECRET, joined,
	    service->client_id.len + 1 + secret.len, service->secret.at);
	explicit_bzero(joined, sizeof joined);
	return knows;
}
