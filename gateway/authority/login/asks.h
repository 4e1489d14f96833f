/* asks.h - private to login: the kinds of asks, one file each. A kind is a row of the table in asks.c. */
#ifndef SPOM_AUTHORITY_LOGIN_ASKS_H
#define SPOM_AUTHORITY_LOGIN_ASKS_H
#include "authority/login/talk.h"

/* Fills *answer_r with the ask as the record says. */
typedef enum err ask_show(struct call *call, struct login *login, struct wire_any *answer_r);

/* Carries out its answer, which is for this ask. */
typedef enum err ask_answer(
    struct call *call, struct login *login, const struct msg_login_answer *answer, struct wire_any *answer_r);

struct ask_kind {
	ask_show *show;
	ask_answer *answer;
	bool may_mail; /* what comes of an answer may have to be written to the person */
};

/* The kind of a state; NULL for one in which nothing is asked. */
const struct ask_kind *ask_kind_find(enum login_state state);

/* What all asks but the first have in common; they share the names of these fields, not their places. */
#define ASK_FILL(call, login, ask) \
	do { \
		(ask)->id = login_ask_id(&(login)->form, (login)->record.step, &(call)->arena); \
		(ask)->person = asks_person(login); \
		(ask)->problem = (login)->record.problem; \
		(ask)->csrf = asks_csrf(call, login); \
		(ask)->cookie = (login)->renewed; \
	} while (0)

/* Who is signing in, once that is proved; the form's value for a browser; the seconds until an answer can count. */
struct text asks_person(const struct login *login);
struct secret asks_csrf(struct call *call, const struct login *login);
uint64_t asks_wait_s(const struct login *login);

ask_show password_show, notice_show, code_show, choose_show, recovery_show, new_password_show, enrol_show,
    sheet_show;
ask_answer password_answer, notice_answer, code_answer, choose_answer, recovery_answer, new_password_answer,
    enrol_answer, sheet_answer;

/* Makes the codes of a sheet (sheet.c). */
NODISCARD enum err sheet_make(struct login *login);

/* Whether there is something to be told (notice.c). */
bool notice_is_due(const struct login *login);

#endif
