/* saml_send.c - a message to a service by way of the browser (SAML Bindings 3.4, 3.5). */
#include <string.h>
#include "authority/authority.h"
#include "authority/sso/saml_parts.h"
#include "authority/sso/signing.h"
#include "base/enc.h"
#include "base/percent.h"

#define BLOCK_HEAD 5u
#define BLOCK_MAX 65535u
#define RSA_SHA256 "http%3A%2F%2Fwww.w3.org%2F2001%2F04%2Fxmldsig-more%23rsa-sha256"

/* One stored block (RFC 1951 section 3.2.4) is DEFLATE as well: a message is short, and nothing has to be squeezed out of it. */
static struct text deflate(struct text xml, struct arena *arena)
{
	uint8_t *block = xml.len <= BLOCK_MAX ? arena_alloc(arena, BLOCK_HEAD + xml.len) : NULL;
	if (block == NULL)
		return (struct text){ NULL, 0 };
	block[0] = 1; /* the last one */
	block[1] = (uint8_t)xml.len;
	block[2] = (uint8_t)(xml.len >> 8);
	block[3] = (uint8_t)~block[1];
	block[4] = (uint8_t)~block[2];
	memcpy(block + BLOCK_HEAD, xml.at, xml.len);
	return enc_base64_text(block, BLOCK_HEAD + xml.len, arena);
}

static struct text place_of(const struct saml_sending *sending)
{
	const struct msg_saml_logout_place *place = sending->place;
	return sending->answers && place->answers.at != NULL ? place->answers : place->url;
}

/* The octets that are signed. */
static struct text query_of(struct call *call, const struct saml_sending *sending, struct text xml)
{
	struct arena *arena = &call->arena;
	struct text base64 = deflate(xml, arena), none = { NULL, 0 };
	struct text message = base64.at != NULL ? percent_encode(base64, arena) : none;
	struct text state =
	    sending->relay_state.at != NULL ? percent_encode(sending->relay_state, arena) : none;
	if (message.at == NULL || (state.at == NULL && sending->relay_state.at != NULL))
		return none;
	return text_of(
	    arena_printf(arena, "%s=%.*s%s%.*s&SigAlg=%s", sending->answers ? "SAMLResponse" : "SAMLRequest",
		TEXT_ARGS(message), state.at != NULL ? "&RelayState=" : "", TEXT_ARGS(state), RSA_SHA256));
}

static enum err by_redirect(
    struct call *call, const struct saml_sending *sending, struct msg_saml_message *message_r)
{
	struct text to = place_of(sending), none = { NULL, 0 }, xml, signature, certificate;
	enum err err = saml_whole(call, &sending->halves, none, &xml);
	if (err != OK)
		return err;
	struct text query = query_of(call, sending, xml);
	if (query.at == NULL)
		return ERR_NO_MEMORY;
	err = signing_sign_saml(call->authority, query, &call->arena, &signature, &certificate);
	if (err != OK)
		return err;
	struct text encoded = percent_encode(signature, &call->arena);
	message_r->to = text_of(arena_printf(&call->arena, "%.*s%c%.*s&Signature=%.*s", TEXT_ARGS(to),
	    memchr(to.at, '?', to.len) != NULL ? '&' : '?', TEXT_ARGS(query), TEXT_ARGS(encoded)));
	return message_r->to.at != NULL ? OK : ERR_NO_MEMORY;
}

static enum err by_post(
    struct call *call, const struct saml_sending *sending, struct msg_saml_message *message_r)
{
	struct text xml;
	enum err err = saml_sign(call, &sending->halves, sending->id, &xml);
	if (err != OK)
		return err;
	struct text base64 = enc_base64_text(xml.at, xml.len, &call->arena);
	message_r->to = place_of(sending);
	message_r->message = (struct secret){ (unsigned char *)(uintptr_t)base64.at, base64.len };
	message_r->relay_state = sending->relay_state;
	return base64.at != NULL ? OK : ERR_NO_MEMORY;
}

enum err saml_send(struct call *call, const struct saml_sending *sending, struct msg_saml_message *message_r)
{
	*message_r = (struct msg_saml_message){ .answers = sending->answers };
	return sending->place->binding == SAML_POST ? by_post(call, sending, message_r)
						    : by_redirect(call, sending, message_r);
}
