/* look.h - private to login: what the record takes up of a person who has proved something, or whose session asks for an act. */
#ifndef SPOM_AUTHORITY_LOGIN_LOOK_H
#define SPOM_AUTHORITY_LOGIN_LOOK_H
#include "authority/login/talk.h"

/* What we keep of the person: factors, generation, whether the browser is known. Never before something is proved, so that unknown and
 * known people cost the same until then. */
NODISCARD enum err look_at_account(struct call *call, struct login *login);

/* The groups that a browser's session will have, since the person is at hand; at its claim where nobody looked before. */
struct person;
NODISCARD enum err look_at_groups(struct call *call, struct login *login, const struct person *person);
NODISCARD enum err look_up_groups(struct call *call, struct text id, struct text *groups_r);

/* A browser in which somebody else is signed in asks before that session ends. */
NODISCARD enum err look_at_session(struct call *call, struct login *login);

#endif
