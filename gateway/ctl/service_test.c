/* service_test.c - what a service would be told of a person. */
#include <stdio.h>
#include "base/arena.h"
#include "ctl/ask.h"
#include "ctl/show.h"

/* Who it is, in the words of the protocol. */
static void print_name(const struct msg_service_told *told)
{
	if (told->protocol == PROTOCOL_OIDC)
		show_text("sub", told->sub);
	if (told->protocol == PROTOCOL_CAS)
		show_text("cas:user", told->user);
	if (told->protocol != PROTOCOL_SAML)
		return;
	show_text("NameID", told->name_id.at != NULL
				? told->name_id
				: TEXT_LITERAL("none: no mail address that it may know"));
	show_text("Format", told->name_format);
}

/* SAML knows attributes by another name. */
static void print_row(const struct msg_service_told *told, const struct msg_told_row *row)
{
	bool saml = told->protocol == PROTOCOL_SAML;
	if (saml && row->saml.at == NULL) {
		(void)printf("  %.*s is not told: it has no name in SAML\n", TEXT_ARGS(row->name));
		return;
	}
	(void)printf("  %.*s", TEXT_ARGS(row->name));
	if (row->as.at != NULL)
		(void)printf(" as %.*s", TEXT_ARGS(row->as));
	if (saml && !text_equal(row->as, row->saml))
		(void)printf(" (%.*s)", TEXT_ARGS(row->saml));
	(void)printf(" = %.*s\n", TEXT_ARGS(row->value));
}

static void print_told(const struct ctl *ctl, const struct msg_service_told *told)
{
	show_text("person", told->user);
	print_name(told);
	for (uint32_t i = 0; i < told->told.n; i++)
		print_row(told, &told->told.at[i]);
	if (told->more)
		(void)printf("  and more\n");
	if (told->told.n == 0)
		(void)printf("  nothing else\n");
	if (told->rule.at != NULL)
		(void)printf("The person would not reach %s: %.*s\n", ctl->words[0], TEXT_ARGS(told->rule));
}

enum ctl_exit ctl_service_test(const struct ctl *ctl)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_operator by = { .break_glass = false };
	const struct msg_service_test ask = { &by, text_of(ctl->words[0]), text_of(ctl->words[1]) };
	const void *answer;
	if (ask.name.len > 256 || ask.person.len > 256)
		return ask_usage("NAME takes up to 64 characters, an entityID and PERSON up to 256");
	enum ctl_exit code =
	    ask_operator(ctl, &by, WIRE(service_test, &ask), TAG_service_told, &arena, &answer);
	if (code != CTL_DONE)
		return code;
	if (ctl->json)
		return ask_print_json(WIRE(service_told, (const struct msg_service_told *)answer), &arena);
	print_told(ctl, answer);
	return CTL_DONE;
}
