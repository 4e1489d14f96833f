#include "authority/sso/cas_callback.h"
#include <pthread.h>
#include <string.h>
#include "authority/authority.h"
#include "authority/sso/answer.h"
#include "authority/sso/cas.h"
#include "base/wait.h"
#include "conf/conf.h"
#include "log/log.h"

enum state {
	STATE_FREE,
	STATE_WAITS, /* the courier has not come for it yet */
	STATE_ASKED,
	STATE_GOOD,
	STATE_BAD,
};

/* service, to and query are those of who waits, and stay until he has gone. */
struct callback {
	enum state state;
	struct id id;
	struct text service, to;
	struct secret query;
};

static struct {
	pthread_mutex_t lock;
	pthread_cond_t told;
	struct callback all[CAS_CALLBACKS_MAX];
} self = { .lock = PTHREAD_MUTEX_INITIALIZER, .told = PTHREAD_COND_INITIALIZER };

/* --- inside the lock ---------------------------------------------------------------------------------------------- */

/* Where there is a place; NULL: others wait already, too many of them for the same service. */
static struct callback *take_place(struct text service)
{
	struct callback *place = NULL;
	unsigned same = 0;
	for (unsigned i = 0; i < CAS_CALLBACKS_MAX; i++) {
		struct callback *one = &self.all[i];
		if (one->state == STATE_FREE)
			place = one;
		else
			same += text_equal(one->service, service);
	}
	return same < CAS_CALLBACKS_MAX / 2 ? place : NULL;
}

static struct callback *find(const struct id *id)
{
	for (unsigned i = 0; i < CAS_CALLBACKS_MAX; i++)
		if (self.all[i].state != STATE_FREE && memcmp(&self.all[i].id, id, sizeof *id) == 0)
			return &self.all[i];
	return NULL;
}

static bool is_told(const struct callback *one)
{
	return one->state == STATE_GOOD || one->state == STATE_BAD;
}

static void wait_for(const struct callback *one)
{
	const struct timespec end = wait_end(CAS_CALLBACK_MS);
	while (!is_told(one) && wait_more(&self.told, &self.lock, &end))
		continue;
}

/* --- who waits ---------------------------------------------------------------------------------------------------- */

const char *cas_callback_ask(struct text service, struct text to, struct secret query)
{
	const char *wrong = "too many services are asked now";
	struct id id;
	secret_random(&id, sizeof id);
	(void)pthread_mutex_lock(&self.lock);
	struct callback *one = take_place(service);
	if (one != NULL) {
		*one = (struct callback){ STATE_WAITS, id, service, to, query };
		wait_for(one);
		wrong = one->state == STATE_GOOD ? NULL
			: is_told(one)           ? "the callback did not answer 200 over TLS that is trusted"
						 : "the callback could not be asked in time";
		*one = (struct callback){ .state = STATE_FREE };
	}
	(void)pthread_mutex_unlock(&self.lock);
	return wrong;
}

/* --- the courier -------------------------------------------------------------------------------------------------- */

static enum err fill(struct call *call, const struct callback *one, struct msg_callback_item *item)
{
	const struct conf *conf = call->authority->conf;
	item->id = one->id;
	if (conf->sso.ca_file[0] != '\0')
		item->ca_file = text_of(conf->sso.ca_file);
	item->query = secret_copy(&call->arena, one->query.at, one->query.len);
	return text_copy(&call->arena, one->to, &item->to) && item->query.at != NULL ? OK : ERR_NO_MEMORY;
}

/* ERR_NOT_FOUND: nobody waits. */
static enum err next(struct call *call, struct msg_callback_item *item)
{
	enum err err = ERR_NOT_FOUND;
	(void)pthread_mutex_lock(&self.lock);
	for (unsigned i = 0; err == ERR_NOT_FOUND && i < CAS_CALLBACKS_MAX; i++) {
		if (self.all[i].state != STATE_WAITS)
			continue;
		err = fill(call, &self.all[i], item);
		if (err == OK)
			self.all[i].state = STATE_ASKED;
	}
	(void)pthread_mutex_unlock(&self.lock);
	return err;
}

enum err cas_on_callback_next(struct call *call, const void *ask, struct wire_any *answer_r)
{
	struct msg_callback_item *item = arena_alloc(&call->arena, sizeof *item);
	(void)ask;
	enum err err = item != NULL ? next(call, item) : ERR_NO_MEMORY;
	if (err == ERR_NOT_FOUND)
		return answer_done(answer_r);
	*answer_r = WIRE(callback_item, item);
	return err;
}

/* Who waited may have gone: then nobody wants to know. */
enum err cas_on_callback_told(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_callback_told *came = ask;
	if (!came->good)
		log_line(LOG_LEVEL_WARNING, "callback_refused", call->frame.trace,
		    LOG_TEXT("reason", came->reason));
	(void)pthread_mutex_lock(&self.lock);
	struct callback *one = find(&came->id);
	if (one != NULL && one->state == STATE_ASKED) {
		one->state = came->good ? STATE_GOOD : STATE_BAD;
		(void)pthread_cond_broadcast(&self.told);
	}
	(void)pthread_mutex_unlock(&self.lock);
	return answer_done(answer_r);
}
