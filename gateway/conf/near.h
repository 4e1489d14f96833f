/* near.h - what somebody may have meant. Private to gateway/conf. */
#ifndef SPOM_CONF_NEAR_H
#define SPOM_CONF_NEAR_H
/* Keeps the nearest of several words: start with NEAR(typed), show it each candidate; best is NULL when none is near. */
struct near {
	const char *typed;
	const char *best;
	unsigned distance;
};
#define NEAR(typed_) ((struct near){ (typed_), 0, ~0u })

void near_show(struct near *near, const char *candidate);

#endif
