/* login_ask.c - every ask but the first, as a page and as JSON: one table, and what all asks have in common. */
#include <string.h>
#include "front/login.h"
#include "front/qr.h"
#include "front/show.h"

static const struct {
	enum wire_tag ask;
	const char *page;
} PAGES[] = {
	{ TAG_ask_notice, "login/notice" },
	{ TAG_ask_choose, "login/choose" },
	{ TAG_ask_code, "login/code" },
	{ TAG_ask_recovery, "login/recovery" },
	{ TAG_ask_new_password, "login/new_password" },
	{ TAG_ask_enrol_totp, "login/enrol_totp" },
	{ TAG_ask_recovery_sheet, "login/recovery_sheet" },
};

/* A field that several asks have, in a struct of that ask; NULL where it has none of that name. */
static void *find(const struct wire_msg *ask, void *at, const char *name, enum wire_kind kind)
{
	const struct wire_field *field = wire_field(ask, text_of(name));
	return field != NULL && field->kind == kind ? (char *)at + field->offset : NULL;
}

/* The csrf value hangs on the browser's cookie. Where the ask brings a new cookie, it brings the value as well; else it is the one that
 * the browser sent. */
static void settle_cookie(struct exchange *x, const struct wire_msg *ask, void *at, struct secret sent)
{
	struct secret *csrf = find(ask, at, "csrf", WIRE_SECRET);
	struct secret *cookie = find(ask, at, "cookie", WIRE_SECRET);
	if (csrf != NULL && csrf->at == NULL)
		*csrf = sent;
	if (cookie == NULL)
		return;
	if (cookie->at != NULL)
		login_cookie(x, *cookie);
	*cookie = (struct secret){ NULL, 0 };
}

/* Why the answer was not taken. What front found is newer than what the ask still says of the answer before; but an answer to something
 * else than what is pending is that first of all. */
static struct text settle_problem(const struct wire_msg *ask, void *at, struct text found)
{
	struct text *problem = find(ask, at, "problem", WIRE_TEXT);
	struct text *words = find(ask, at, "words", WIRE_TEXT);
	if (problem == NULL)
		return found;
	if (found.at == NULL || text_equal_str(*problem, "not_pending"))
		return *problem;
	if (words != NULL)
		*words = (struct text){ NULL, 0 };
	return *problem = found;
}

static uint64_t wait_of(const struct wire_msg *ask, void *at)
{
	const uint64_t *wait_s = find(ask, at, "wait_s", WIRE_NUMBER);
	return wait_s != NULL ? *wait_s : 0;
}

static int status_of(struct exchange *x, struct text problem, uint64_t wait_s)
{
	if (problem.at == NULL)
		return 200;
	if (text_equal_str(problem, "not_pending"))
		return 409;
	bool has_to_wait =
	    text_equal_str(problem, "code_wait"); /* until a moment ago, where wait_s is 0 by now */
	if (wait_s > 0 || has_to_wait)
		reply_number(x->reply, "Retry-After", wait_s > 0 ? wait_s : 1);
	return has_to_wait ? 429 : 401;
}

/* --- pages --- */

static void show_password(struct exchange *x, int status, const struct msg_ask_password *ask, uint64_t wait_s)
{
	struct msg_login_started started = { .id = ask->id, .csrf = ask->csrf };
	struct login_view view = {
		.status = status,
		.next = login_next(x),
		.user = ask->user,
		.act = ask->act,
		.denied = ask->problem,
		.retry_s = wait_s,
	};
	login_show_password(x, &started, &view);
}

static struct text join_names(const struct msg_ask_code *ask, struct arena *arena)
{
	struct out out = OUT(arena);
	struct text names;
	for (uint32_t i = 0; i < ask->devices.n; i++) {
		out_str(&out, i > 0 ? ", " : "");
		out_text(&out, ask->devices.at[i].name);
	}
	return out_done(&out, &names) ? names : (struct text){ NULL, 0 };
}

/* "JBSW Y3DP EHPK": groups of four keep one's place while typing. */
static struct secret group(struct secret secret, struct arena *arena)
{
	struct out out = OUT(arena);
	struct text grouped;
	for (size_t i = 0; i < secret.len; i += 4) {
		out_str(&out, i > 0 ? " " : "");
		out_bytes(&out, (const char *)secret.at + i, secret.len - i < 4 ? secret.len - i : 4);
	}
	if (!out_done(&out, &grouped))
		return (struct secret){ NULL, 0 };
	return (struct secret){ (unsigned char *)(uintptr_t)grouped.at, grouped.len };
}

/* A page without its picture can still be used: the secret stands there as text. */
static void draw(struct exchange *x, const struct msg_ask_enrol_totp *ask, struct msg_ask_page *page)
{
	page->grouped = group(ask->secret, x->request->arena);
	if (qr_path(ask->uri, x->request->arena, &page->qr, &page->qr_size) != OK)
		page->qr_size = 0;
}

static void show_template(struct exchange *x, int status, const char *template, struct wire_any ask)
{
	struct msg_ask_page page = { .next = login_next(x) };
	if (ask.msg->tag == TAG_ask_code)
		page.device_names = join_names(ask.at, x->request->arena);
	else if (ask.msg->tag == TAG_ask_enrol_totp)
		draw(x, ask.at, &page);
	else if (ask.msg->tag == TAG_ask_new_password)
		page.is_old = text_equal_str(
		    ((const struct msg_ask_new_password *)ask.at)->problem, "password_old_wrong");
	show_page_with(x, status, template, ask, WIRE(ask_page, &page));
}

static void as_page(struct exchange *x, int status, struct wire_any ask, uint64_t wait_s)
{
	if (ask.msg->tag == TAG_ask_password) {
		show_password(x, status, ask.at, wait_s);
		return;
	}
	for (size_t i = 0; i < COUNT(PAGES); i++)
		if (PAGES[i].ask == ask.msg->tag) {
			show_template(x, status, PAGES[i].page, ask);
			return;
		}
	show_fault(x, FAULT_INTERNAL, 0);
}

/* --- JSON --- */

static void as_json(struct exchange *x, int status, struct wire_any ask, struct text problem, uint64_t wait_s)
{
	struct out out = OUT(x->request->arena);
	out_str(&out, "{");
	if (problem.at != NULL)
		login_add_denied(x, problem, wait_s, &out);
	if (problem.at != NULL && wait_s > 0)
		out_format(&out, "\"retry_s\":%llu,", (unsigned long long)wait_s);
	login_add_ask(x, ask, &out);
	out_str(&out, "}");
	login_give(x, status, &out);
}

void login_show_ask(struct exchange *x, struct wire_any ask, struct secret csrf, struct text problem)
{
	void *copy = arena_copy(x->request->arena, ask.at, ask.msg->size);
	if (copy == NULL) {
		show_fault(x, FAULT_INTERNAL, 0);
		return;
	}
	settle_cookie(x, ask.msg, copy, csrf);
	problem = settle_problem(ask.msg, copy, problem);
	uint64_t wait_s = wait_of(ask.msg, copy);
	int status = status_of(x, problem, wait_s);
	struct wire_any settled = { ask.msg, copy };
	if (x->request->wants_json)
		as_json(x, status, settled, problem, wait_s);
	else
		as_page(x, status, settled, wait_s);
}
