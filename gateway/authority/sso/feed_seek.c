#include "authority/sso/feed_seek.h"
#include <pthread.h>
#include <string.h>
#include "authority/authority.h"
#include "authority/call/rates.h"
#include "authority/keys/keys.h"
#include "authority/session/session.h"
#include "authority/sso/answer.h"
#include "authority/sso/feed.h"
#include "authority/sso/feed_accept.h"
#include "authority/sso/feed_budget.h"
#include "authority/sso/feed_figures.h"
#include "base/clock.h"
#include "base/net.h"
#include "base/wait.h"
#include "log/log.h"

#define PLACES 16u
#define WAITERS_MAX 6u   /* of the threads of POOL_COURIER: who waits for something else has the others */
#define STRANGERS_MAX 4u /* of these: strangers leave some to those who are signed in */
#define WAIT_MS 6000
#define LOST_MS 20000 /* after that the courier has been ended meanwhile */
#define REMEMBERED 512u
#define UNKNOWN_MS 60000
#define AWAY_MS 10000
#define ENTITY_MAX 256u
#define NETWORK_MAX 64u
#define NOBODY UINT32_MAX
#define TOLD_A_SECOND 1u

/* An entity that is asked for. */
struct seek {
	enum { FREE, WAITS, ASKED, JUDGED, OVER } state;
	struct id id; /* of the question that is out */
	char entity[ENTITY_MAX + 1];
	const struct conf *conf; /* that of the beginning: it lives as long as we do */
	unsigned feed;           /* that is asked, of conf's */
	bool failed;             /* one of them */
	bool costs;              /* not where what we have is asked for again */
	struct feed_payer payer;
	unsigned waiters;
	int64_t begun_ms; /* steady */
	enum feed_sought outcome;
};

/* That it is of no use to ask. */
struct remembered {
	uint8_t name[8]; /* of a keyed hash */
	enum feed_sought outcome;
	int64_t until_ms;
};

static struct {
	pthread_mutex_t lock;
	pthread_cond_t over;
	struct seek places[PLACES];
	struct remembered remembered[REMEMBERED];
	unsigned next; /* of these, to be forgotten */
	unsigned waiters;
	struct feed_budgets budgets;
} self = { .lock = PTHREAD_MUTEX_INITIALIZER, .over = PTHREAD_COND_INITIALIZER };

static void name_of(struct authority *authority, struct text entity_id, uint8_t name[8])
{
	uint8_t hash[KEYS_HASH_SIZE];
	keys_hash(authority->keys, KEY_ENTITY_STORE, entity_id.at, entity_id.len, hash);
	memcpy(name, hash, 8);
}

/* --- inside the lock: what is remembered --------------------------------------------------------------------------------- */

static enum feed_sought recall(const uint8_t name[8])
{
	int64_t now_ms = clock_steady_ms();
	for (unsigned i = 0; i < REMEMBERED; i++)
		if (self.remembered[i].until_ms > now_ms && memcmp(self.remembered[i].name, name, 8) == 0)
			return self.remembered[i].outcome;
	return FEED_SOUGHT_NOT_YET;
}

static void remember(const uint8_t name[8], enum feed_sought outcome)
{
	struct remembered *one = &self.remembered[self.next++ % REMEMBERED];
	memcpy(one->name, name, 8);
	one->outcome = outcome;
	one->until_ms = clock_steady_ms() + (outcome == FEED_SOUGHT_UNKNOWN ? UNKNOWN_MS : AWAY_MS);
}

/* --- inside the lock: places --------------------------------------------------------------------------------------------- */

static bool is_under_way(const struct seek *seek)
{
	return seek->state != FREE && seek->state != OVER;
}

static struct seek *find(struct text entity_id)
{
	for (unsigned i = 0; i < PLACES; i++)
		if (is_under_way(&self.places[i]) && text_equal_str(entity_id, self.places[i].entity))
			return &self.places[i];
	return NULL;
}

static bool is_free(const struct seek *seek)
{
	bool lost = seek->waiters == 0 && clock_steady_ms() - seek->begun_ms > LOST_MS;
	return seek->state == FREE || (lost && seek->state != JUDGED);
}

/* most: of how many places. NULL: all of them are taken. */
static struct seek *begin(struct authority *authority, struct text entity_id, unsigned most)
{
	struct seek *seek = NULL;
	for (unsigned i = 0; seek == NULL && i < most; i++)
		if (is_free(&self.places[i]))
			seek = &self.places[i];
	if (seek == NULL)
		return NULL;
	*seek = (struct seek){ .state = WAITS, .conf = authority->conf, .begun_ms = clock_steady_ms() };
	secret_random(&seek->id, sizeof seek->id);
	memcpy(seek->entity, entity_id.at, entity_id.len);
	return seek;
}

static void end(struct authority *authority, struct seek *seek, enum feed_sought outcome)
{
	uint8_t name[8];
	name_of(authority, text_of(seek->entity), name);
	if (outcome != FEED_SOUGHT_FOUND)
		remember(name, outcome);
	else if (seek->costs)
		feed_budget_give_back(&self.budgets, &seek->payer); /* what there is costs nothing */
	seek->outcome = outcome;
	seek->state = seek->waiters > 0 ? OVER : FREE;
	(void)pthread_cond_broadcast(&self.over);
}

/* --- who waits --------------------------------------------------------------------------------------------------------- */

/* As an entityID may be: what else anybody writes there is asked of nobody. */
static bool may_be_entity(struct text entity_id)
{
	bool good = entity_id.len > 0 && entity_id.len <= ENTITY_MAX &&
		    memchr(entity_id.at, ':', entity_id.len) != NULL;
	for (size_t i = 0; good && i < entity_id.len; i++)
		good = entity_id.at[i] > ' ' && entity_id.at[i] <= '~';
	return good;
}

enum feed_sought feed_seek_look(struct authority *authority, struct text entity_id)
{
	const struct conf *conf = authority->conf;
	uint8_t name[8];
	if (conf->n_feeds == 0 || !may_be_entity(entity_id))
		return FEED_SOUGHT_UNKNOWN;
	name_of(authority, entity_id, name);
	(void)pthread_mutex_lock(&self.lock);
	enum feed_sought known = recall(name);
	(void)pthread_mutex_unlock(&self.lock);
	return known;
}

/* A place at the cost of whoever asks; NULL: there is none, or he has had his part. */
static struct seek *begin_for(
    struct authority *authority, const struct feed_payer *payer, struct text entity_id)
{
	if (!feed_budget_take(&self.budgets, payer, clock_steady_ms()))
		return NULL;
	struct seek *seek = begin(authority, entity_id, PLACES);
	if (seek == NULL) {
		feed_budget_give_back(&self.budgets, payer);
		return NULL;
	}
	seek->costs = true;
	seek->payer = *payer;
	return seek;
}

/* The place of an entity that somebody waits for; NULL: *outcome_r says why not. */
static struct seek *join(struct authority *authority, const struct feed_payer *payer, struct text entity_id,
    enum feed_sought *outcome_r)
{
	uint8_t name[8];
	struct seek *seek = find(entity_id);
	name_of(authority, entity_id, name);
	*outcome_r = seek == NULL ? recall(name) : FEED_SOUGHT_NOT_YET;
	if (*outcome_r != FEED_SOUGHT_NOT_YET)
		return NULL;
	*outcome_r = FEED_SOUGHT_AWAY;
	if (self.waiters >= (payer->signed_in ? WAITERS_MAX : STRANGERS_MAX))
		return NULL;
	return seek != NULL ? seek : begin_for(authority, payer, entity_id);
}

static enum feed_sought wait_for(struct seek *seek)
{
	const struct timespec end = wait_end(WAIT_MS);
	enum feed_sought outcome = FEED_SOUGHT_AWAY;
	self.waiters++;
	seek->waiters++;
	while (seek->state != OVER && wait_more(&self.over, &self.lock, &end))
		continue;
	if (seek->state == OVER)
		outcome = seek->outcome;
	if (--seek->waiters == 0 && seek->state == OVER)
		seek->state = FREE;
	self.waiters--;
	return outcome;
}

enum feed_sought feed_seek(struct call *call, const struct feed_payer *payer, struct text entity_id)
{
	struct authority *authority = call->authority;
	const struct conf *conf = authority->conf;
	enum feed_sought outcome = FEED_SOUGHT_UNKNOWN;
	if (conf->n_feeds == 0 || !may_be_entity(entity_id))
		return outcome;
	(void)pthread_mutex_lock(&self.lock);
	struct seek *seek = join(authority, payer, entity_id, &outcome);
	if (seek != NULL)
		outcome = wait_for(seek);
	(void)pthread_mutex_unlock(&self.lock);
	/* strangers name what they like, and no disk is full of it */
	static const uint8_t ALL[8] = { 0 };
	if (seek == NULL && outcome == FEED_SOUGHT_AWAY &&
	    rates_take(authority->rates, ALL, RATES_FEEDS, TOLD_A_SECOND, clock_steady_ms()))
		log_line(
		    LOG_LEVEL_WARNING, "feeds_not_asked", call->frame.trace, LOG_TEXT("entity", entity_id));
	return outcome;
}

/* Half of the places are for those who wait. */
void feed_seek_again(struct authority *authority, struct text entity_id)
{
	uint8_t name[8];
	name_of(authority, entity_id, name);
	(void)pthread_mutex_lock(&self.lock);
	if (find(entity_id) == NULL && recall(name) == FEED_SOUGHT_NOT_YET)
		(void)begin(authority, entity_id, PLACES / 2);
	(void)pthread_mutex_unlock(&self.lock);
}

/* --- the courier ------------------------------------------------------------------------------------------------------- */

static enum err fill(struct call *call, const struct seek *seek, struct msg_feed_item *item)
{
	const struct conf *conf = seek->conf;
	const struct conf *now = call->authority->conf;
	item->id = seek->id;
	item->base = text_of(conf->feeds[seek->feed].url);
	if (item->base.len > 0 && item->base.at[item->base.len - 1] == '/')
		item->base =
		    text_of(arena_printf(&call->arena, "%.*s", (int)item->base.len - 1, item->base.at));
	if (now->sso.ca_file[0] != '\0')
		item->ca_file = text_of(now->sso.ca_file);
	return item->base.at != NULL && text_copy(&call->arena, text_of(seek->entity), &item->entity_id)
		   ? OK
		   : ERR_NO_MEMORY;
}

/* ERR_NOT_FOUND: nothing is asked for. */
static enum err next(struct call *call, struct msg_feed_item *item)
{
	enum err err = ERR_NOT_FOUND;
	(void)pthread_mutex_lock(&self.lock);
	for (unsigned i = 0; err == ERR_NOT_FOUND && i < PLACES; i++) {
		if (self.places[i].state != WAITS)
			continue;
		err = fill(call, &self.places[i], item);
		if (err == OK)
			self.places[i].state = ASKED;
	}
	(void)pthread_mutex_unlock(&self.lock);
	return err;
}

enum err feed_on_next(struct call *call, const void *ask, struct wire_any *answer_r)
{
	struct msg_feed_item *item = arena_alloc(&call->arena, sizeof *item);
	(void)ask;
	enum err err = ERR_NO_MEMORY;
	if (item != NULL) {
		*item = (struct msg_feed_item){ .ca_file = { NULL, 0 } };
		err = next(call, item);
	}
	if (err == ERR_NOT_FOUND)
		return answer_done(answer_r);
	*answer_r = WIRE(feed_item, item);
	return err;
}

/* The place of what was asked; a copy stays as it is while it is judged. */
static struct seek *take_asked(const struct id *id, struct seek *copy)
{
	struct seek *found = NULL;
	(void)pthread_mutex_lock(&self.lock);
	for (unsigned i = 0; found == NULL && i < PLACES; i++)
		if (self.places[i].state == ASKED && memcmp(&self.places[i].id, id, sizeof *id) == 0)
			found = &self.places[i];
	if (found != NULL) {
		found->state = JUDGED;
		*copy = *found;
	}
	(void)pthread_mutex_unlock(&self.lock);
	return found;
}

/* To the next feed, or to the end. own: the feed that what we have is of; while that one is silent, no other speaks for it. */
static void go_on(struct authority *authority, struct seek *seek, enum feed_outcome came, unsigned own)
{
	bool stays = came == FEED_FAILED && own == seek->feed;
	seek->failed |= came == FEED_FAILED;
	if (came == FEED_FETCHED) {
		end(authority, seek, FEED_SOUGHT_FOUND);
	} else if (stays || seek->feed + 1 == seek->conf->n_feeds) {
		end(authority, seek, seek->failed ? FEED_SOUGHT_AWAY : FEED_SOUGHT_UNKNOWN);
	} else {
		seek->feed++;
		seek->state = WAITS;
		secret_random(&seek->id, sizeof seek->id);
	}
}

/* The feed, by its seek, that holds what we have of an entity; NOBODY: we have nothing. */
static unsigned own_feed(struct call *call, const struct seek *seek)
{
	struct feed_known known;
	if (feed_known(call->authority, text_of(seek->entity), &call->arena, &known) != OK)
		return NOBODY;
	for (unsigned i = 0; i < seek->conf->n_feeds; i++)
		if (strcmp(seek->conf->feeds[i].name, known.feed->name) == 0)
			return i;
	return NOBODY;
}

static const enum feed_figure FIGURES[] = {
	[FEED_FAILED] = FEED_FIGURE_NOT_ANSWERED,
	[FEED_NOT_FOUND] = FEED_FIGURE_HAS_NONE,
	[FEED_FETCHED] = FEED_FIGURE_TAKEN,
};

enum err feed_on_told(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_feed_told *told = ask;
	struct seek copy;
	struct seek *seek = take_asked(&told->id, &copy);
	if (seek == NULL) /* it was told before, or nobody wants to know any more */
		return answer_done(answer_r);
	unsigned own = own_feed(call, &copy);
	enum feed_outcome came = told->outcome;
	const struct conf_metadata *feed = &copy.conf->feeds[copy.feed];
	enum feed_figure figure = FIGURES[came];
	if (came == FEED_FETCHED && !feed_accept(call, feed, text_of(copy.entity), told->xml)) {
		came = FEED_FAILED;
		figure = FEED_FIGURE_REFUSED;
	}
	feed_figures_add(call->authority->conf, feed->name, figure);
	if (came == FEED_NOT_FOUND && own == copy.feed)
		feed_drop(call, feed, text_of(copy.entity));
	(void)pthread_mutex_lock(&self.lock);
	go_on(call->authority, seek, came, own);
	(void)pthread_mutex_unlock(&self.lock);
	return answer_done(answer_r);
}

static struct text network_of(struct text address, uint8_t bytes[NETWORK_MAX],
    size_t (*write)(struct text address, unsigned char *bytes, size_t room))
{
	size_t len = write(address, bytes, NETWORK_MAX);
	return (struct text){ (const char *)bytes, len };
}

static struct feed_payer payer_of(struct call *call, const struct msg_saml_seek *seek)
{
	const struct msg_session_record *session = NULL;
	struct feed_payer payer = { .signed_in = false };
	uint8_t bytes[NETWORK_MAX], wide[NETWORK_MAX], hash[KEYS_HASH_SIZE];
	if (seek->session.at != NULL &&
	    session_load(call->authority, seek->session, &call->arena, &session) == OK)
		payer.signed_in = true;
	struct text who = payer.signed_in ? session->person : network_of(seek->address, bytes, net_counted);
	struct text of = payer.signed_in ? session->person : network_of(seek->address, wide, net_region);
	keys_hash(call->authority->keys, KEY_COUNT_STORE, who.at, who.len, hash);
	memcpy(payer.who, hash, sizeof payer.who);
	keys_hash(call->authority->keys, KEY_COUNT_STORE, of.at, of.len, hash);
	payer.share = hash[sizeof payer.who];
	return payer;
}

/* What came of it is remembered: front comes again with the request. What somebody else has found meanwhile is not asked for again. */
enum err feed_on_seek(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_saml_seek *seek = ask;
	struct feed_known known;
	const struct feed_payer payer = payer_of(call, seek);
	if (feed_known(call->authority, seek->entity_id, &call->arena, &known) == ERR_NOT_FOUND)
		(void)feed_seek(call, &payer, seek->entity_id);
	return answer_done(answer_r);
}
