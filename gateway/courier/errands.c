#include "courier/errands.h"
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include "base/clock.h"
#include "courier/line.h"
#include "courier/request.h"
#include "log/log.h"

#define AT_ONCE 64u
#define BUSY_MS 50
#define REST_MS 1000 /* after the authority did not answer */

struct kind;

struct errands {
	const struct kind *kind;
	pthread_t thread;
	atomic_bool ending;
	struct line line;
	CURLM *multi;
	struct request *requests[AT_ONCE]; /* under way */
	unsigned n;
	bool begun;      /* the authority knows that we have begun anew */
	int64_t next_ms; /* when to ask again; steady */
};

/* --- what differs --------------------------------------------------------------------------------------------------- */

static enum err ask_notice(struct errands *errands, struct arena *arena, struct wire_any *answer_r)
{
	const struct msg_notice_next next = { .fresh = !errands->begun };
	return line_ask(&errands->line, WIRE(notice_next, &next), arena, answer_r);
}

static enum err ask_callback(struct errands *errands, struct arena *arena, struct wire_any *answer_r)
{
	const struct msg_callback_next next = { .release = TEXT_LITERAL(SPOM_VERSION) };
	return line_ask(&errands->line, WIRE(callback_next, &next), arena, answer_r);
}

static enum err ask_feed(struct errands *errands, struct arena *arena, struct wire_any *answer_r)
{
	const struct msg_feed_next next = { .release = TEXT_LITERAL(SPOM_VERSION) };
	return line_ask(&errands->line, WIRE(feed_next, &next), arena, answer_r);
}

/* What came of one. */
struct outcome {
	struct id id;
	enum notice_outcome outcome;
	struct text reason;            /* absent: it is as it should be */
	const struct request *request; /* NULL: none was made */
};

static enum err tell_notice(struct errands *errands, const struct outcome *came, struct arena *arena)
{
	struct msg_notice_told told = { came->id, came->outcome, came->reason, { NULL, 0 } };
	struct wire_any answer;
	if (came->outcome == NOTICE_CONFIRMED && came->request->body.len > 0)
		told.answer = came->request->body;
	return line_ask(&errands->line, WIRE(notice_told, &told), arena, &answer);
}

static enum err tell_callback(struct errands *errands, const struct outcome *came, struct arena *arena)
{
	const struct msg_callback_told told = { came->id, came->outcome == NOTICE_CONFIRMED, came->reason };
	struct wire_any answer;
	return line_ask(&errands->line, WIRE(callback_told, &told), arena, &answer);
}

static enum err tell_feed(struct errands *errands, const struct outcome *came, struct arena *arena)
{
	const struct request *request = came->request;
	struct msg_feed_told told = { .id = came->id, .reason = came->reason };
	struct wire_any answer;
	if (came->outcome == NOTICE_CONFIRMED && request->body.len > 0) {
		told.outcome = FEED_FETCHED;
		told.xml = request->body;
	} else if (request != NULL && request->status == 404) {
		told.outcome = FEED_NOT_FOUND;
	}
	return line_ask(&errands->line, WIRE(feed_told, &told), arena, &answer);
}

static const struct kind {
	const char *good, *bad; /* as the log has it */
	const char *told;       /* that it was heard, and no more; NULL: there is no such thing */
	int64_t poll_ms;        /* how often it is asked whether there is one */
	int64_t
	    patience_ms; /* after that the authority gives it to us again, or nobody waits for it any more */
	unsigned item;
	enum err (*ask)(struct errands *errands, struct arena *arena, struct wire_any *answer_r);
	enum err (*tell)(struct errands *errands, const struct outcome *came, struct arena *arena);
} KINDS[ERRAND_COUNT_] = {
	[ERRAND_NOTICE] = { "notice_confirmed", "notice_not_confirmed", "notice_told", 200, 20000,
	    TAG_notice_item, ask_notice, tell_notice },
	[ERRAND_CALLBACK] = { "callback_answered", "callback_not_answered", NULL, 100, 2000,
	    TAG_callback_item, ask_callback, tell_callback },
	[ERRAND_FEED] = { "feed_answered", "feed_not_answered", NULL, 100, 5000, TAG_feed_item, ask_feed,
	    tell_feed },
};

/* --- what does not -------------------------------------------------------------------------------------------------- */

/* Until it was heard, or is of no use any more. */
static void tell(struct errands *errands, const struct outcome *came)
{
	int64_t end_ms = clock_steady_ms() + errands->kind->patience_ms;
	while (!atomic_load(&errands->ending) && clock_steady_ms() < end_ms) {
		CLEANUP(arena_done) struct arena arena = { 0 };
		if (errands->kind->tell(errands, came, &arena) == OK)
			return;
		(void)poll(NULL, 0, (int)errands->kind->poll_ms);
	}
}

/* request: NULL, or what it was. */
static void tell_outcome(struct errands *errands, const struct id *id, enum notice_outcome outcome,
    const char *reason, const struct request *request)
{
	const struct kind *kind = errands->kind;
	bool good = outcome == NOTICE_CONFIRMED;
	char text[WIRE_ID_TEXT_SIZE];
	wire_id_text(id, text);
	const struct outcome came = { *id, outcome, good ? (struct text){ NULL, 0 } : text_of(reason),
		request };
	if (good)
		log_line(LOG_LEVEL_INFO, kind->good, 0, LOG_STR("id", text));
	else if (outcome == NOTICE_TOLD)
		log_line(LOG_LEVEL_INFO, kind->told, 0, LOG_STR("id", text), LOG_STR("reason", reason));
	else
		log_line(LOG_LEVEL_WARNING, kind->bad, 0, LOG_STR("id", text),
		    LOG_STR("outcome", WIRE_ENUM_TEXT(notice_outcome, outcome)), LOG_STR("reason", reason));
	tell(errands, &came);
}

static void begin(struct errands *errands, struct wire_any item)
{
	struct request *request = NULL;
	struct id id;
	enum err err = request_new(item, &request, &id);
	if (err == OK && curl_multi_add_handle(errands->multi, request->curl) != CURLM_OK)
		err = ERR_NO_MEMORY;
	if (err == OK) {
		errands->requests[errands->n++] = request;
		return;
	}
	request_free(&request);
	tell_outcome(errands, &id, err == ERR_MALFORMED ? NOTICE_NEVER : NOTICE_LATER, err_text(err), NULL);
}

/* Takes what there is, as long as there is room. */
static void fetch(struct errands *errands)
{
	while (
	    errands->n < AT_ONCE && clock_steady_ms() >= errands->next_ms && !atomic_load(&errands->ending)) {
		CLEANUP(arena_done) struct arena arena = { 0 };
		struct wire_any answer;
		enum err err = errands->kind->ask(errands, &arena, &answer);
		errands->begun = errands->begun || err == OK;
		if (err == OK && answer.msg->tag == errands->kind->item)
			begin(errands, answer);
		else
			errands->next_ms = clock_steady_ms() + (err == OK ? errands->kind->poll_ms : REST_MS);
	}
}

/* It is the caller's then. */
static void leave_out(struct errands *errands, struct request *request)
{
	unsigned i = 0;
	while (errands->requests[i] != request)
		i++;
	errands->requests[i] = errands->requests[--errands->n];
	(void)curl_multi_remove_handle(errands->multi, request->curl);
}

static void end_one(struct errands *errands, CURL *curl, CURLcode code)
{
	struct request *request = NULL;
	char reason[REQUEST_REASON_MAX] = "";
	(void)curl_easy_getinfo(curl, CURLINFO_PRIVATE, &request);
	enum notice_outcome outcome = request_outcome(request, code, reason);
	leave_out(errands, request);
	tell_outcome(errands, &request->id, outcome, reason, request);
	request_free(&request);
}

static void work(struct errands *errands)
{
	int running, left;
	(void)curl_multi_perform(errands->multi, &running);
	for (const CURLMsg *done; (done = curl_multi_info_read(errands->multi, &left)) != NULL;)
		if (done->msg == CURLMSG_DONE)
			end_one(errands, done->easy_handle, done->data.result);
	int wait_ms = errands->n > 0 ? BUSY_MS : (int)errands->kind->poll_ms;
	(void)curl_multi_poll(errands->multi, NULL, 0, wait_ms, NULL);
}

static void *run(void *context)
{
	struct errands *errands = context;
	while (!atomic_load(&errands->ending)) {
		fetch(errands);
		work(errands);
	}
	return NULL;
}

enum err errands_start(const char *path, enum errand errand, struct errands **errands_r)
{
	struct errands *errands = calloc(1, sizeof *errands);
	if (errands == NULL)
		return ERR_NO_MEMORY;
	errands->kind = &KINDS[errand];
	line_init(&errands->line, path);
	errands->multi = curl_multi_init();
	if (errands->multi != NULL && pthread_create(&errands->thread, NULL, run, errands) == 0) {
		*errands_r = errands;
		return OK;
	}
	(void)curl_multi_cleanup(errands->multi);
	free(errands);
	return ERR_NO_MEMORY;
}

void errands_stop(struct errands **errands)
{
	struct errands *old = *errands;
	if (old == NULL)
		return;
	atomic_store(&old->ending, true);
	(void)curl_multi_wakeup(old->multi);
	(void)pthread_join(old->thread, NULL);
	while (old->n > 0) {
		struct request *request = old->requests[0];
		leave_out(old, request);
		request_free(&request);
	}
	(void)curl_multi_cleanup(old->multi);
	line_done(&old->line);
	free(old);
	*errands = NULL;
}
