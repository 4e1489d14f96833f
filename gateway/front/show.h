/* show.h - answers as pages or JSON, by what the other side wants. */
#ifndef SPOM_FRONT_SHOW_H
#define SPOM_FRONT_SHOW_H
#include "front/front.h"

/* Everything that can go wrong and be told, by its text id. Rows in show_fault.c. */
enum fault_id {
	FAULT_INTERNAL,
	FAULT_SIGN_IN,
	FAULT_FORBIDDEN,
	FAULT_LEVEL,
	FAULT_ADDRESS,
	FAULT_NOT_FOUND,
	FAULT_METHOD,
	FAULT_MALFORMED,
	FAULT_TOO_LARGE,
	FAULT_TOO_SLOW,
	FAULT_TYPE,
	FAULT_FORM,
	FAULT_BUSY,
	FAULT_DIRECTORY,
	FAULT_STORE,
	FAULT_AUTHORITY,
	FAULT_AUDIT,
	FAULT_MAIL,
	FAULT_CLOCK,
	FAULT_JUDGE,
	FAULT_RATE,
	FAULT_COUNT_
};

/* Renders a template with its message and the site. A failure becomes an error page. */
void show_page(struct exchange *exchange, int status, const char *page, struct wire_any message);

/* The same for a template of two messages: the inner one first. */
void show_page_with(
    struct exchange *exchange, int status, const char *page, struct wire_any inner, struct wire_any outer);

/* A message as JSON. */
void show_message(struct exchange *exchange, int status, struct wire_any message);

/* JSON that is ready. */
void show_json(struct exchange *exchange, int status, struct text json);

/* The page or JSON of a fault; retry_s 0 where nobody knows when. */
void show_fault(struct exchange *exchange, enum fault_id fault, uint64_t retry_s);

/* The same for what the authority or gate said, or for not reaching them. */
void show_refused(struct exchange *exchange, const struct msg_refused *refused);
void show_unreachable(struct exchange *exchange, enum err err);

/* A body that could not be read; ERR_NOT_FOUND: it is of no type that the page takes. */
void show_unread(struct exchange *exchange, enum err err);

/* There is no session: pages lead to the sign-in page and back again, scripts get a 401. A cookie that is no good any more goes. */
void show_sign_in(struct exchange *exchange);

/* 303 to a place of this site or of one of its origins; anything else leads to "/". */
void show_redirect(struct exchange *exchange, struct text to);

/* Whether a place is one of this site. */
bool show_may_lead_to(const struct front *front, struct text to);

/* Asks the authority; false: it refused or cannot be reached, and the reply says so. From then on pages speak the language that the answer names
 * (view_speak); so with show_ask and show_ask_soon, not with show_ask_quietly. */
bool show_ask_any(struct exchange *exchange, struct wire_any ask, struct wire_any *answer_r);

/* Asks the authority and gives an answer of that kind; otherwise the reply says why not, and the result is NULL. */
const void *show_ask(struct exchange *exchange, struct wire_any ask, const struct wire_msg *wanted);

/* The same for what a page can do without: NULL leaves the reply as it is. */
const void *show_ask_quietly(struct exchange *exchange, struct wire_any ask, const struct wire_msg *wanted);

/* The same as show_ask with less patience than for people. */
const void *show_ask_soon(
    struct exchange *exchange, struct wire_any ask, const struct wire_msg *wanted, int64_t timeout_ms);

/* The sentence of a text id in the person's language. */
struct text show_sentence(const struct exchange *exchange, struct text id, uint64_t count, struct text name);

#endif
