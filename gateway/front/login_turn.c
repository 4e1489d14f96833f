/* login_turn.c - one turn of a sign-in: to the gate, and when its whole stack has agreed, to the authority for the session. */
#include <errno.h>
#include "base/clock.h"
#include "base/wait.h"
#include "front/login.h"
#include "front/show.h"
#include "log/log.h"

#define WAIT_MS 2000 /* a crowd passes in less */

static bool wait_for_turn(struct front *front)
{
	const struct timespec end = wait_end(WAIT_MS);
	int result;
	do
		result = sem_clockwait(&front->turns, CLOCK_MONOTONIC, &end);
	while (result != 0 && errno == EINTR);
	return result == 0;
}

/* Logins wait on the directory. They get half of the threads, and a quarter may wait for one of those, so that the others go on
 * serving pages. */
static bool enter(struct exchange *x)
{
	struct front *front = x->front;
	if (sem_trywait(&front->turns) == 0)
		return true;
	bool in = atomic_fetch_add(&front->waiting, 1) < front->config->threads / 4 && wait_for_turn(front);
	atomic_fetch_sub(&front->waiting, 1);
	if (!in)
		log_line(LOG_LEVEL_WARNING, "too_many_logins", x->request->trace);
	return in;
}

static enum err ask_gate(struct exchange *x, const struct msg_turn *turn, struct wire_any *answer_r)
{
	int64_t deadline_ms = clock_steady_ms() + (int64_t)x->front->config->turn_timeout_ms;
	struct link link = LINK_CLOSED;
	const struct link_end gate = { x->front->gate, ROLE_DOOR };
	/* a child that was ended may take the connection along, as long as nothing was said */
	enum err err = link_call(
	    &link, &gate, WIRE(turn, turn), x->request->trace, x->request->arena, deadline_ms, answer_r);
	link_close(&link);
	return err;
}

static void claim(struct exchange *x, const struct msg_turn *turn, const struct msg_turn_passed *passed)
{
	struct msg_claim claim = { turn->intro->cookie, passed->transaction };
	const struct msg_claimed *claimed = show_ask(x, WIRE(claim, &claim), wire_msg_claimed());
	if (claimed != NULL)
		login_show_done(x, claimed);
}

/* Behind an answer the first question does not come again by itself: that form was of a sign-in that is over. */
static bool is_over(const struct msg_turn *turn, struct wire_any answer)
{
	return turn->reply != NULL && answer.msg->tag == TAG_ask_password &&
	       ((const struct msg_ask_password *)answer.at)->problem.at == NULL;
}

static void show(struct exchange *x, const struct msg_turn *turn, struct wire_any answer, struct text problem)
{
	if (wire_is_ask(answer.msg))
		login_show_ask(x, answer, turn->intro->csrf,
		    is_over(turn, answer) ? TEXT_LITERAL("not_pending") : problem);
	else if (answer.msg->tag == TAG_turn_passed)
		claim(x, turn, answer.at);
	else if (answer.msg->tag == TAG_login_denied)
		login_show_denied(x, answer.at, turn->user);
	else if (answer.msg->tag == TAG_refused)
		show_refused(x, answer.at);
	else
		show_fault(x, FAULT_INTERNAL, 0);
}

void login_turn(struct exchange *x, const struct msg_turn *turn, struct text problem)
{
	struct wire_any answer;
	if (!enter(x)) {
		show_fault(x, FAULT_BUSY, 0);
		return;
	}
	enum err err = ask_gate(x, turn, &answer);
	(void)sem_post(&x->front->turns);
	if (err == OK) {
		show(x, turn, answer, problem);
		return;
	}
	log_line(LOG_LEVEL_WARNING, "gate_lost", x->request->trace, LOG_STR("reason", err_text(err)));
	show_unreachable(x, err);
}
