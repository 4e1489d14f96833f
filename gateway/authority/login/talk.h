/* talk.h - private to login: the state of one conversation and its record. */
#ifndef SPOM_AUTHORITY_LOGIN_TALK_H
#define SPOM_AUTHORITY_LOGIN_TALK_H
#include "authority/authority.h"
#include "authority/login/login.h"
#include "authority/store/store.h"

#define ASK_ID_SIZE 17        /* the transaction's id and the step's number */
#define PROVED_TTL_MS 60000   /* from the authority's yes to the claim */
#define DOUBLE_CLICK_MS 10000 /* a form sent again ends what it led to the first time */

struct login {
	struct arena arena; /* of what the record points to */
	enum role role;
	bool asked;            /* an ask is pending */
	bool proved;           /* the authority said yes */
	struct id form;        /* the ask's id without its step: a browser's form, or a connection over PAM */
	struct secret renewed; /* a browser's new cookie, when something was proved in this turn */
	struct text service;
	struct text typed; /* the name as introduced */
	struct msg_login_record record;
};

/* The place in the store of a form's record, or of a proof's. */
struct store_key login_key(struct authority *authority, const struct id *id);

/* Which services may be named by whom: the uid says who may connect, not which service it is. */
bool login_may_name(const struct call *call, struct text service);

/* Notes or finds the ask that waits for this browser. login_pending_find: false when there is none. */
NODISCARD enum err login_pending_note(struct call *call, const struct login *login);
bool login_pending_find(struct call *call, const struct id *nonce, struct text *ask_r);

/* The id of an ask: the form and its step as base64url, on the arena. */
struct text login_ask_id(const struct id *form, uint64_t step, struct arena *arena);

/* Takes an ask's id apart; false when it is none. */
bool login_ask_parse(struct text id, struct id *form_r, uint64_t *step_r);

/* Fills *answer_r with the ask that is pending. */
NODISCARD enum err login_ask_pending(struct call *call, struct login *login, struct wire_any *answer_r);

/* Decides the conversation against the person; text is the sentence. */
NODISCARD enum err login_deny(
    struct call *call, struct login *login, const char *text, struct wire_any *answer_r);

/* After a proof, or a notice was read: the next ask, or the authority's yes. */
NODISCARD enum err login_go_on(struct call *call, struct login *login, struct wire_any *answer_r);

#endif
