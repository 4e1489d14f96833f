/* distrust.c - finds everybody who passed a front, each once, and then ends what passed it, in portions. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "ctl/ask.h"
#include "ctl/show.h"

#define PORTION 20u

struct people {
	struct arena arena; /* of the texts */
	struct msg_distrust_row *at;
	uint32_t n, room;
};

static void people_done(struct people *people)
{
	free(people->at);
	arena_done(&people->arena);
}

static bool add(struct people *people, const struct msg_distrust_row *row)
{
	for (uint32_t i = 0; i < people->n; i++)
		if (text_equal(people->at[i].person, row->person)) {
			people->at[i].password |= row->password;
			return true;
		}
	if (people->n == people->room) {
		uint32_t room = people->room > 0 ? 2 * people->room : 64;
		struct msg_distrust_row *more = realloc(people->at, room * sizeof *more);
		if (more == NULL)
			return false;
		people->at = more;
		people->room = room;
	}
	struct msg_distrust_row copy = { .password = row->password };
	if (!text_copy(&people->arena, row->person, &copy.person) ||
	    (row->user.at != NULL && !text_copy(&people->arena, row->user, &copy.user)))
		return false;
	people->at[people->n++] = copy;
	return true;
}

static enum ctl_exit find(const struct ctl *ctl, int64_t since, struct people *people)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_operator by = { .break_glass = false };
	struct msg_distrust_find ask = { &by, text_of(ctl->front), since, { NULL, 0 } };
	char after[64];
	do {
		const void *answer;
		enum ctl_exit code =
		    ask_operator(ctl, &by, WIRE(distrust_find, &ask), TAG_distrust_rows, &arena, &answer);
		if (code != CTL_DONE)
			return code;
		const struct msg_distrust_rows *rows = answer;
		for (uint32_t i = 0; i < rows->people.n; i++)
			if (!add(people, &rows->people.at[i]))
				return ask_usage("memory is out");
		(void)snprintf(after, sizeof after, "%s", text_str(rows->next));
		ask.after = text_of(rows->next.at != NULL ? after : NULL);
		show_progress("%u people found", people->n);
		arena_reset(&arena);
	} while (ask.after.at != NULL);
	return CTL_DONE;
}

static enum ctl_exit end(const struct ctl *ctl, int64_t since, const struct people *people, uint64_t *n_r)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct msg_operator by = { .break_glass = false };
	struct msg_session_distrust ask = { .by = &by, .front = text_of(ctl->front), .since = since };
	for (uint32_t i = 0; i < people->n; i += PORTION) {
		const void *answer;
		ask.people.at = people->at + i;
		ask.people.n = people->n - i < PORTION ? people->n - i : PORTION;
		enum ctl_exit code =
		    ask_operator(ctl, &by, WIRE(session_distrust, &ask), TAG_acted, &arena, &answer);
		if (code != CTL_DONE)
			return code;
		*n_r += ((const struct msg_acted *)answer)->count;
		show_progress("%u of %u people", i + ask.people.n, people->n);
		arena_reset(&arena);
	}
	return CTL_DONE;
}

enum ctl_exit ctl_session_distrust(const struct ctl *ctl)
{
	CLEANUP(people_done) struct people people = { .n = 0, .arena = { .limit = 1024u * MIB } };
	int64_t since;
	uint64_t sessions = 0;
	uint32_t passwords = 0;
	if (ctl->front == NULL || ctl->since == NULL)
		return ask_usage("session distrust takes --front NAME and --since TIME");
	if (!show_read_time(ctl->since, &since))
		return ask_usage("--since is a time: 2026-11-24, \"2026-11-24 08:30\", or 30m, 2h, 3d ago");
	enum ctl_exit code = find(ctl, since, &people);
	if (code == CTL_DONE)
		code = end(ctl, since, &people, &sessions);
	show_progress_done();
	if (code != CTL_DONE)
		return code;
	for (uint32_t i = 0; i < people.n; i++)
		passwords += people.at[i].password;
	if (ctl->json)
		(void)printf("{\"people\":%u,\"sessions\":%llu,\"passwords\":%u}\n", people.n,
		    (unsigned long long)sessions, passwords);
	else
		(void)printf("%llu sessions of %u people ended; %u have to change the password.\n",
		    (unsigned long long)sessions, people.n, passwords);
	return CTL_DONE;
}
