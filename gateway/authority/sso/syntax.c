/* syntax.c - what front has refused for its syntax alone becomes an event, as if it had come here. Front says which kind of fault it was, and no words. */
#include "authority/sso/answer.h"
#include "authority/sso/oidc.h"
#include "authority/sso/registry.h"

/* Of which service, as far as that is remembered: nobody's directory is asked for a request that is over. */
enum err oidc_on_syntax_refused(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_syntax_refused *refused = ask;
	const struct msg_service_record *service = NULL;
	if (refused->client_id.at == NULL ||
	    registry_client_at_once(call->authority, refused->client_id, &call->arena, &service) != OK)
		service = NULL;
	call->door = text_of(WIRE_ENUM_TEXT(protocol, refused->door));
	answer_note(call, AUDIT_SERVICE_REFUSED, service, NULL, WIRE_ENUM_TEXT(syntax_fault, refused->fault));
	return answer_done(answer_r);
}
