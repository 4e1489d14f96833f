#include "authority/sso/consent.h"
#include <string.h>
#include "authority/audit/audit.h"
#include "authority/authority.h"
#include "authority/keys/keys.h"
#include "authority/session/session.h"
#include "authority/sso/claims.h"
#include "authority/sso/consent_kept.h"
#include "authority/sso/consent_told.h"
#include "authority/sso/naming.h"
#include "authority/sso/released.h"
#include "authority/sso/shelf.h"
#include "base/clock.h"

#define ASKED_MS (15LL * 60 * 1000) /* a page that was open for longer is asked anew */
#define QUESTION_MAX 2048u
#define PARTS 5u

/* --- a mark ------------------------------------------------------------------------------------------------------ */

/* What an answer is bound to: whoever else, or whatever else, is not meant by it. */
static struct asked_request bound_to(const struct msg_consent_question *question, struct text parts[PARTS])
{
	const struct text all[PARTS] = { TEXT_LITERAL("consent"), question->person, question->service,
		question->names, { (const char *)question->request.at, question->request.len } };
	memcpy(parts, all, sizeof all);
	return (struct asked_request){ parts, PARTS };
}

static enum err make_question(
    struct call *call, const struct consent *consent, struct msg_consent_question *question_r)
{
	uint8_t *digest = arena_alloc(&call->arena, KEYS_HASH_SIZE);
	struct text names;
	enum err err = consent_names(call, consent, &names);
	if (err != OK)
		return err;
	if (digest == NULL || !asked_digest(call, consent->request, digest))
		return ERR_NO_MEMORY;
	*question_r = (struct msg_consent_question){
		.service = consent->service->name,
		.registered = consent->service->added,
		.person = consent->session->person,
		.names = names,
		.request = { digest, KEYS_HASH_SIZE },
		.expires = clock_now_ms() + ASKED_MS,
	};
	return OK;
}

/* --- judging ------------------------------------------------------------------------------------------------------ */

/* The person agrees to the service as it is registered now; NULL: not. */
static const struct msg_release_row *agreed_row(
    const struct consent *consent, const struct msg_release_book *book)
{
	const struct msg_release_row *row = released_row(book, consent->service->name);
	bool agreed = row != NULL && row->agreed > 0 && row->registered == consent->service->added;
	return agreed ? row : NULL;
}

/* *row_r: what the person agrees to; NULL: to nothing. A withdrawal that could not be written to the book is written now, else it would say for ever
 * that the person agrees, to what opens nothing. */
static enum err load_agreed(
    struct call *call, const struct consent *consent, const struct msg_release_row **row_r)
{
	const struct msg_release_book *book;
	struct text person = consent->session->person, service = consent->service->name;
	bool back = false;
	enum err err = released_load(call, person, &book);
	const struct msg_release_row *row = err == OK ? agreed_row(consent, book) : NULL;
	if (row != NULL)
		err = consent_is_back(call, person, service, row->agreed, &back);
	if (back)
		err = released_withdraw(call, person, service, row->agreed);
	if (back && err == ERR_NOT_FOUND) /* somebody else was faster */
		err = OK;
	if (err == OK)
		*row_r = back ? NULL : row;
	return err;
}

/* Also where the request brings a yes: it may have been taken back since. */
static enum err judge_by_book(struct call *call, const struct consent *consent, struct text names,
    enum asked_for said, enum consent_outcome *outcome_r, int64_t *agreed_r)
{
	const struct msg_release_row *row;
	enum err err = load_agreed(call, consent, &row);
	if (err != OK)
		return err;
	bool covers = row != NULL && claims_scope_within(names, row->agreed_to);
	bool agrees = covers && (!consent->anew || said == ASKED_AGREED);
	*outcome_r = agrees ? CONSENT_YES : CONSENT_ASK;
	*agreed_r = agrees ? row->agreed : 0;
	return OK;
}

static enum err judge_answer(
    struct call *call, const struct consent *consent, enum consent_outcome *outcome_r, int64_t *agreed_r)
{
	struct msg_consent_question question;
	struct text parts[PARTS];
	enum err err = make_question(call, consent, &question);
	if (err != OK)
		return err;
	enum asked_for said = asked_read(call, bound_to(&question, parts), consent->answered).what;
	if (said != ASKED_DENIED && consent->service->consent)
		return judge_by_book(call, consent, question.names, said, outcome_r, agreed_r);
	/* a yes here stands for that request alone: it is not in the book, and there is nothing to take back */
	*outcome_r = said == ASKED_AGREED ? CONSENT_YES : said == ASKED_DENIED ? CONSENT_NO : CONSENT_ASK;
	*agreed_r = 0;
	return OK;
}

enum err consent_judge(
    struct call *call, const struct consent *consent, enum consent_outcome *outcome_r, int64_t *agreed_r)
{
	if (consent->service->consent || consent->anew)
		return judge_answer(call, consent, outcome_r, agreed_r);
	*outcome_r = CONSENT_YES;
	*agreed_r = 0;
	return OK;
}

/* --- asking ------------------------------------------------------------------------------------------------------- */

static enum err seal(struct call *call, const struct msg_consent_question *question, struct text *sealed_r)
{
	uint8_t *body = arena_alloc(&call->arena, QUESTION_MAX);
	struct secret sealed;
	size_t len;
	if (body == NULL)
		return ERR_NO_MEMORY;
	enum err err = wire_encode(WIRE(consent_question, question), body, QUESTION_MAX, &len);
	if (err == OK)
		err = keys_seal(
		    call->authority->keys, KEY_CONSENT, (struct bytes){ body, len }, &call->arena, &sealed);
	if (err == OK)
		*sealed_r = (struct text){ (const char *)sealed.at, sealed.len };
	return err;
}

static enum err fill_page(struct call *call, const struct consent *consent, struct msg_consent_page *page)
{
	const struct msg_service_record *service = consent->service;
	enum portal_language language = naming_of_session(call, consent->session);
	page->csrf = session_csrf(call->authority, consent->token, &call->arena);
	page->person = consent->session->name;
	page->language = consent->session->language;
	page->name = naming_label(service, language);
	page->about = naming_about(service, language);
	page->initial = naming_initial(page->name);
	page->logo = naming_logo(service->name, service->added, service->logo.at != NULL, &call->arena);
	page->request = consent->goes_on;
	return page->csrf.at != NULL ? OK : ERR_NO_MEMORY;
}

enum err consent_ask(struct call *call, const struct consent *consent, struct wire_any *answer_r)
{
	struct msg_consent_question question;
	const struct msg_release_row *row = NULL;
	struct msg_consent_page *page = arena_alloc(&call->arena, sizeof *page);
	enum err err = page != NULL ? fill_page(call, consent, page) : ERR_NO_MEMORY;
	if (err == OK)
		err = consent_tell(call, consent, &page->told);
	if (err == OK)
		err = make_question(call, consent, &question);
	if (err == OK)
		err = seal(call, &question, &page->question);
	if (err == OK && consent->service->consent)
		err = load_agreed(call, consent, &row);
	if (err != OK)
		return err;
	page->once = !consent->service->consent;
	page->again = row != NULL && !claims_scope_within(question.names, row->agreed_to);
	*answer_r = WIRE(consent_page, page);
	return OK;
}

/* --- answering ---------------------------------------------------------------------------------------------------- */

/* ERR_STALE: it is none of ours, is too old, or was put to somebody else. */
static enum err open_question(struct call *call, struct text sealed, const struct msg_session_record *session,
    const struct msg_consent_question **question_r)
{
	struct bytes plain;
	const void *at;
	enum err err = keys_unseal(call->authority->keys, KEY_CONSENT,
	    (struct secret){ (unsigned char *)(uintptr_t)sealed.at, sealed.len }, &call->arena, &plain);
	if (err == OK)
		err = wire_decode(wire_msg_consent_question(), (uint8_t *)(uintptr_t)plain.at, plain.len,
		    &call->arena, &at);
	if (err != OK)
		return err == ERR_NO_MEMORY ? err : ERR_STALE;
	const struct msg_consent_question *question = at;
	if (question->expires <= clock_now_ms() || !text_equal(question->person, session->person))
		return ERR_STALE;
	*question_r = question;
	return OK;
}

static enum err load_service(struct call *call, const struct msg_consent_question *question,
    const struct msg_service_record **service_r)
{
	const void *record;
	enum err err = shelf_load(call->authority, SHELF_SERVICE, question->service, &call->arena, &record);
	if (err != OK)
		return err == ERR_NOT_FOUND ? ERR_STALE : err;
	*service_r = record;
	return (*service_r)->added == question->registered ? OK : ERR_STALE;
}

enum err consent_record(struct call *call, const struct msg_session_record *session, enum audit_event event,
    struct text service, struct text names)
{
	const struct audit_entry entry = {
		.event = event,
		.trace = call->frame.trace,
		.person = session->person,
		.user = session->user,
		.door = session->door,
		.address = session->address,
		.object = service,
		.reason = names,
	};
	enum err err = audit_record(call->authority, &entry);
	return err == ERR_BUSY ? ERR_AUDIT : err;
}

static enum err agree(
    struct call *call, const struct msg_session_record *session, const struct msg_consent_question *question)
{
	const struct msg_service_record *service;
	int64_t agreed;
	enum err err = load_service(call, question, &service);
	if (err == OK)
		err = consent_record(call, session, AUDIT_CONSENT_GIVEN, service->name, question->names);
	if (err != OK || !service->consent)
		return err;
	return released_agree(call, service, session->person, question->names, &agreed);
}

enum err consent_answer(struct call *call, const struct msg_session_record *session, struct text sealed,
    bool agrees, struct text *mark_r)
{
	const struct msg_consent_question *question;
	struct text parts[PARTS];
	enum err err = open_question(call, sealed, session, &question);
	if (err == OK)
		err = agrees ? agree(call, session, question)
			     : consent_record(
				   call, session, AUDIT_CONSENT_REFUSED, question->service, question->names);
	if (err != OK)
		return err;
	*mark_r = asked_mark(call, bound_to(question, parts), agrees ? ASKED_AGREED : ASKED_DENIED);
	return mark_r->at != NULL ? OK : ERR_NO_MEMORY;
}

/* The row is loaded for its withdrawal alone: what was taken back is not joined to what is agreed to now. */
enum err consent_agree(struct call *call, const struct consent *consent, int64_t *agreed_r)
{
	const struct msg_release_row *row;
	struct text names;
	enum err err = consent_names(call, consent, &names);
	if (err == OK)
		err = load_agreed(call, consent, &row);
	if (err == OK)
		err = consent_record(
		    call, consent->session, AUDIT_CONSENT_GIVEN, consent->service->name, names);
	if (err == OK)
		err = released_agree(call, consent->service, consent->session->person, names, agreed_r);
	return err;
}
