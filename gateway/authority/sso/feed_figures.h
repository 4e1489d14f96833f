/* feed_figures.h - what feeds have answered since this process began, and what is kept of that, for /metrics. Any thread. */
#ifndef SPOM_AUTHORITY_SSO_FEED_FIGURES_H
#define SPOM_AUTHORITY_SSO_FEED_FIGURES_H
#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "conf/conf.h"
#include "wire/wire.h"

enum feed_figure {
	FEED_FIGURE_TAKEN,
	FEED_FIGURE_REFUSED,  /* it gave what does not count */
	FEED_FIGURE_HAS_NONE, /* it does not know the entity */
	FEED_FIGURE_NOT_ANSWERED,
	FEED_FIGURE_COUNT_
};

#define FEED_FEEDS_MAX 8u /* as settings.def has it */

/* Rows that feeds may have at most. */
#define FEED_FIGURE_ROWS (FEED_FEEDS_MAX * FEED_FIGURE_COUNT_ + 3u)

void feed_figures_add(const struct conf *conf, const char *feed, enum feed_figure figure);

/* Fills the rows of the feeds in the settings, and how many there are; none without feeds. */
NODISCARD enum err feed_figures_fill(
    const struct conf *conf, struct arena *arena, struct msg_metric_row *rows, unsigned *n_r);

#endif
