#include "courier/notices.h"
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include "base/clock.h"
#include "courier/line.h"
#include "courier/request.h"
#include "log/log.h"

#define AT_ONCE 64u
#define POLL_MS 200
#define BUSY_MS 50
#define REST_MS 1000      /* after the authority did not answer */
#define PATIENCE_MS 20000 /* after that the authority gives the notice to us again */

struct notices {
	pthread_t thread;
	atomic_bool ending;
	struct line line;
	CURLM *multi;
	struct request *requests[AT_ONCE]; /* under way */
	unsigned n;
	bool begun;      /* the authority knows that we have begun anew */
	int64_t next_ms; /* when to ask again; steady */
};

/* Until it was heard, or is of no use any more. */
static void tell(struct notices *notices, const struct msg_notice_told *told)
{
	int64_t end_ms = clock_steady_ms() + PATIENCE_MS;
	while (!atomic_load(&notices->ending) && clock_steady_ms() < end_ms) {
		CLEANUP(arena_done) struct arena arena = { 0 };
		struct wire_any answer;
		if (line_ask(&notices->line, WIRE(notice_told, told), &arena, &answer) == OK)
			return;
		(void)poll(NULL, 0, POLL_MS);
	}
}

static void tell_outcome(
    struct notices *notices, const struct id *id, enum notice_outcome outcome, const char *reason)
{
	char text[WIRE_ID_TEXT_SIZE];
	wire_id_text(id, text);
	const struct msg_notice_told told = { *id, outcome,
		outcome != NOTICE_CONFIRMED ? text_of(reason) : (struct text){ NULL, 0 } };
	if (outcome == NOTICE_CONFIRMED)
		log_line(LOG_LEVEL_INFO, "notice_confirmed", 0, LOG_STR("notice", text));
	else
		log_line(LOG_LEVEL_WARNING, "notice_not_confirmed", 0, LOG_STR("notice", text),
		    LOG_STR("outcome", WIRE_ENUM_TEXT(notice_outcome, outcome)), LOG_STR("reason", reason));
	tell(notices, &told);
}

static void begin(struct notices *notices, const struct msg_notice_item *item)
{
	struct request *request = NULL;
	enum err err = request_new(item, &request);
	if (err == OK && curl_multi_add_handle(notices->multi, request->curl) != CURLM_OK)
		err = ERR_NO_MEMORY;
	if (err == OK) {
		notices->requests[notices->n++] = request;
		return;
	}
	request_free(&request);
	tell_outcome(notices, &item->id, err == ERR_MALFORMED ? NOTICE_NEVER : NOTICE_LATER, err_text(err));
}

/* Takes what there is, as long as there is room. */
static void fetch(struct notices *notices)
{
	while (
	    notices->n < AT_ONCE && clock_steady_ms() >= notices->next_ms && !atomic_load(&notices->ending)) {
		CLEANUP(arena_done) struct arena arena = { 0 };
		struct wire_any answer;
		const struct msg_notice_next next = { .fresh = !notices->begun };
		enum err err = line_ask(&notices->line, WIRE(notice_next, &next), &arena, &answer);
		notices->begun = notices->begun || err == OK;
		if (err == OK && answer.msg->tag == TAG_notice_item)
			begin(notices, answer.at);
		else
			notices->next_ms = clock_steady_ms() + (err == OK ? POLL_MS : REST_MS);
	}
}

static void leave_out(struct notices *notices, struct request *request)
{
	unsigned i = 0;
	while (notices->requests[i] != request)
		i++;
	notices->requests[i] = notices->requests[--notices->n];
	(void)curl_multi_remove_handle(notices->multi, request->curl);
	request_free(&request);
}

static void end_one(struct notices *notices, CURL *curl, CURLcode code)
{
	struct request *request = NULL;
	char reason[REQUEST_REASON_MAX] = "";
	(void)curl_easy_getinfo(curl, CURLINFO_PRIVATE, &request);
	enum notice_outcome outcome = request_outcome(request, code, reason);
	struct id id = request->id;
	leave_out(notices, request);
	tell_outcome(notices, &id, outcome, reason);
}

static void work(struct notices *notices)
{
	int running, left;
	(void)curl_multi_perform(notices->multi, &running);
	for (const CURLMsg *done; (done = curl_multi_info_read(notices->multi, &left)) != NULL;)
		if (done->msg == CURLMSG_DONE)
			end_one(notices, done->easy_handle, done->data.result);
	(void)curl_multi_poll(notices->multi, NULL, 0, notices->n > 0 ? BUSY_MS : POLL_MS, NULL);
}

static void *run(void *context)
{
	struct notices *notices = context;
	while (!atomic_load(&notices->ending)) {
		fetch(notices);
		work(notices);
	}
	return NULL;
}

enum err notices_start(const char *path, struct notices **notices_r)
{
	struct notices *notices = calloc(1, sizeof *notices);
	if (notices == NULL)
		return ERR_NO_MEMORY;
	line_init(&notices->line, path);
	notices->multi = curl_multi_init();
	if (notices->multi != NULL && pthread_create(&notices->thread, NULL, run, notices) == 0) {
		*notices_r = notices;
		return OK;
	}
	(void)curl_multi_cleanup(notices->multi);
	free(notices);
	return ERR_NO_MEMORY;
}

void notices_stop(struct notices **notices)
{
	struct notices *old = *notices;
	if (old == NULL)
		return;
	atomic_store(&old->ending, true);
	(void)curl_multi_wakeup(old->multi);
	(void)pthread_join(old->thread, NULL);
	while (old->n > 0)
		leave_out(old, old->requests[0]);
	(void)curl_multi_cleanup(old->multi);
	line_done(&old->line);
	free(old);
	*notices = NULL;
}
