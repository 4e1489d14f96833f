/* script.h - what the scripts of the fake authority share: a conversation that goes as it should. */
#ifndef SPOM_TESTS_SCRIPT_H
#define SPOM_TESTS_SCRIPT_H
#include "pam_spom/fake.h"

#define SCRIPT_PASSWORD "right horse"

/* Welcome as role, login_open, ask_password; then login_done for SCRIPT_PASSWORD (the user as named, else "named"), else
 * login_denied; then one login_account, allowed. */
void script_good(struct peer *peer);      /* role PAM */
void script_good_gate(struct peer *peer); /* role GATE */

/* Its parts. */
void script_ask_password(struct peer *peer);
void script_done(struct peer *peer, struct text user);
void script_denied(struct peer *peer, const char *text);
void script_refused(struct peer *peer, enum refusal reason);
void script_verdict(struct peer *peer, bool allowed);

/* The transaction of script_done. */
extern const struct id SCRIPT_TRANSACTION;

#endif
