/* consent.c - the forms about what services are told: the page on the way to one, and the list. */
#include "authority/sso/consent.h"
#include "authority/self/self.h"

enum err self_on_consent_answer(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_consent_answer *wanted = ask;
	const struct msg_session_record *session;
	bool agrees = text_equal_str(wanted->answer, "agree");
	struct msg_consent_answered *answered = arena_alloc(&call->arena, sizeof *answered);
	if (answered == NULL)
		return ERR_NO_MEMORY;
	if (!agrees && !text_equal_str(wanted->answer, "deny"))
		return ERR_MALFORMED;
	enum err err = self_session_of_form(call, wanted->session, wanted->csrf, &session);
	if (err == OK)
		err = consent_answer(call, session, wanted->question, agrees, &answered->mark);
	*answer_r = WIRE(consent_answered, answered);
	return err;
}

enum err self_on_consent_withdraw(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_consent_withdraw *wanted = ask;
	const struct msg_session_record *session;
	enum err err = self_session_of_form(call, wanted->session, wanted->csrf, &session);
	if (err == OK)
		err = consent_withdraw(call, session, wanted->name);
	if (err != OK)
		return err;
	*answer_r = self_done(call, "consent_withdrawn");
	return answer_r->at != NULL ? OK : ERR_NO_MEMORY;
}
