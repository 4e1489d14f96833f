#include <stdio.h>
#include "base/arena.h"
#include "ctl/ask.h"
#include "ctl/factor.h"
#include "ctl/show.h"

enum ctl_exit ctl_who(const struct ctl *ctl)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_operator by = { .break_glass = false };
	const struct msg_who_am_i ask = { &by };
	const void *answer;
	enum ctl_exit code = ask_operator(ctl, &by, WIRE(who_am_i, &ask), TAG_operator_is, &arena, &answer);
	if (code != CTL_DONE)
		return code;
	const struct msg_operator_is *is = answer;
	if (ctl->json)
		return ask_print_json(WIRE(operator_is, is), &arena);
	show_count("uid", is->uid);
	show_text("user", is->user);
	show_text("name", is->name);
	show_str("may look", "yes");
	show_str("may act", is->administrator ? "with --break-glass alone"
			    : is->may_act     ? "yes, with a reason and a code"
					      : "no: without an authenticator that counts");
	return CTL_DONE;
}

static void show_enrolment(const struct msg_person_page *page)
{
	char until[SHOW_TIME_SIZE];
	if (page->factors.n > 0 || page->broken > 0)
		return;
	show_str("enrolment", page->enrolment_open ? "open" : "closed");
	if (page->enrol_until > 0)
		show_str("  opened to", show_time(page->enrol_until, "-", until));
}

static void show_groups(const struct msg_person_page *page)
{
	for (uint32_t i = 0; i < page->groups.n; i++)
		show_text(i == 0 ? "groups" : "", page->groups.at[i].name);
	if (page->more_groups)
		show_str("", "and more");
}

static void show_page(const struct msg_person_page *page)
{
	char when[SHOW_TIME_SIZE];
	show_text("user", page->user);
	show_text("name", page->name);
	show_text("id", page->id);
	show_text("dn", page->dn);
	show_text("mail", page->mail);
	show_text("language", page->language);
	show_str("since", show_time(page->activated, "not known", when));
	show_str("account", page->open ? "open" : "closed by the directory");
	if (page->distrusted)
		show_str("password", "has to be changed: it passed a front that is not trusted");
	show_count("sessions", page->sessions);
	show_enrolment(page);
	if (page->has_account)
		show_count("generation", page->generation);
	show_groups(page);
	factor_show(
	    page->factors.at, page->factors.n, page->broken, page->recovery_left, page->recovery_made);
}

enum ctl_exit ctl_person_show(const struct ctl *ctl)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_operator by = { .break_glass = false };
	const struct msg_person_show ask = { &by, text_of(ctl->words[0]) };
	const void *answer;
	enum ctl_exit code =
	    ask_operator(ctl, &by, WIRE(person_show, &ask), TAG_person_page, &arena, &answer);
	if (code != CTL_DONE)
		return code;
	const struct msg_person_page *page = answer;
	if (ctl->json)
		return ask_print_json(WIRE(person_page, page), &arena);
	show_page(page);
	return CTL_DONE;
}

enum ctl_exit ctl_open_enrolment(const struct ctl *ctl)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_operator by = { .break_glass = false };
	struct msg_person_open_enrolment ask = { &by, text_of(ctl->words[0]), 24 };
	unsigned long long hours;
	const void *answer;
	char until[SHOW_TIME_SIZE];
	if (ctl->hours != NULL && !text_to_number(text_of(ctl->hours), 720, &hours))
		return ask_usage("--hours takes a number from 0 (close it) to 720");
	if (ctl->hours != NULL)
		ask.hours = hours;
	enum ctl_exit code =
	    ask_operator(ctl, &by, WIRE(person_open_enrolment, &ask), TAG_acted, &arena, &answer);
	if (code != CTL_DONE)
		return code;
	const struct msg_acted *acted = answer;
	if (ctl->json)
		return ask_print_json(WIRE(acted, acted), &arena);
	if (acted->until > 0)
		(void)printf("Until %s %.*s (%.*s) may enrol an authenticator with the password.\n",
		    show_time(acted->until, "-", until), TEXT_ARGS(acted->user), TEXT_ARGS(acted->name));
	else
		(void)printf(
		    "Enrolment that an operator had opened for %.*s is closed.\n", TEXT_ARGS(acted->user));
	return CTL_DONE;
}
