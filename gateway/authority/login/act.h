/* act.h - private to login: acts that take a proof of their own (SECURITY 15). What is done stands in the act's record, written when the
 * form was sent; the proof is spent on exactly that, once, by the browser whose session asked. */
#ifndef SPOM_AUTHORITY_LOGIN_ACT_H
#define SPOM_AUTHORITY_LOGIN_ACT_H
#include "authority/account/account.h"
#include "authority/login/talk.h"

/* Where an act lies in the store. */
struct store_key act_key(struct authority *authority, const struct id *id);

/* What a session asks to have done: kept word by word until the proof is given. */
struct act_wanted {
	enum act act;
	struct secret session; /* its token */
	struct text object, argument;
};
NODISCARD enum err act_new(struct call *call, const struct msg_session_record *session,
    const struct act_wanted *wanted, struct id *id_r);

/* Loads an act that waits. ERR_STALE: it is over, or the session is not the one that asked, or not live any more. */
NODISCARD enum err act_load(
    struct call *call, const struct id *id, struct secret session, const struct msg_act_record **act_r);

/* Begins the conversation that proves it: at the code where the person has a factor, else at the password. */
NODISCARD enum err act_begin(
    struct call *call, struct login *login, const struct id *id, struct secret session);

/* Whether a browser's conversation about an act is still of the session that asked; ERR_STALE when not. */
NODISCARD enum err act_go_on(struct call *call, const struct login *login, struct secret session);

/* Whether the second factor that was given can vouch for the act: what is to be undone cannot undo. */
bool act_may_be_proved_so(const struct msg_login_record *record, const struct account *account);

/* Whether somebody who proves it without a second factor enrols one. */
bool act_brings_factor(enum act act);

/* For what is done within the conversation (a new factor, new recovery codes): takes the act away. ERR_NOT_FOUND: it was done, or is
 * over. OK where there is none, or it was taken here before. */
NODISCARD enum err act_spend(struct call *call, struct login *login);

/* Whether what is done at the claim is written to the person. */
bool act_mails(const struct msg_login_record *record);

/* At the claim: does what the record says, and fills in what is said of it; the level of the session may rise. ERR_STALE: it was
 * done, or is over. */
NODISCARD enum err act_perform(
    struct call *call, const struct msg_login_record *record, struct msg_claimed *claimed);

#endif
