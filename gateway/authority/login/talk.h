/* talk.h - private to login: the state of one conversation and its record, and the steps that all kinds of asks share. */
#ifndef SPOM_AUTHORITY_LOGIN_TALK_H
#define SPOM_AUTHORITY_LOGIN_TALK_H
#include "authority/authority.h"
#include "authority/login/login.h"
#include "authority/store/store.h"

#define ASK_ID_SIZE 17        /* the form's id and the step's number */
#define PROVED_TTL_MS 60000   /* from the authority's yes to the claim */
#define DOUBLE_CLICK_MS 10000 /* a form sent again ends what it led to the first time */
#define STEPS_MAX 190u        /* of one login; then it begins anew */
#define TERMINAL_TRIES 3u     /* wrong answers to one prompt */

struct login {
	struct arena arena; /* of what the record points to */
	enum role role;
	bool asked;            /* an ask is pending */
	bool proved;           /* the authority said yes */
	bool repeats;          /* what was answered a moment ago is asked again, to know a second click by */
	struct id form;        /* the ask's id without its step: a browser's form, or a connection over PAM */
	struct secret renewed; /* a browser's new cookie, when something was proved in this turn */
	struct text service;
	struct text typed; /* the name as introduced */
	struct msg_login_record record;
};

static inline bool login_is_web(const struct login *login)
{
	return login->role == ROLE_GATE;
}

/* --- what is kept (keep.c) --- */

/* The place in the store of a form's record, or of a proof's. */
struct store_key login_key(struct authority *authority, const struct id *id);

/* Writes a browser's record; over PAM the connection is the record. */
NODISCARD enum err login_save(struct call *call, const struct login *login);

/* Notes or finds the ask that waits for this browser. login_pending_find: false when there is none. */
NODISCARD enum err login_pending_note(struct call *call, const struct login *login);
bool login_pending_find(struct call *call, const struct id *nonce, struct text *ask_r);

/* With the first proof the browser gets another cookie: who knew the one from before is left behind. */
NODISCARD enum err login_renew(struct call *call, struct login *login);

/* The proof gets a name that only gate and front learn; the form stays a moment longer, for a second click. */
NODISCARD enum err login_keep_proof(struct call *call, const struct login *login, struct id *proof_r);

/* --- ids (id.c) --- */

/* A new form of the browser with that cookie, and whether a form is one. */
void login_form_new(struct authority *authority, const struct id *nonce, struct id *form_r);
bool login_form_is_ours(struct authority *authority, const struct id *nonce, const struct id *form);

/* The id of an ask: the form and its step as base64url, on the arena. */
struct text login_ask_id(const struct id *form, uint64_t step, struct arena *arena);

/* Takes an ask's id apart; false when it is none. */
bool login_ask_parse(struct text id, struct id *form_r, uint64_t *step_r);

bool login_id_equal(const struct id *a, const struct id *b);

/* --- second clicks (repeat.c) --- */

/* Notes in the record what is being answered. ERR_EXISTS: the same answer to the same ask is being carried out at this moment. */
NODISCARD enum err repeat_begin(
    struct call *call, struct login *login, const struct msg_login_answer *answer);

/* It was not carried out: the same answer may be given again. */
void repeat_undo(struct call *call, const struct login *login);

/* Waits until the other half of a double click is carried out, and loads what it led to. ERR_BUSY: it takes too long. */
NODISCARD enum err repeat_wait(struct call *call, struct login *login);

/* Whether that step was answered a moment ago, so that this may be a second click. */
bool repeat_may_be(const struct login *login, uint64_t step);

/* Whether that is the answer of a moment ago. */
bool repeat_is(struct call *call, const struct login *login, const struct msg_login_answer *answer);

/* --- steps (turn.c) --- */

/* Which services may be named by whom: the uid says who may connect, not which service it is. */
bool login_may_name(const struct call *call, struct text service);

/* Keeps the person on the login's own arena. */
struct person;
NODISCARD bool login_keep_person(struct login *login, const struct person *person);

/* Fills *answer_r with the ask that is pending. */
NODISCARD enum err login_ask_pending(struct call *call, struct login *login, struct wire_any *answer_r);

/* The next ask is of that state. */
NODISCARD enum err login_turn_to(
    struct call *call, struct login *login, enum login_state state, struct wire_any *answer_r);

/* The same ask again, under a new id: problem (a literal) says why. */
NODISCARD enum err login_ask_again(
    struct call *call, struct login *login, const char *problem, uint64_t wait_s, struct wire_any *answer_r);

/* Decides the conversation against the person, on record; text is the sentence. */
NODISCARD enum err login_deny(
    struct call *call, struct login *login, const char *text, struct wire_any *answer_r);

/* The same where what happened is on record already, or is nothing worth one. */
NODISCARD enum err login_deny_quietly(
    struct call *call, struct login *login, struct msg_login_denied denied, struct wire_any *answer_r);

/* What was proved, with the password and that factor, as a session has it (RFC 8176; rec: a code of the recovery sheet). */
struct text login_amr(enum factor_kind proof);

/* The authority's yes. */
NODISCARD enum err login_say_yes(struct call *call, struct login *login, struct wire_any *answer_r);

/* After a proof, or when something was said: the next ask, or the authority's yes (next.c). */
NODISCARD enum err login_go_on(struct call *call, struct login *login, struct wire_any *answer_r);

/* The password is right: takes up what we keep of the person, and goes on. */
NODISCARD enum err login_password_proved(struct call *call, struct login *login, struct wire_any *answer_r);

#endif
