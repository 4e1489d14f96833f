/* discovery.c - what clients can find out by themselves (OpenID Connect Discovery 1.0 section 3, RFC 8414), and the keys. */
#include "authority/authority.h"
#include "authority/sso/answer.h"
#include "authority/sso/claims.h"
#include "authority/sso/oidc.h"
#include "authority/sso/signing.h"
#include "conf/conf.h"

#define SECRETS "\"client_secret_basic\",\"client_secret_post\",\"private_key_jwt\""
#define ALGORITHMS "[\"RS256\",\"PS256\",\"ES256\",\"EdDSA\"]" /* enum jws_alg */

/* The address comes from the settings, and the lists from the tables. */
static const char DOCUMENT[] =
    "{\"issuer\":\"%1$s\""
    ",\"authorization_endpoint\":\"%1$s/oidc/authorize\""
    ",\"pushed_authorization_request_endpoint\":\"%1$s/oidc/par\""
    ",\"end_session_endpoint\":\"%1$s/oidc/logout\""
    ",\"backchannel_logout_supported\":true"
    ",\"backchannel_logout_session_supported\":true"
    ",\"frontchannel_logout_supported\":true"
    ",\"frontchannel_logout_session_supported\":true"
    ",\"device_authorization_endpoint\":\"%1$s/oidc/device\""
    ",\"token_endpoint\":\"%1$s/oidc/token\""
    ",\"userinfo_endpoint\":\"%1$s/oidc/userinfo\""
    ",\"jwks_uri\":\"%1$s/oidc/jwks\""
    ",\"introspection_endpoint\":\"%1$s/oidc/introspect\""
    ",\"revocation_endpoint\":\"%1$s/oidc/revoke\""
    ",\"registration_endpoint\":\"%1$s/oidc/register\""
    ",\"scopes_supported\":%2$s"
    ",\"claims_supported\":%3$s"
    ",\"response_types_supported\":[\"code\"]"
    ",\"response_modes_supported\":[\"query\",\"fragment\",\"form_post\"]"
    ",\"grant_types_supported\":[\"authorization_code\",\"refresh_token\",\"client_credentials\""
    ",\"urn:ietf:params:oauth:grant-type:device_code\"]"
    ",\"subject_types_supported\":[\"pairwise\",\"public\"]"
    ",\"id_token_signing_alg_values_supported\":[\"RS256\",\"ES256\",\"EdDSA\"]"
    ",\"token_endpoint_auth_methods_supported\":[" SECRETS ",\"none\"]"
    ",\"token_endpoint_auth_signing_alg_values_supported\":" ALGORITHMS
    ",\"introspection_endpoint_auth_methods_supported\":[" SECRETS "]"
    ",\"introspection_endpoint_auth_signing_alg_values_supported\":" ALGORITHMS
    ",\"revocation_endpoint_auth_methods_supported\":[" SECRETS ",\"none\"]"
    ",\"revocation_endpoint_auth_signing_alg_values_supported\":" ALGORITHMS
    ",\"code_challenge_methods_supported\":[\"S256\"]"
    ",\"prompt_values_supported\":[\"none\",\"login\",\"select_account\",\"consent\"]"
    ",\"ui_locales_supported\":[%5$s]"
    ",\"acr_values_supported\":%4$s"
    ",\"claims_parameter_supported\":true"
    ",\"request_parameter_supported\":false"
    ",\"request_uri_parameter_supported\":false"
    ",\"authorization_response_iss_parameter_supported\":true}";

static struct text languages(struct arena *arena)
{
	struct text list = { "", 0 };
	for (unsigned i = 0; list.at != NULL && i < wire_enum_portal_language.count; i++)
		list = text_of(arena_printf(arena, "%.*s%s\"%s\"", TEXT_ARGS(list), i > 0 ? "," : "",
		    WIRE_ENUM_TEXT(portal_language, i)));
	return list;
}

enum err oidc_on_discovery(struct call *call, const void *ask, struct wire_any *answer_r)
{
	(void)ask;
	const struct conf *conf = call->authority->conf;
	struct text scopes = claims_scopes_json(conf, &call->arena);
	struct text claims = claims_names_json(conf, &call->arena);
	struct text acrs = claims_acrs_json(conf, &call->arena);
	struct text locales = languages(&call->arena);
	if (scopes.at == NULL || claims.at == NULL || acrs.at == NULL || locales.at == NULL)
		return ERR_NO_MEMORY;
	const char *json = arena_printf(
	    &call->arena, DOCUMENT, conf->portal.origin, scopes.at, claims.at, acrs.at, locales.at);
	return answer_json(call, text_of(json), answer_r);
}

enum err oidc_on_keys(struct call *call, const void *ask, struct wire_any *answer_r)
{
	(void)ask;
	struct text json;
	enum err err = signing_key_set(call->authority, &call->arena, &json);
	return err == OK ? answer_json(call, json, answer_r) : err;
}
