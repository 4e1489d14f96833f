/* cas_proxy.c - a proxy's way to another service (CAS Protocol 3.0, section 2.7).
 *
 * The person is not there to be asked, so a proxy comes no further than the person would without a question: to services that let that proxy
 * come, by the same groups, level and freshness as at the front door. */
#include "authority/authority.h"
#include "authority/sso/access.h"
#include "authority/sso/answer.h"
#include "authority/sso/cas.h"
#include "authority/sso/cas_parts.h"
#include "authority/sso/cas_ticket.h"
#include "authority/sso/consent.h"
#include "authority/sso/registry.h"

struct wish {
	struct call *call;
	const struct msg_cas_proxy *ask;
	const struct msg_proxy_granting_record *granting;
	const struct msg_service_record *proxy, *target;
	const struct msg_session_record *session;
};

static enum err refuse(struct wish *wish, enum cas_code code, const char *why, struct wire_any *answer_r)
{
	const struct msg_service_record *of = wish->target != NULL ? wish->target : wish->proxy;
	return cas_refuse(wish->call, of, code, why, answer_r);
}

static bool lets_come(const struct msg_service_record *target, struct text proxy)
{
	for (uint32_t i = 0; i < target->proxied_by.n; i++)
		if (text_equal(target->proxied_by.at[i].value, proxy))
			return true;
	return false;
}

/* NULL: the person may, and the proxy for it. */
static const char *forbids(const struct wish *wish)
{
	const struct access_demand demand = { .anew = false };
	const char *rule;
	bool level;
	if (!lets_come(wish->target, wish->proxy->name))
		return "the service does not let this proxy come";
	if ((rule = access_forbids(wish->proxy, wish->session, &wish->call->arena, &level)) != NULL)
		return rule; /* the person may not use the proxy itself any more */
	enum access access = access_judge(wish->target, wish->session, &demand, &wish->call->arena, &rule);
	return access == ACCESS_AGED ? "the person has to give a proof first" : rule;
}

static enum err give_ticket(struct wish *wish, struct wire_any *answer_r)
{
	struct call *call = wish->call;
	const struct msg_proxy_granting_record *granting = wish->granting;
	const struct msg_service_ticket_record record = {
		.session = granting->session,
		.service = wish->target->name,
		.registered = wish->target->added,
		.address = wish->ask->target_service,
		.proved = granting->proved,
		.proxies = { granting->proxies.at, granting->proxies.n },
	};
	struct msg_cas_proxy_ticket *given = arena_alloc(&call->arena, sizeof *given);
	if (given == NULL)
		return ERR_NO_MEMORY;
	enum err err =
	    answer_record(call, AUDIT_PROXY_OPENED, wish->target, wish->session, wish->proxy->name);
	if (err == OK)
		err = cas_ticket_new(call, &record, wish->session, wish->target, &given->ticket);
	*answer_r = WIRE(cas_proxy_ticket, given);
	return err;
}

static enum err judge_target(struct wish *wish, struct wire_any *answer_r)
{
	struct call *call = wish->call;
	enum err err =
	    registry_address(call->authority, wish->ask->target_service, &call->arena, &wish->target);
	if (err == ERR_NOT_FOUND)
		return refuse(wish, CAS_UNAUTHORIZED_SERVICE, "the service is not registered", answer_r);
	if (err != OK)
		return err;
	const char *why = forbids(wish);
	if (why == NULL)
		err = consent_stands(call, wish->proxy, wish->session);
	if (err == OK && why == NULL)
		err = consent_stands(call, wish->target, wish->session);
	if (err == ERR_NOT_FOUND)
		why = "the person has not agreed to it, or not any more";
	else if (err != OK)
		return err;
	return why != NULL ? refuse(wish, CAS_UNAUTHORIZED_SERVICE, why, answer_r)
			   : give_ticket(wish, answer_r);
}

/* A ticket is good as long as its service is registered and the session goes on. */
static enum err judge_ticket(struct wish *wish, struct wire_any *answer_r)
{
	const struct msg_proxy_granting_record *granting;
	enum err err = cas_ticket_load_granting(wish->call, wish->ask->pgt, &granting);
	if (err == OK) {
		wish->granting = granting;
		err = cas_load_service(wish->call,
		    (struct cas_whose){ granting->address, granting->service, granting->registered },
		    &wish->proxy);
	}
	if (err == OK)
		err = cas_load_session(wish->call, granting->session, &wish->session);
	if (err == ERR_NOT_FOUND)
		return refuse(wish, CAS_INVALID_TICKET,
		    "there is no such proxy-granting ticket, or its session has ended", answer_r);
	return err == OK ? judge_target(wish, answer_r) : err;
}

enum err cas_on_proxy(struct call *call, const void *ask, struct wire_any *answer_r)
{
	struct wish wish = { .call = call, .ask = ask };
	if (text_is_empty(wish.ask->target_service) || wish.ask->pgt.at == NULL)
		return refuse(&wish, CAS_INVALID_REQUEST, "pgt and targetService are both needed", answer_r);
	if (cas_ticket_kind(wish.ask->pgt) != CAS_TICKET_GRANTING)
		return refuse(&wish, CAS_INVALID_TICKET, "this is no proxy-granting ticket", answer_r);
	return judge_ticket(&wish, answer_r);
}
