#include "authority/directory/ldapc.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/clock.h"

#define ANSWER_MAX (4u * MIB) /* of one message from a server */
#define READ_AHEAD 4096
#define KEEPALIVE_IDLE_S 60
#define KEEPALIVE_INTERVAL_S 10
#define KEEPALIVE_PROBES 3

static struct timeval timeval_of(int ms)
{
	return (struct timeval){ .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000L };
}

static int least(int a, int b)
{
	return a < b ? a : b;
}

void ldapc_prepare(void)
{
	LDAPAPIInfo info = { .ldapai_info_version = LDAP_API_INFO_VERSION };
	if (ldap_get_option(NULL, LDAP_OPT_API_INFO, &info) != LDAP_OPT_SUCCESS)
		return;
	ldap_memfree(info.ldapai_vendor_name);
	ber_memvfree((void **)info.ldapai_extensions);
}

bool ldapc_is_broken(enum err err)
{
	return err == ERR_CLOSED || err == ERR_TIMEOUT || err == ERR_UNREACHABLE;
}

/* libldap's own codes are negative: no server said them. */
static enum err own_fault(int code)
{
	switch (code) {
	case LDAP_TIMEOUT:
		return ERR_TIMEOUT;
	case LDAP_NO_MEMORY:
		return ERR_NO_MEMORY;
	case LDAP_FILTER_ERROR:
	case LDAP_PARAM_ERROR:
	case LDAP_NOT_SUPPORTED:
		return ERR_CONFIG;
	default:
		return ERR_CLOSED;
	}
}

static bool set_int(LDAP *ld, int option, int value)
{
	return ldap_set_option(ld, option, &value) == LDAP_OPT_SUCCESS;
}

/* Said for each handle, so that no ldap.conf and no environment has a say. */
static bool set_behaviour(LDAP *ld)
{
	return set_int(ld, LDAP_OPT_PROTOCOL_VERSION, LDAP_VERSION3) &&
	       ldap_set_option(ld, LDAP_OPT_REFERRALS, LDAP_OPT_OFF) == LDAP_OPT_SUCCESS &&
	       ldap_set_option(ld, LDAP_OPT_RESTART, LDAP_OPT_ON) == LDAP_OPT_SUCCESS &&
	       set_int(ld, LDAP_OPT_DEREF, LDAP_DEREF_NEVER) && set_int(ld, LDAP_OPT_SIZELIMIT, 0) &&
	       set_int(ld, LDAP_OPT_TIMELIMIT, 0) &&
	       set_int(ld, LDAP_OPT_X_KEEPALIVE_IDLE, KEEPALIVE_IDLE_S) &&
	       set_int(ld, LDAP_OPT_X_KEEPALIVE_INTERVAL, KEEPALIVE_INTERVAL_S) &&
	       set_int(ld, LDAP_OPT_X_KEEPALIVE_PROBES, KEEPALIVE_PROBES);
}

/* To connect, and where libldap waits by itself. */
static bool set_timeouts(LDAP *ld, int ms)
{
	struct timeval limit = timeval_of(ms);
	return ldap_set_option(ld, LDAP_OPT_NETWORK_TIMEOUT, &limit) == LDAP_OPT_SUCCESS &&
	       ldap_set_option(ld, LDAP_OPT_TIMEOUT, &limit) == LDAP_OPT_SUCCESS;
}

/* A context of the handle's own: CA directory, certificate and key of a stray ldap.conf are taken out of it. */
static bool set_tls(LDAP *ld, const char *ca_file)
{
	return ldap_set_option(ld, LDAP_OPT_X_TLS_CACERTFILE, ca_file) == LDAP_OPT_SUCCESS &&
	       ldap_set_option(ld, LDAP_OPT_X_TLS_CACERTDIR, NULL) == LDAP_OPT_SUCCESS &&
	       ldap_set_option(ld, LDAP_OPT_X_TLS_CERTFILE, NULL) == LDAP_OPT_SUCCESS &&
	       ldap_set_option(ld, LDAP_OPT_X_TLS_KEYFILE, NULL) == LDAP_OPT_SUCCESS &&
	       set_int(ld, LDAP_OPT_X_TLS_REQUIRE_CERT, LDAP_OPT_X_TLS_DEMAND) &&
	       set_int(ld, LDAP_OPT_X_TLS_PROTOCOL_MIN, LDAP_OPT_X_TLS_PROTOCOL_TLS1_2) &&
	       set_int(ld, LDAP_OPT_X_TLS_NEWCTX, 0);
}

/* libldap with GnuTLS has no words of its own for a certificate that was not accepted. */
static const char *words_for(const char *words, int code)
{
	if (words == NULL || words[0] == '\0')
		return ldap_err2string(code);
	return strcmp(words, "(unknown error code)") == 0
		   ? "its certificate is not signed by a trusted authority, or not valid now"
		   : words;
}

static void describe(LDAP *ld, int code, struct ldapc_fault *fault)
{
	char *words = NULL;
	if (fault == NULL)
		return;
	(void)ldap_get_option(ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &words);
	const char *text = words_for(words, code);
	size_t len = strnlen(text, sizeof fault->text - 1);
	memcpy(fault->text, text, len);
	fault->text[len] = '\0';
	ldap_memfree(words);
}

/* libldap does not say why a socket failed. */
enum err ldapc_fault_by(int code, int64_t deadline_ms)
{
	enum err err = own_fault(code);
	return err == ERR_CLOSED && clock_left_ms(deadline_ms) == 0 ? ERR_TIMEOUT : err;
}

enum err ldapc_await(struct ldapc *ldapc, int message, int wanted, LDAPMessage **answer_r, int *code_r)
{
	LDAPMessage *answer = NULL;
	struct timeval left = timeval_of(clock_left_ms(ldapc->stream.deadline_ms));
	int kind = ldap_result(ldapc->ld, message, LDAP_MSG_ALL, &left, &answer);
	int code = LDAP_OTHER;
	if (kind <= 0 &&
	    answer != NULL) { /* a message whose type the server has made up: 0, or past what an int holds */
		ldap_msgfree(answer);
		return ERR_CLOSED;
	}
	if (kind == 0)
		return ERR_TIMEOUT;
	if (kind < 0) {
		(void)ldap_get_option(ldapc->ld, LDAP_OPT_RESULT_CODE, &code);
		return code < 0 ? ldapc_fault_by(code, ldapc->stream.deadline_ms) : ERR_CLOSED;
	}
	int parsed = ldap_parse_result(ldapc->ld, answer, &code, NULL, NULL, NULL, NULL, 0);
	if (kind != wanted || parsed != LDAP_SUCCESS || code < 0) {
		ldap_msgfree(answer);
		return ERR_CLOSED;
	}
	*answer_r = answer;
	*code_r = code;
	return OK;
}

static enum err ask_for_tls(struct ldapc *ldapc, struct ldapc_fault *fault)
{
	int message, code = LDAP_OTHER;
	LDAPMessage *answer = NULL;
	int sent = ldap_start_tls(ldapc->ld, NULL, NULL, &message);
	if (sent != LDAP_SUCCESS)
		return ldapc_fault_by(sent, ldapc->stream.deadline_ms);
	enum err err = ldapc_await(ldapc, message, LDAP_RES_EXTENDED, &answer, &code);
	if (err != OK)
		return err;
	ldap_msgfree(answer);
	if (code == LDAP_SUCCESS)
		return OK;
	describe(ldapc->ld, code, fault);
	return ERR_CLOSED;
}

static enum err start_tls(struct ldapc *ldapc, struct ldapc_fault *fault)
{
	enum err err = ask_for_tls(ldapc, fault);
	if (err != OK)
		return err;
	int code = ldap_install_tls(ldapc->ld);
	if (code == LDAP_SUCCESS)
		return OK;
	describe(ldapc->ld, code, fault);
	return clock_left_ms(ldapc->stream.deadline_ms) == 0 ? ERR_TIMEOUT : ERR_CLOSED;
}

static bool has_scheme(const char *uri, const char *scheme)
{
	return strncasecmp(uri, scheme, strlen(scheme)) == 0;
}

/* A server cannot make us hold more than this at once. */
static void bound_answers(LDAP *ld)
{
	Sockbuf *socket = NULL;
	ber_len_t max = ANSWER_MAX;
	if (ldap_get_option(ld, LDAP_OPT_SOCKBUF, &socket) == LDAP_OPT_SUCCESS && socket != NULL)
		(void)ber_sockbuf_ctrl(socket, LBER_SB_OPT_SET_MAX_INCOMING, &max);
}

/* An answer is a head, an entry and a result, each of which libldap would wait for and read by itself: what is there is read at once.
 * Only behind the handshake: what was read before it would be taken for protected. */
static enum err read_ahead(LDAP *ld)
{
	Sockbuf *socket = NULL;
	int size = READ_AHEAD;
	if (ldap_get_option(ld, LDAP_OPT_SOCKBUF, &socket) != LDAP_OPT_SUCCESS || socket == NULL)
		return ERR_INTERNAL;
	int added =
	    ber_sockbuf_add_io(socket, &ber_sockbuf_io_readahead, LBER_SBIOD_LEVEL_APPLICATION, &size);
	return added == 0 ? OK : ERR_NO_MEMORY;
}

static bool wants_tls(const char *uri, bool start_tls_first)
{
	return has_scheme(uri, "ldaps:") || (start_tls_first && has_scheme(uri, "ldap:"));
}

enum err ldapc_check(const char *uri, bool start_tls_first, const char *ca_file)
{
	LDAP *ld = NULL;
	if (ldap_initialize(&ld, uri) != LDAP_SUCCESS)
		return ERR_CONFIG;
	bool good = set_behaviour(ld) && (!wants_tls(uri, start_tls_first) || set_tls(ld, ca_file));
	(void)ldap_unbind_ext(ld, NULL, NULL);
	return good ? OK : ERR_CONFIG;
}

static enum err connect_protected(struct ldapc *ldapc, const struct ldapc_kind *kind, const char *uri,
    int64_t deadline_ms, struct ldapc_fault *fault)
{
	LDAP *ld = ldapc->ld;
	int left_ms = least(clock_left_ms(deadline_ms), kind->network_timeout_ms);
	bool with_tls = wants_tls(uri, kind->start_tls);
	if (left_ms == 0)
		return ERR_TIMEOUT;
	ldapc->stream.deadline_ms = clock_steady_ms() + left_ms;
	if (!set_behaviour(ld) || !set_timeouts(ld, left_ms) || !stream_attach(&ldapc->stream, ld))
		return ERR_CONFIG;
	if (with_tls && !set_tls(ld, kind->ca_file))
		return ERR_CONFIG;
	int code = ldap_connect(ld);
	if (code != LDAP_SUCCESS) {
		describe(ld, code, fault);
		return ldapc_fault_by(code, ldapc->stream.deadline_ms);
	}
	bound_answers(ld);
	enum err err = with_tls && !has_scheme(uri, "ldaps:") ? start_tls(ldapc, fault) : OK;
	return err == OK ? read_ahead(ld) : err;
}

/* Binds as the identity of the kind: a refusal is an operator's affair. */
static enum err identify(
    struct ldapc *ldapc, const struct ldapc_kind *kind, int64_t deadline_ms, struct ldapc_fault *fault)
{
	struct ldapc_bound bound;
	if (kind->dn[0] == '\0')
		return OK;
	enum err err = ldapc_bind(ldapc, kind->dn, kind->password, deadline_ms, &bound);
	if (err != OK || bound.code == LDAP_SUCCESS)
		return err;
	describe(ldapc->ld, bound.code, fault);
	return bound.code == LDAP_BUSY || bound.code == LDAP_UNAVAILABLE ? ERR_UNREACHABLE : ERR_CONFIG;
}

enum err ldapc_open(const struct ldapc_kind *kind, const char *uri, int64_t deadline_ms,
    struct ldapc **ldapc_r, struct ldapc_fault *fault)
{
	CLEANUP(ldapc_close) struct ldapc *ldapc = calloc(1, sizeof *ldapc);
	if (ldapc == NULL)
		return ERR_NO_MEMORY;
	int code = ldap_initialize(&ldapc->ld, uri);
	if (code != LDAP_SUCCESS)
		return own_fault(code);
	enum err err = connect_protected(ldapc, kind, uri, deadline_ms, fault);
	if (err == OK)
		err = identify(ldapc, kind, deadline_ms, fault);
	if (err != OK)
		return err;
	*ldapc_r = ldapc;
	ldapc = NULL;
	return OK;
}

void ldapc_close(struct ldapc **ldapc)
{
	if (*ldapc == NULL)
		return;
	if ((*ldapc)->ld != NULL)
		(void)ldap_unbind_ext((*ldapc)->ld, NULL, NULL);
	free(*ldapc);
	*ldapc = NULL;
}

static enum err read_policy(LDAP *ld, LDAPControl **controls, struct ldapc_bound *bound)
{
	LDAPControl *control = ldap_control_find(LDAP_CONTROL_PASSWORDPOLICYRESPONSE, controls, NULL);
	ber_int_t expires_s, grace_left;
	LDAPPasswordPolicyError error;
	if (control == NULL)
		return OK;
	if (ldap_parse_passwordpolicy_control(ld, control, &expires_s, &grace_left, &error) != LDAP_SUCCESS)
		return ERR_MALFORMED;
	bound->has_policy = true;
	bound->error = (int)error;
	bound->expires_s = expires_s;
	bound->grace_left = grace_left;
	return OK;
}

static enum err read_bound(LDAP *ld, LDAPMessage *answer, struct ldapc_bound *bound_r)
{
	struct ldapc_bound bound = { .error = PP_noError, .expires_s = -1, .grace_left = -1 };
	LDAPControl **controls = NULL;
	char *words = NULL;
	int parsed = ldap_parse_result(ld, answer, &bound.code, NULL, &words, NULL, &controls, 0);
	enum err err = parsed == LDAP_SUCCESS ? read_policy(ld, controls, &bound) : ERR_MALFORMED;
	if (words != NULL)
		memcpy(bound.diagnostic, words, strnlen(words, sizeof bound.diagnostic - 1));
	ldap_memfree(words);
	ldap_controls_free(controls);
	if (err == OK)
		*bound_r = bound;
	return err;
}

enum err ldapc_bind(struct ldapc *ldapc, const char *dn, struct secret password, int64_t deadline_ms,
    struct ldapc_bound *bound_r)
{
	LDAPControl policy = { .ldctl_oid = (char *)LDAP_CONTROL_PASSWORDPOLICYREQUEST };
	LDAPControl *controls[] = { &policy, NULL };
	struct berval credentials = { .bv_len = password.len, .bv_val = (char *)password.at };
	/* Without a name or a password a simple bind succeeds as nobody (RFC 4513 5.1). */
	if (dn[0] == '\0' || password.at == NULL || password.len == 0)
		return ERR_INTERNAL;
	int message, code;
	ldapc->stream.deadline_ms = deadline_ms;
	int sent = ldap_sasl_bind(ldapc->ld, dn, LDAP_SASL_SIMPLE, &credentials, controls, NULL, &message);
	if (sent != LDAP_SUCCESS)
		return ldapc_fault_by(sent, deadline_ms);
	LDAPMessage *answer = NULL;
	enum err err = ldapc_await(ldapc, message, LDAP_RES_BIND, &answer, &code);
	if (err != OK)
		return err;
	err = read_bound(ldapc->ld, answer, bound_r);
	ldap_msgfree(answer);
	return err;
}

/* The server's own limit lets it stop working for one who has left; ours is the deadline. */
static struct timeval time_limit(int64_t deadline_ms)
{
	return (struct timeval){ .tv_sec = clock_left_ms(deadline_ms) / 1000 + 1 };
}

enum err ldapc_proxy_for(const char *dn, struct ldapc_proxy *proxy_r)
{
	size_t len = strlen(dn);
	if (len == 0 || len > sizeof proxy_r->as - 4)
		return ERR_INTERNAL;
	memcpy(proxy_r->as, "dn:", 3);
	memcpy(proxy_r->as + 3, dn, len + 1);
	proxy_r->control = (LDAPControl){
		.ldctl_oid = (char *)LDAP_CONTROL_PROXY_AUTHZ,
		.ldctl_iscritical = 1,
		.ldctl_value = { .bv_len = len + 3, .bv_val = proxy_r->as },
	};
	return OK;
}

static enum err begin_page(LDAP *ld, const struct ldapc_page *page, LDAPControl **control_r)
{
	int made = ldap_create_page_control(ld, page->size, page->cookie, 0, control_r);
	return made == LDAP_SUCCESS ? OK : ERR_NO_MEMORY;
}

static enum err read_cookie(LDAP *ld, LDAPControl *control, struct ldapc_page *page)
{
	struct berval cookie = { .bv_val = NULL };
	ber_int_t all;
	if (ldap_parse_pageresponse_control(ld, control, &all, &cookie) != LDAP_SUCCESS)
		return ERR_CLOSED;
	page->cookie = cookie.bv_len > 0 ? ber_bvdup(&cookie) : NULL;
	bool lost = cookie.bv_len > 0 && page->cookie == NULL;
	ber_memfree(cookie.bv_val);
	return lost ? ERR_NO_MEMORY : OK;
}

/* Whether there are more parts stands in the last message. A server that knows no parts says nothing of it and has given all; one that was in the
 * middle has not, so that is no answer (ERR_CLOSED). */
static enum err end_page(LDAP *ld, LDAPMessage *chain, int code, struct ldapc_page *page)
{
	LDAPControl **controls = NULL;
	bool in_the_middle = page->cookie != NULL;
	LDAPMessage *last = ldap_first_message(ld, chain);
	while (last != NULL && ldap_msgtype(last) != LDAP_RES_SEARCH_RESULT)
		last = ldap_next_message(ld, last);
	ldapc_page_done(page);
	if (last == NULL || ldap_parse_result(ld, last, NULL, NULL, NULL, NULL, &controls, 0) != LDAP_SUCCESS)
		return ERR_CLOSED;
	LDAPControl *control = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, NULL);
	enum err err = in_the_middle && code == LDAP_SUCCESS ? ERR_CLOSED : OK;
	if (control != NULL)
		err = read_cookie(ld, control, page);
	ldap_controls_free(controls);
	return err;
}

void ldapc_page_done(struct ldapc_page *page)
{
	ber_bvfree(page->cookie);
	page->cookie = NULL;
}

enum err ldapc_search(struct ldapc *ldapc, const struct ldapc_search *search, int64_t deadline_ms,
    LDAPMessage **chain_r, int *code_r)
{
	struct ldapc_proxy proxy;
	LDAPControl *page = NULL, *controls[3] = { NULL };
	unsigned n = 0;
	enum err err = search->as_dn != NULL ? ldapc_proxy_for(search->as_dn, &proxy) : OK;
	if (err == OK && search->as_dn != NULL)
		controls[n++] = &proxy.control;
	if (err == OK && search->page != NULL)
		err = begin_page(ldapc->ld, search->page, &page);
	if (err != OK)
		return err;
	controls[n] = page;
	int message;
	struct timeval limit = time_limit(deadline_ms);
	ldapc->stream.deadline_ms = deadline_ms;
	int sent = ldap_search_ext(ldapc->ld, search->base, search->scope, search->filter,
	    (char **)search->attributes, 0, controls, NULL, &limit, search->size_limit, &message);
	ldap_control_free(page);
	if (sent != LDAP_SUCCESS)
		return ldapc_fault_by(sent, deadline_ms);
	err = ldapc_await(ldapc, message, LDAP_RES_SEARCH_RESULT, chain_r, code_r);
	if (err != OK || search->page == NULL)
		return err;
	err = end_page(ldapc->ld, *chain_r, *code_r, search->page);
	if (err != OK)
		ldap_msgfree(*chain_r);
	return err;
}
