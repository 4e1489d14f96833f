/* account.c - may this account be used now? Behind a proof of this connection, or alone (an SSH key opened the door). */
#include "authority/directory/directory.h"
#include "authority/login/talk.h"
#include "conf/conf.h"
#include "log/log.h"

/* The directory has just said so, for this very name. */
static bool is_proved_here(const struct call *call, const struct msg_login_account *account)
{
	const struct login *login = *call->login;
	return login != NULL && login->proved && text_equal(login->service, account->service) &&
	       text_equal(login->record.user, account->user);
}

/* Over PAM the name must be the person's own uid, in the directory's sense of equal. */
static enum err ask_directory(struct call *call, const struct msg_login_account *account, bool *may_r)
{
	struct person person;
	struct directory *directory = call->authority->directory;
	enum err err = directory_find(directory, account->user, DIRECTORY_NAMES_UID, &call->arena, &person);
	if (err == ERR_NOT_FOUND || err == ERR_MALFORMED) {
		*may_r = false;
		return OK;
	}
	return err == OK ? directory_may_enter(directory, &person, &call->arena, may_r) : err;
}

enum err login_on_account(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_login_account *account = ask;
	struct msg_login_verdict *verdict = arena_alloc(&call->arena, sizeof *verdict);
	if (verdict == NULL)
		return ERR_NO_MEMORY;
	if (!login_may_name(call, account->service))
		return ERR_FORBIDDEN;
	bool may = is_proved_here(call, account);
	/* a browser has no key to come by: without a proof of this connection there is nothing to ask for */
	enum err err = may || call->role == ROLE_GATE ? OK : ask_directory(call, account, &may);
	if (err != OK)
		return err;
	verdict->allowed = may;
	if (!may)
		verdict->text = TEXT_LITERAL("account_refused");
	log_line(LOG_LEVEL_INFO, "account", call->frame.trace, LOG_TEXT("service", account->service),
	    LOG_TEXT("user", account->user), LOG_STR("verdict", may ? "allowed" : "refused"));
	*answer_r = WIRE(login_verdict, verdict);
	return OK;
}
