/* portal.h - private to front: the pages of the portal, each a row of routes.def, a message and a template.
 *
 * Nothing here knows what a page is about but portal_profile.c, whose form is made by the settings. Whether something may be done,
 * the authority decides; the session is always the cookie's, whatever a form says. */
#ifndef SPOM_FRONT_PORTAL_H
#define SPOM_FRONT_PORTAL_H
#include "front/front.h"
#include "front/route.h"

/* A message of that route with the session, the path's values and (GET) the query's that name a field. NULL: the reply says why. */
void *portal_fill(struct exchange *exchange, const struct route *route);

/* Asks a message that portal_fill has made; a changeable copy of the answer. NULL: the reply says why. */
void *portal_ask(
    struct exchange *exchange, const struct wire_msg *msg, const void *ask, const struct wire_msg **answer_r);

/* What the address says has been done; absent when that is no sentence of the closed list. */
struct text portal_done(const struct exchange *exchange);

/* Shows the answer of a PAGE. */
void portal_give(struct exchange *exchange, int status, const struct route *route, const struct wire_msg *msg,
    const void *answer);

/* What somebody has typed. */
#define PORTAL_PROBLEMS_MAX 8
struct portal_typed {
	const struct wire_msg *msg;
	void *at;
	struct msg_problem_row problems[PORTAL_PROBLEMS_MAX]; /* what front itself cannot take */
	uint32_t n_problems;
};

/* Reads the form or JSON of a FORM. false: the reply says why. */
bool portal_read(struct exchange *exchange, struct portal_typed *typed);

/* 422: what cannot be taken, as JSON or on the form's page with all that was typed but secrets. */
void portal_problems(struct exchange *exchange, const struct portal_typed *typed,
    const struct msg_problem_row *problems, uint32_t n);

/* The profile's page: what was typed, with what is wrong at each field. */
enum err portal_profile_overlay(
    struct exchange *exchange, struct msg_profile_page *page, const struct msg_profile_save *typed);

/* The longest beginning of at most max bytes that does not cut a character. */
struct text portal_cut(struct text text, size_t max);

#endif
