/* registry.h - the services that people are signed in to, of all protocols.
 *
 * What was looked up is remembered for REGISTRY_MS: so long a change made at another authority may take to be seen here. That there is
 * none is remembered for a second. Any thread. */
#ifndef SPOM_AUTHORITY_SSO_REGISTRY_H
#define SPOM_AUTHORITY_SSO_REGISTRY_H
#include "authority/keys/keys.h"
#include "authority/sso/shelf.h"
#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/text.h"
#include "wire/wire.h"

struct authority;
struct registry;

#define REGISTRY_MS 10000

NODISCARD enum err registry_new(struct registry **registry_r);
void registry_free(struct registry **registry);

/* The service of a client_id, copied to the arena. ERR_NOT_FOUND: there is none, or it cannot be trusted (logged); else the errors of
 * shelf.h. */
NODISCARD enum err registry_client(struct authority *authority, struct text client_id, struct arena *arena,
    const struct msg_service_record **service_r);

/* The same from what is remembered alone. ERR_BUSY: registry_client will tell. */
NODISCARD enum err registry_client_at_once(struct authority *authority, struct text client_id,
    struct arena *arena, const struct msg_service_record **service_r);

/* The registration of a client_id (RFC 7591): no service, but what services may be registered. As registry_client. */
NODISCARD enum err registry_registration(struct authority *authority, struct text client_id,
    struct arena *arena, const struct msg_service_record **service_r);

/* The same of the service of SAML with an entityID, which is its client_id; where nobody has registered one, by metadata of a feed that are on our
 * disk. ERR_STALE: it is registered, and that cannot be trusted; ERR_FORBIDDEN: the settings except it from the feed that knows it, or from one
 * before. */
NODISCARD enum err registry_entity(struct authority *authority, struct text entity_id, struct arena *arena,
    const struct msg_service_record **service_r);

/* The same of the service of CAS that is at an address: it is registered there, or something that stands for it (address.h). */
NODISCARD enum err registry_address(struct authority *authority, struct text address, struct arena *arena,
    const struct msg_service_record **service_r);

/* The texts by which a service is found on the shelf, on the arena. */
NODISCARD enum err registry_finds(
    const struct msg_service_record *service, struct arena *arena, struct shelf_finds *finds_r);

/* Adds a service. Fills in what the authority makes: client_id where it is absent, the secret (*secret_r on the arena, its only copy;
 * absent for a public client, one that has keys, and with CAS), the time. given: the secret that a client has already, or absent. ERR_EXISTS: of that name,
 * client_id or address there is one; ERR_MALFORMED: service.h finds a fault. */
NODISCARD enum err registry_add(struct authority *authority, struct msg_service_record *service,
    bool public_client, struct secret given, struct arena *arena, struct secret *secret_r);

/* How many changes were made by this authority: for who remembers more than one service. */
unsigned registry_changes(struct registry *registry);

/* Errors of shelf_remove. */
NODISCARD enum err registry_remove(struct authority *authority, struct text name);

/* Whether its client can prove to nobody who it is: it has neither a secret nor keys. */
bool registry_is_public(const struct msg_service_record *service);

/* What is kept of a client's secret: its keyed hash. False: it is too long, or empty. */
NODISCARD bool registry_hash_secret(
    const struct keys *keys, struct text client_id, struct secret secret, uint8_t hash[KEYS_HASH_SIZE]);

/* Whether that is the secret of the service's client; in constant time. */
bool registry_knows_secret(
    struct authority *authority, const struct msg_service_record *service, struct secret secret);

#endif
