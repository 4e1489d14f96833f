/* metadata.c - what is known of a service by its entityID. */
#include <stdio.h>
#include "base/arena.h"
#include "ctl/ask.h"
#include "ctl/service_parts.h"
#include "ctl/show.h"

static void print(const struct msg_metadata_page *page)
{
	char fetched[SHOW_TIME_SIZE], refresh[SHOW_TIME_SIZE], until[SHOW_TIME_SIZE];
	service_show_record(page->service, false);
	if (page->feed.at == NULL) {
		show_str("known by", "its registration");
		return;
	}
	show_text("feed", page->feed);
	show_str("fetched", show_time(page->fetched, "-", fetched));
	show_str("again from", show_time(page->refresh, "-", refresh));
	show_str("holds until", show_time(page->until, "-", until));
}

enum ctl_exit ctl_metadata_show(const struct ctl *ctl)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_operator by = { .break_glass = false };
	const struct msg_metadata_show ask = { &by, text_of(ctl->words[0]) };
	const void *answer;
	if (ask.entity_id.len > 256)
		return ask_usage("an entityID takes up to 256 characters");
	enum ctl_exit code =
	    ask_operator(ctl, &by, WIRE(metadata_show, &ask), TAG_metadata_page, &arena, &answer);
	if (code != CTL_DONE)
		return code;
	if (ctl->json)
		return ask_print_json(WIRE(metadata_page, (const struct msg_metadata_page *)answer), &arena);
	print(answer);
	return CTL_DONE;
}
