/* enrol.c - a new authenticator. Its secret lies in the sealed record until a code confirms it; then it is a factor of the person. */
#include <stdio.h>
#include <string.h>
#include "authority/authority.h"
#include "authority/factor/factor.h"
#include "authority/login/act.h"
#include "authority/login/asks.h"
#include "authority/login/enrolment.h"
#include "authority/login/tell.h"
#include "base/clock.h"
#include "conf/conf.h"

#define NAME_MOST 64u

/* Everything but letters, digits and what RFC 3986 calls unreserved is %XX; the result lies on the arena. */
static const char *encode(struct text text, struct arena *arena)
{
	static const char HEX[] = "0123456789ABCDEF";
	char *at = arena_alloc(arena, text.len * 3 + 1);
	size_t len = 0;
	for (size_t i = 0; at != NULL && i < text.len; i++) {
		unsigned char c = (unsigned char)text.at[i];
		bool is_plain = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
				(c != '\0' && strchr("-._~", c) != NULL);
		if (is_plain) {
			at[len++] = (char)c;
			continue;
		}
		at[len++] = '%';
		at[len++] = HEX[c >> 4];
		at[len++] = HEX[c & 15];
	}
	return at;
}

/* otpauth://totp/ISSUER:USER?secret=...&issuer=ISSUER, as authenticators read it from a QR code. */
static bool make_uri(struct call *call, const struct msg_login_record *record, struct secret *uri_r)
{
	const struct conf *conf = call->authority->conf;
	const char *name = *conf->factors.issuer != '\0' ? conf->factors.issuer : conf->portal.institution;
	const char *issuer = encode(text_of(name), &call->arena);
	const char *user = encode(record->user, &call->arena);
	if (issuer == NULL || user == NULL)
		return false;
	char *uri = arena_printf(&call->arena, "otpauth://totp/%s:%s?secret=%s&issuer=%s", issuer, user,
	    (const char *)record->secret.at, issuer);
	if (uri == NULL)
		return false;
	*uri_r = (struct secret){ (unsigned char *)uri, strlen(uri) };
	return true;
}

enum err enrol_show(struct call *call, struct login *login, struct wire_any *answer_r)
{
	struct msg_ask_enrol_totp *ask = arena_alloc(&call->arena, sizeof *ask);
	if (ask == NULL || login->record.secret.at == NULL || !make_uri(call, &login->record, &ask->uri))
		return ERR_NO_MEMORY;
	ask->secret = login->record.secret;
	ask->act = login->record.act;
	ASK_FILL(call, login, ask);
	*answer_r = WIRE(ask_enrol_totp, ask);
	return OK;
}

/* Enrolled on the password alone it counts later, so that the mail about it comes in time (SECURITY 14). */
static int64_t counts_from(const struct call *call, const struct msg_login_record *record, int64_t now_ms)
{
	const struct conf *conf = call->authority->conf;
	bool is_vouched = record->proof != FACTOR_NONE && record->counts;
	return is_vouched ? now_ms : now_ms + (int64_t)conf->factors.wait_s * 1000;
}

/* Whether a second factor vouches for this one; else the password alone does, which adds none to another (SECURITY 14). */
static bool is_vouched_for(const struct msg_login_record *record)
{
	return record->proof != FACTOR_NONE;
}

/* The first step is spent before the factor is stored: a code that enrolled is no code for the next sign-in. */
static enum err store(
    struct call *call, struct login *login, const struct msg_factor_record *factor, uint64_t step)
{
	char id[WIRE_ID_TEXT_SIZE];
	wire_id_text(&factor->id, id);
	/* ERR_STALE: the store has just begun its epoch: the next code will do */
	enum err err = factor_totp_spend(call->authority, login->record.person, &factor->id, step, INT64_MAX);
	if (err == OK)
		err = account_user_note(call->authority, login->record.person, login->record.user);
	if (err == OK)
		err = tell_event(call, login, EVENT_FACTOR_ADDED,
		    (struct tell){ .object = text_of(id), .label = factor->name });
	if (err != OK)
		return err;
	err = is_vouched_for(&login->record)
		  ? account_factor_add(call->authority, login->record.person, factor)
		  : account_factor_add_first(call->authority, login->record.person, factor);
	if (err == ERR_EXISTS)
		return ERR_NOT_FOUND;
	if (err != OK)
		return err;
	tell_mail_of(call, login, MAIL_FACTOR_ADDED, factor->name, 0);
	return OK;
}

static void note_factor(struct login *login, const struct msg_factor_record *factor, int64_t now_ms)
{
	struct msg_login_record *record = &login->record;
	bool is_first = !record->has_factors;
	secret_erase(&record->secret);
	record->wants_factor = false;
	record->has_factors = true;
	record->wants_sheet |= is_first && record->recovery_left == 0;
	if (record->proof != FACTOR_NONE)
		return;
	record->proof = FACTOR_TOTP;
	record->factor = factor->id;
	record->counts = factor->counts_from <= now_ms;
}

/* The question may have waited for minutes: what was open then may not be any more. ERR_NOT_FOUND: it is not. */
static enum err check_window(struct call *call, const struct login *login)
{
	const struct msg_login_record *record = &login->record;
	const struct account *account;
	bool is_open = true;
	if (is_vouched_for(record))
		return OK;
	enum err err = account_load(call->authority, record->person, &call->arena, &account);
	if (err == OK)
		err = enrolment_is_open(call, record, account, &is_open);
	return err == OK && !is_open ? ERR_NOT_FOUND : err;
}

static enum err add(struct call *call, struct login *login, const struct msg_login_answer *answer,
    struct secret bytes, uint64_t step, struct wire_any *answer_r)
{
	int64_t now_ms = clock_now_ms();
	bool is_named = !text_is_empty(answer->name) && answer->name.len <= NAME_MOST;
	struct msg_factor_record factor = {
		.kind = FACTOR_TOTP,
		.name = is_named ? answer->name : TEXT_LITERAL("Authenticator"),
		.secret = bytes,
		.period_s = 30,
		.digits = 6,
		.added = now_ms,
		.counts_from = counts_from(call, &login->record, now_ms),
		.door = TEXT_LITERAL("web"),
	};
	secret_random(factor.id.bytes, sizeof factor.id.bytes);
	enum err err = check_window(call, login);
	if (err == OK)
		err = act_spend(call, login);
	if (err == OK)
		err = store(call, login, &factor, step);
	if (err == ERR_NOT_FOUND)
		return login_deny(call, login, "form_expired", answer_r);
	if (err == ERR_STALE)
		return login_ask_again(call, login, "enrol_code_wrong", 0, answer_r);
	if (err != OK)
		return err;
	note_factor(login, &factor, now_ms);
	return login_go_on(call, login, answer_r);
}

enum err enrol_answer(
    struct call *call, struct login *login, const struct msg_login_answer *answer, struct wire_any *answer_r)
{
	struct secret bytes;
	uint64_t step;
	unsigned window = (unsigned)call->authority->conf->factors.steps;
	enum err err = factor_totp_bytes(login->record.secret, &call->arena, &bytes);
	if (err != OK)
		return err;
	if (!factor_totp_matches(bytes, answer->answer, clock_now_ms(), window, &step))
		return login_ask_again(call, login, "enrol_code_wrong", 0, answer_r);
	if (text_misleads(answer->name))
		return login_ask_again(call, login, "value_control", 0, answer_r);
	return add(call, login, answer, bytes, step, answer_r);
}
