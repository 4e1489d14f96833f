#include "pam_spom/script.h"
#include <string.h>

const struct id SCRIPT_TRANSACTION = { "sixteen bytes..." };

void script_ask_password(struct peer *peer)
{
	const struct msg_ask_password ask = { .id = TEXT_LITERAL("ask-1") };
	fake_send(peer, WIRE(ask_password, &ask));
}

void script_done(struct peer *peer, struct text user)
{
	const struct msg_login_done done = { user, SCRIPT_TRANSACTION };
	fake_send(peer, WIRE(login_done, &done));
}

void script_denied(struct peer *peer, const char *text)
{
	const struct msg_login_denied denied = { .text = text_of(text) };
	fake_send(peer, WIRE(login_denied, &denied));
}

void script_refused(struct peer *peer, enum refusal reason)
{
	const struct msg_refused refused = { .reason = reason };
	fake_send(peer, WIRE(refused, &refused));
}

void script_verdict(struct peer *peer, bool allowed)
{
	const struct msg_login_verdict verdict = { .allowed = allowed };
	fake_send(peer, WIRE(login_verdict, &verdict));
}

static void good(struct peer *peer, enum role role)
{
	fake_welcome(peer, role);
	struct wire_any first = fake_receive_any(peer);
	if (first.msg->tag == TAG_login_account) {
		script_verdict(peer, true);
		return;
	}
	if (first.msg->tag != TAG_login_open)
		fake_leave(peer);
	const struct msg_login_open *open = first.at;
	script_ask_password(peer);
	const struct msg_login_answer *answer = fake_receive(peer, TAG_login_answer);
	struct secret right = { (unsigned char *)SCRIPT_PASSWORD, strlen(SCRIPT_PASSWORD) };
	if (!secret_equal(answer->answer, right)) {
		script_denied(peer, "sign_in_failed");
		return;
	}
	script_done(peer, text_is_empty(open->user) ? TEXT_LITERAL("named") : open->user);
	(void)fake_receive(peer, TAG_login_account);
	script_verdict(peer, true);
}

void script_good(struct peer *peer)
{
	good(peer, ROLE_PAM);
}

void script_good_gate(struct peer *peer)
{
	good(peer, ROLE_GATE);
}
