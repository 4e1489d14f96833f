#include "authority/directory/search.h"
#include "authority/directory/pool.h"

struct run {
	const struct ldapc_search *search;
	search_take *take;
	void *context;
};

static enum err err_of(int code)
{
	switch (code) {
	case LDAP_SUCCESS:
	case LDAP_SIZELIMIT_EXCEEDED:
		return OK;
	case LDAP_NO_SUCH_OBJECT:
		return ERR_NOT_FOUND;
	case LDAP_TIMELIMIT_EXCEEDED:
		return ERR_TIMEOUT;
	case LDAP_INSUFFICIENT_ACCESS:
	case LDAP_PROXIED_AUTHORIZATION_DENIED:
	case LDAP_X_PROXY_AUTHZ_FAILURE:
		return ERR_FORBIDDEN;
	case LDAP_OPERATIONS_ERROR:
	case LDAP_BUSY:
	case LDAP_UNAVAILABLE:
	case LDAP_OTHER:
		return ERR_UNREACHABLE;
	default:
		return ERR_CONFIG;
	}
}

static enum err run(struct ldapc *ldapc, int64_t deadline_ms, void *context)
{
	const struct run *run = context;
	LDAPMessage *chain;
	int code;
	enum err err = ldapc_search(ldapc, run->search, deadline_ms, &chain, &code);
	if (err != OK)
		return err;
	err = err_of(code);
	if (err == OK) {
		struct answer answer = { ldapc->ld, chain, 0, code == LDAP_SIZELIMIT_EXCEEDED };
		answer.n = (unsigned)ldap_count_entries(ldapc->ld, chain);
		err = run->take(&answer, run->context);
	}
	ldap_msgfree(chain);
	return err;
}

enum err search_run(struct pool *pool, const struct ldapc_search *search, int64_t deadline_ms,
    search_take *take, void *context)
{
	struct run what = { search, take, context };
	return pool_run(pool, deadline_ms, run, &what);
}
