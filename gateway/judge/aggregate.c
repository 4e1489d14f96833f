#include "judge/aggregate.h"
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include "base/clock.h"
#include "base/io.h"
#include "judge/saml.h"
#include "sandbox/sandbox.h"
#include "wire/link.h"

#define ASK_MS 10000
#define TELL_MS (24LL * 3600 * 1000) /* an operator may be asked for a code in between */

/* A small file can ask for much: a node takes thirty times the bytes of its mark. */
static void bound_memory(void)
{
#ifndef SPOM_TEST_CLOCK /* sanitizers reserve more than there is */
	const struct rlimit most = { 4ULL << 30, 4ULL << 30 };
	(void)setrlimit(RLIMIT_AS, &most);
#endif
}

static enum err tell(void *context, struct wire_any told)
{
	return link_send(context, told, 0, 0, clock_steady_ms() + TELL_MS);
}

static enum err receive(struct link *link, struct arena *arena, const struct msg_judge_aggregate **ask_r)
{
	struct frame frame;
	struct wire_any ask;
	enum err err = link_receive(link, arena, clock_steady_ms() + ASK_MS, &frame, &ask);
	if (err == OK && ask.msg->tag != TAG_judge_aggregate)
		err = ERR_MALFORMED;
	if (err == OK)
		*ask_r = ask.at;
	return err;
}

enum err aggregate_serve(int file, int socket)
{
	CLEANUP(arena_done) struct arena arena = { 0 };
	struct link link = { .fd = socket };
	const struct msg_judge_aggregate *ask;
	size_t room = XML_FILE_BYTES_MAX + 1, len = 0; /* one more: then it is too large */
	bound_memory();
	tzset(); /* timegm(3) opens a file the first time */
	uint8_t *bytes = malloc(room);
	enum err err = bytes != NULL ? sandbox_enter(SANDBOX_JUDGE) : ERR_NO_MEMORY;
	if (err == OK)
		err = receive(&link, &arena, &ask);
	if (err == OK)
		err = io_read_file(file, bytes, room, &len);
	if (err == OK)
		err = saml_split(ask, (struct bytes){ bytes, len }, clock_now_ms(), tell, &link);
	free(bytes);
	return err;
}
