#include "authority/sso/feed_figures.h"
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include "authority/sso/feed_cache.h"

#define NAME_SIZE 65u /* of a section; metadata_record has it so */

static const char *const OUTCOMES[FEED_FIGURE_COUNT_] = {
	[FEED_FIGURE_TAKEN] = "taken",
	[FEED_FIGURE_REFUSED] = "refused",
	[FEED_FIGURE_HAS_NONE] = "not_found",
	[FEED_FIGURE_NOT_ANSWERED] = "not_answered",
};

struct counts {
	char feed[NAME_SIZE];
	uint64_t of[FEED_FIGURE_COUNT_];
};

/* As many as settings name: one whose feed they do not name any more is free. */
static struct {
	pthread_mutex_t lock;
	struct counts counts[FEED_FEEDS_MAX];
} self = { .lock = PTHREAD_MUTEX_INITIALIZER };

static struct counts *find(const char *feed)
{
	for (unsigned i = 0; i < FEED_FEEDS_MAX; i++)
		if (strcmp(self.counts[i].feed, feed) == 0)
			return &self.counts[i];
	return NULL;
}

static bool is_named(const struct conf *conf, const char *feed)
{
	for (unsigned i = 0; i < conf->n_feeds; i++)
		if (strcmp(conf->feeds[i].name, feed) == 0)
			return true;
	return false;
}

static struct counts *make(const struct conf *conf, const char *feed)
{
	for (unsigned i = 0; i < FEED_FEEDS_MAX; i++) {
		struct counts *counts = &self.counts[i];
		if (is_named(conf, counts->feed))
			continue;
		*counts = (struct counts){ .feed = "" };
		(void)snprintf(counts->feed, sizeof counts->feed, "%s", feed);
		return counts;
	}
	return NULL;
}

void feed_figures_add(const struct conf *conf, const char *feed, enum feed_figure figure)
{
	(void)pthread_mutex_lock(&self.lock);
	struct counts *counts = find(feed);
	if (counts == NULL && is_named(conf, feed)) /* not one that was asked under settings that are gone */
		counts = make(conf, feed);
	if (counts != NULL)
		counts->of[figure]++;
	(void)pthread_mutex_unlock(&self.lock);
}

static uint64_t value_of(const char *feed, unsigned figure)
{
	(void)pthread_mutex_lock(&self.lock);
	const struct counts *counts = find(feed);
	uint64_t value = counts != NULL ? counts->of[figure] : 0;
	(void)pthread_mutex_unlock(&self.lock);
	return value;
}

static void fill_gauges(struct msg_metric_row *rows)
{
	static const struct text AGE = TEXT_LITERAL("spom_metadata_age_seconds"),
				 OF = TEXT_LITERAL("Since the metadata of an entity were fetched.");
	struct feed_cache_held held;
	feed_cache_look(&held);
	rows[0] = (struct msg_metric_row){ TEXT_LITERAL("spom_metadata_entities"), { NULL, 0 },
		TEXT_LITERAL("Entities whose metadata of a feed are kept."), true, held.n };
	rows[1] = (struct msg_metric_row){ AGE, TEXT_LITERAL("entity=\"newest\""), OF, true, held.newest_s };
	rows[2] = (struct msg_metric_row){ AGE, TEXT_LITERAL("entity=\"oldest\""), OF, true, held.oldest_s };
}

enum err feed_figures_fill(
    const struct conf *conf, struct arena *arena, struct msg_metric_row *rows, unsigned *n_r)
{
	unsigned n = 0;
	for (unsigned i = 0; i < conf->n_feeds; i++)
		for (unsigned j = 0; j < FEED_FIGURE_COUNT_; j++) {
			const char *feed = conf->feeds[i].name;
			const char *labels =
			    arena_printf(arena, "feed=\"%s\",outcome=\"%s\"", feed, OUTCOMES[j]);
			if (labels == NULL)
				return ERR_NO_MEMORY;
			rows[n++] = (struct msg_metric_row){ TEXT_LITERAL("spom_metadata_fetches_total"),
				text_of(labels), TEXT_LITERAL("Answers of feeds of metadata."), false,
				value_of(feed, j) };
		}
	if (n > 0) {
		fill_gauges(&rows[n]);
		n += 3;
	}
	*n_r = n;
	return OK;
}
