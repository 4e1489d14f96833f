/* A result code of 0 alone proves nothing: with the password policy (draft-behera-ldap-password-policy) a password that must be
 * changed binds with success, and the control says so. */
#include "authority/directory/ppolicy.h"
#include <string.h>

/* Active Directory has no control; it writes a Windows code into its words ("..., data 775, v4563"). They may make a refusal
 * more exact, never less of one. */
static const struct {
	const char *code;
	enum bind_outcome outcome;
} WINDOWS[] = {
	{ " data 532,", BIND_EXPIRED }, /* password expired */
	{ " data 773,", BIND_EXPIRED }, /* must change: refused as well, there is no bind to prove anything */
	{ " data 533,", BIND_LOCKED },  /* account disabled */
	{ " data 701,", BIND_LOCKED },  /* account expired */
	{ " data 775,", BIND_LOCKED },  /* locked by guesses */
};

static enum bind_outcome refusal(const struct ldapc_bound *bound)
{
	if (bound->has_policy && bound->error == PP_accountLocked)
		return BIND_LOCKED;
	if (bound->has_policy && bound->error == PP_passwordExpired)
		return BIND_EXPIRED;
	for (size_t i = 0; i < COUNT(WINDOWS); i++) {
		if (strstr(bound->diagnostic, WINDOWS[i].code) != NULL)
			return WINDOWS[i].outcome;
	}
	return BIND_REFUSED;
}

static enum bind_outcome success(const struct ldapc_bound *bound)
{
	if (!bound->has_policy || bound->error == PP_noError)
		return BIND_OK;
	return bound->error == PP_changeAfterReset ? BIND_MUST_CHANGE : refusal(bound);
}

enum err ppolicy_outcome(const struct ldapc_bound *bound, struct bind_result *result_r)
{
	enum bind_outcome outcome;
	switch (bound->code) {
	case LDAP_SUCCESS:
		outcome = success(bound);
		break;
	case LDAP_INVALID_CREDENTIALS:
	case LDAP_INAPPROPRIATE_AUTH: /* no password to compare with */
	case LDAP_NO_SUCH_OBJECT:     /* gone since it was read */
	case LDAP_INVALID_DN_SYNTAX:
	case LDAP_INSUFFICIENT_ACCESS:
	case LDAP_CONSTRAINT_VIOLATION: /* 389: too many guesses */
	case LDAP_UNWILLING_TO_PERFORM: /* 389: inactivated */
		outcome = refusal(bound);
		break;
	case LDAP_STRONG_AUTH_REQUIRED:
	case LDAP_CONFIDENTIALITY_REQUIRED:
	case LDAP_AUTH_METHOD_NOT_SUPPORTED:
	case LDAP_PROTOCOL_ERROR:
	case LDAP_REFERRAL:
		return ERR_CONFIG;
	default:
		return ERR_UNREACHABLE;
	}
	*result_r = (struct bind_result){ outcome, bound->expires_s, bound->grace_left };
	return OK;
}
