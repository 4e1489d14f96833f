#include "gate/turn.h"
#include "base/arena.h"
#include "base/clock.h"
#include "gate/conversation.h"
#include "log/log.h"

#define PASSED_MS 5000

/* Answers without a field of their own turn's; const, so that they need no arena. */
static const struct msg_login_denied FAILED = { .text = { "sign_in_failed", 14 } };
static const struct msg_login_denied NOT_NOW = { .text = { "account_refused", 15 } };
static const struct msg_refused UNREACHABLE = { REFUSAL_AUTHORITY, { "authority_unreachable", 21 }, 0 };
static const struct msg_refused BROKEN = { .reason = REFUSAL_INTERNAL };

/* libpam would sleep here after a refusal; delays are the authority's, and a child that sleeps serves nobody. */
static void no_delay(int result, unsigned delay_us, void *appdata)
{
	(void)result, (void)delay_us, (void)appdata;
}

static int start(
    const struct settings *settings, const char *user, const struct pam_conv *conv, pam_handle_t **pam_r)
{
	if (settings->confdir[0] != '\0')
		return pam_start_confdir(settings->service, user, conv, settings->confdir, pam_r);
	return pam_start(settings->service, user, conv, pam_r);
}

pam_handle_t *turn_hold_modules(const struct settings *settings)
{
	static const struct pam_conv NONE = { 0 };
	pam_handle_t *pam = NULL;
	int result = start(settings, NULL, &NONE, &pam);
	if (result == PAM_SUCCESS)
		return pam;
	log_line(LOG_LEVEL_ERROR, "modules_not_loaded", 0, LOG_STR("service", settings->service),
	    LOG_NUMBER("result", result));
	return NULL;
}

static bool is_fault(int result)
{
	switch (result) {
	case PAM_OPEN_ERR:
	case PAM_SYMBOL_ERR:
	case PAM_SERVICE_ERR:
	case PAM_SYSTEM_ERR:
	case PAM_BUF_ERR:
	case PAM_ABORT:
	case PAM_MODULE_UNKNOWN:
		return true;
	default:
		return false;
	}
}

/* Why the stack did not say yes. The authority's own words come first, until it said yes itself. */
static struct wire_any refusal(const struct conversation *talk, int result)
{
	log_line(LOG_LEVEL_INFO, "turn_refused", talk->trace, LOG_STR("pam", pam_strerror(NULL, result)),
	    LOG_STR("by", talk->refusal.msg != NULL ? "authority" : "stack"));
	if (talk->refusal.msg != NULL)
		return talk->refusal;
	if (talk->done != NULL)
		return WIRE(login_denied, &NOT_NOW);
	if (result == PAM_AUTHINFO_UNAVAIL)
		return WIRE(refused, &UNREACHABLE);
	return is_fault(result) ? WIRE(refused, &BROKEN) : WIRE(login_denied, &FAILED);
}

static bool user_is(pam_handle_t *pam, struct text user)
{
	const void *name = NULL;
	return pam_get_item(pam, PAM_USER, &name) == PAM_SUCCESS && text_equal(text_of(name), user);
}

/* The whole stack said yes: the authority learns it, and only then front. */
static struct wire_any pass(
    const struct settings *settings, struct link *authority, const struct conversation *talk)
{
	const struct msg_passed passed = { talk->done->transaction };
	struct wire_any answer = { NULL, NULL };
	int64_t deadline_ms = clock_steady_ms() + PASSED_MS;
	const struct link_end end = { settings->authority, ROLE_GATE };
	enum err err =
	    link_call(authority, &end, WIRE(passed, &passed), talk->trace, talk->arena, deadline_ms, &answer);
	if (err == OK && (answer.msg->tag == TAG_refused || answer.msg->tag == TAG_login_denied))
		return answer;
	struct msg_turn_passed *result = arena_alloc(talk->arena, sizeof *result);
	if (err == OK && answer.msg->tag == TAG_done && result != NULL) {
		result->transaction = talk->done->transaction;
		return WIRE(turn_passed, result);
	}
	link_close(authority);
	log_line(LOG_LEVEL_ERROR, "passed_not_told", talk->trace, LOG_STR("error", err_text(err)));
	return WIRE(refused, &UNREACHABLE);
}

/* Auth and account; PAM_SUCCESS only with a login_done of the authority for the name that PAM_USER has. */
static int run_stack(pam_handle_t *pam, const struct conversation *talk)
{
	int result = pam_authenticate(pam, PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK);
	if (result != PAM_SUCCESS)
		return result;
	if (talk->done == NULL) {
		log_line(LOG_LEVEL_ERROR, "stack_passed_without_authority", talk->trace);
		return PAM_AUTH_ERR;
	}
	result = pam_acct_mgmt(pam, PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK);
	if (result == PAM_SUCCESS && (talk->refusal.msg != NULL || !user_is(pam, talk->done->user)))
		return PAM_PERM_DENIED;
	return result;
}

static int prepare(pam_handle_t *pam, const struct msg_turn *turn)
{
	void (*delay)(int, unsigned, void *) = no_delay;
	int result = pam_set_item(pam, PAM_FAIL_DELAY, (const void *)delay);
	if (result == PAM_SUCCESS && !text_is_empty(turn->intro->address))
		result = pam_set_item(pam, PAM_RHOST, text_str(turn->intro->address));
	return result;
}

struct wire_any turn_run(const struct settings *settings, struct link *authority, const struct msg_turn *turn,
    uint64_t trace, struct arena *arena)
{
	struct conversation talk = { .turn = turn, .arena = arena, .trace = trace };
	const struct pam_conv conv = { conversation_answer, &talk };
	pam_handle_t *pam = NULL;
	const char *user = text_is_empty(turn->user) ? NULL : text_str(turn->user);
	int result = start(settings, user, &conv, &pam);
	if (result != PAM_SUCCESS)
		return refusal(&talk, result);
	result = prepare(pam, turn);
	if (result == PAM_SUCCESS)
		result = run_stack(pam, &talk);
	struct wire_any answer;
	if (result == PAM_INCOMPLETE && talk.ask.msg != NULL)
		answer = talk.ask;
	else if (result == PAM_SUCCESS)
		answer = pass(settings, authority, &talk);
	else
		answer = refusal(&talk, result);
	(void)pam_end(pam, result);
	return answer;
}
