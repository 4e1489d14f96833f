#include "front/show.h"
#include <string.h>
#include "base/clock.h"
#include "front/view.h"
#include "log/log.h"
#include "wire/frame.h"
#include "wire/json.h"

#define ASK_TIMEOUT_MS 10000
#define QUIET_TIMEOUT_MS 2000

static void site_of(const struct exchange *x, char trace[FRAME_TRACE_TEXT], struct msg_site *site)
{
	const struct msg_front_config *config = x->front->config;
	frame_trace_text(x->request->trace, trace);
	*site = (struct msg_site){
		.institution = config->institution,
		.logo = config->logo,
		.help = config->help,
		.help_link = x->front->dress->help_link,
		.lang = text_of(x->request->language->tag),
		.theme = x->front->dress->theme_path,
		.trace = text_of(trace),
		.place = view_place(x->request->path),
	};
}

#define STACK_MAX 3u

/* Renders a template with up to two messages and the site. */
static enum err render(
    struct exchange *x, const char *name, const struct wire_any *messages, unsigned n, struct text *html_r)
{
	const struct page *page = page_find(web_pages, web_n_pages, name);
	char trace[FRAME_TRACE_TEXT];
	struct msg_site site;
	struct out out = OUT(x->request->arena);
	if (page == NULL)
		return ERR_INTERNAL;
	site_of(x, trace, &site);
	struct wire_any stack[STACK_MAX];
	for (unsigned i = 0; i < n; i++)
		if (!view_prepare(x, messages[i], &stack[i]))
			return ERR_NO_MEMORY;
	stack[n] = WIRE(site, &site);
	struct page_context context = { x->front->strings, x->request->language, clock_now_ms() };
	enum err err = page_render(page, stack, n + 1, &context, &out);
	return err == OK && !out_done(&out, html_r) ? ERR_NO_MEMORY : err;
}

static void give_page(
    struct exchange *x, int status, const char *page, const struct wire_any *messages, unsigned n)
{
	struct text html = { NULL, 0 };
	enum err err = render(x, page, messages, n, &html);
	if (err != OK) {
		log_line(LOG_LEVEL_ERROR, "page_failed", x->request->trace, LOG_STR("page", page),
		    LOG_STR("reason", err_text(err)));
		html = (struct text){ NULL, 0 };
		status = 500;
	}
	x->reply->status = status;
	x->reply->type = "text/html; charset=utf-8";
	x->reply->body = html;
	reply_header(x->reply, "Content-Language", text_of(x->request->language->tag));
}

void show_page(struct exchange *x, int status, const char *page, struct wire_any message)
{
	give_page(x, status, page, &message, 1);
}

void show_page_with(
    struct exchange *x, int status, const char *page, struct wire_any inner, struct wire_any outer)
{
	const struct wire_any messages[] = { inner, outer };
	give_page(x, status, page, messages, COUNT(messages));
}

void show_json(struct exchange *x, int status, struct text json)
{
	x->reply->status = status;
	x->reply->type = "application/json";
	x->reply->body = json;
}

void show_message(struct exchange *x, int status, struct wire_any message)
{
	struct text json;
	if (wire_json_write(message, x->request->arena, &json) == OK)
		show_json(x, status, json);
	else
		show_fault(x, FAULT_INTERNAL, 0);
}

/* A path of this site: what a browser would take for another site's address begins with two slashes, in its reading of them. */
static bool is_own_path(struct text to)
{
	if (to.len == 0 || to.at[0] != '/' || memchr(to.at, '\\', to.len) != NULL)
		return false;
	return to.len == 1 || to.at[1] != '/';
}

bool show_may_lead_to(const struct front *front, struct text to)
{
	for (uint32_t i = 0; i < front->config->origins.n; i++) {
		struct text origin = front->config->origins.at[i].value;
		if (!text_starts_with(to, text_str(origin)))
			continue;
		struct text rest = { to.at + origin.len, to.len - origin.len };
		if (rest.len == 0 || is_own_path(rest))
			return true;
	}
	return is_own_path(to);
}

void show_redirect(struct exchange *x, struct text to)
{
	x->reply->status = 303;
	reply_header(x->reply, "Location", show_may_lead_to(x->front, to) ? to : TEXT_LITERAL("/"));
}

static bool ask_within(struct exchange *x, struct wire_any ask, int64_t timeout_ms, struct wire_any *answer_r)
{
	x->asked = true;
	enum err err = links_ask(&x->front->links, ask, x->request->trace, x->request->arena,
	    clock_steady_ms() + timeout_ms, answer_r);
	if (err != OK) {
		log_line(LOG_LEVEL_WARNING, "authority_lost", x->request->trace,
		    LOG_STR("message", ask.msg->name), LOG_STR("reason", err_text(err)));
		show_unreachable(x, err);
		return false;
	}
	if (answer_r->msg->tag == TAG_refused)
		show_refused(x, answer_r->at);
	view_speak(x, *answer_r);
	return answer_r->msg->tag != TAG_refused;
}

bool show_ask_any(struct exchange *x, struct wire_any ask, struct wire_any *answer_r)
{
	return ask_within(x, ask, ASK_TIMEOUT_MS, answer_r);
}

const void *show_ask_soon(
    struct exchange *x, struct wire_any ask, const struct wire_msg *wanted, int64_t timeout_ms)
{
	struct wire_any answer;
	if (!ask_within(x, ask, timeout_ms, &answer))
		return NULL;
	if (answer.msg == wanted)
		return answer.at;
	show_fault(x, FAULT_INTERNAL, 0);
	return NULL;
}

const void *show_ask(struct exchange *x, struct wire_any ask, const struct wire_msg *wanted)
{
	return show_ask_soon(x, ask, wanted, ASK_TIMEOUT_MS);
}

const void *show_ask_quietly(struct exchange *x, struct wire_any ask, const struct wire_msg *wanted)
{
	struct wire_any answer;
	enum err err = links_ask(&x->front->links, ask, x->request->trace, x->request->arena,
	    clock_steady_ms() + QUIET_TIMEOUT_MS, &answer);
	return err == OK && answer.msg == wanted ? answer.at : NULL;
}

struct text show_sentence(const struct exchange *x, struct text id, uint64_t count, struct text name)
{
	unsigned string = strings_find(x->front->strings, id);
	struct out number = OUT_SMALL(x->request->arena), out = OUT_SMALL(x->request->arena);
	struct text digits, sentence;
	out_number(&number, count);
	if (string == STRINGS_NONE || !out_done(&number, &digits))
		return id;
	const struct string_arg args[] = { { "count", digits }, { "name", name } };
	strings_say(x->request->language, string, count, args, COUNT(args), &out);
	return out_done(&out, &sentence) ? sentence : id;
}
