/* device.h - private to sso: devices that have no browser of their own (RFC 8628). A person who is signed in elsewhere types the code that the device shows,
 * compares, and decides; a link alone gives nothing (SECURITY 19). The page and the endpoint are handlers of oidc.h. */
#ifndef SPOM_AUTHORITY_SSO_DEVICE_H
#define SPOM_AUTHORITY_SSO_DEVICE_H
#include "authority/call/call.h"
#include "authority/store/store.h"

enum device_state {
	DEVICE_UNKNOWN, /* no code of this client, or not any more */
	DEVICE_PENDING, /* nobody has decided yet */
	DEVICE_HASTY,   /* so too, and it was asked a moment ago */
	DEVICE_OVER,    /* too late */
	DEVICE_DENIED,
	DEVICE_ALLOWED,
};

/* What has become of a device code of that service. Allowed: *code_r is what a code of the authorization endpoint would hold, to be taken by *key_r
 * (grant_take_code). */
NODISCARD enum err device_look(struct call *call, struct secret device_code,
    const struct msg_service_record *service, enum device_state *state_r, struct store_key *key_r,
    const struct msg_code_record **code_r);

#endif
