/* logout.c - a service sends somebody here to be signed out (OpenID Connect RP-Initiated Logout 1.0; CAS Protocol 3.0, section 2.3): who that is, whose service, and where to
 * afterwards. Nothing is ended here: any page can send a browser to this address, so front asks the person, and then self/logout.c does it. */
#include "authority/authority.h"
#include "authority/session/session.h"
#include "authority/sso/access.h"
#include "authority/sso/answer.h"
#include "authority/sso/cas.h"
#include "authority/sso/hint.h"
#include "authority/sso/naming.h"
#include "authority/sso/oidc.h"
#include "authority/sso/registry.h"

/* Whose service it is; absent: nobody's, or two at once are named. */
static enum err find_client(struct call *call, const struct msg_oidc_logout *ask, struct text *client_id_r)
{
	struct hint hint = { .aud = { NULL, 0 } };
	struct text named = ask->client_id;
	enum err err = ask->id_token_hint.at != NULL ? hint_read(call, ask->id_token_hint, &hint) : OK;
	if (ask->id_token_hint.at == NULL)
		*client_id_r = named;
	else if (named.at == NULL || text_equal(named, hint.aud))
		*client_id_r = hint.aud;
	return err;
}

static enum err find_service(
    struct call *call, const struct msg_oidc_logout *ask, const struct msg_service_record **service_r)
{
	struct text client_id = { NULL, 0 };
	enum err err = find_client(call, ask, &client_id);
	if (err == OK && client_id.at != NULL)
		err = registry_client(call->authority, client_id, &call->arena, service_r);
	return err == ERR_NOT_FOUND ? OK : err;
}

/* A look is enough: whoever is locked or gone may sign out as well. */
static enum err find_session(struct call *call, struct secret token,
    const struct msg_session_record **session_r, struct msg_oidc_leaving *leaving)
{
	const struct msg_session_record *session;
	enum err err = ERR_NOT_FOUND;
	if (token.at != NULL)
		err = session_peek(call->authority, token, &call->arena, &session);
	if (err == ERR_NOT_FOUND)
		return OK;
	if (err != OK)
		return err;
	*session_r = session;
	leaving->language = session->language;
	leaving->csrf = session_csrf(call->authority, token, &call->arena);
	return leaving->csrf.at == NULL ? ERR_NO_MEMORY : OK;
}

enum err oidc_on_logout(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_oidc_logout *wanted = ask;
	const struct msg_service_record *service = NULL;
	const struct msg_session_record *session = NULL;
	struct msg_oidc_leaving *leaving = arena_alloc(&call->arena, sizeof *leaving);
	enum err err = leaving != NULL ? find_service(call, wanted, &service) : ERR_NO_MEMORY;
	if (err == OK)
		err = find_session(call, wanted->session, &session, leaving);
	if (err != OK)
		return err;
	if (service != NULL) {
		leaving->name = naming_label(service, naming_of_session(call, session));
		leaving->client_id = service->client_id;
	}
	if (service != NULL && access_leaves_to(service, wanted->post_logout_redirect_uri))
		leaving->to = wanted->post_logout_redirect_uri;
	else if (wanted->post_logout_redirect_uri.at != NULL)
		answer_note(call, AUDIT_SERVICE_REFUSED, service, NULL, "post_logout_redirect_uri");
	*answer_r = WIRE(oidc_leaving, leaving);
	return OK;
}

enum err cas_on_logout(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_cas_logout *wanted = ask;
	const struct msg_service_record *service = NULL;
	const struct msg_session_record *session = NULL;
	struct msg_oidc_leaving *leaving = arena_alloc(&call->arena, sizeof *leaving);
	enum err err = leaving != NULL ? OK : ERR_NO_MEMORY;
	if (err == OK && wanted->service.at != NULL)
		err = registry_address(call->authority, wanted->service, &call->arena, &service);
	if (err == OK || err == ERR_NOT_FOUND)
		err = find_session(call, wanted->session, &session, leaving);
	if (err != OK)
		return err;
	if (service != NULL) {
		leaving->name = naming_label(service, naming_of_session(call, session));
		leaving->to = wanted->service;
	} else if (wanted->service.at != NULL) {
		answer_note(call, AUDIT_SERVICE_REFUSED, NULL, NULL, "service");
	}
	*answer_r = WIRE(oidc_leaving, leaving);
	return OK;
}
