#include "front/links.h"

void links_init(struct links *links, const char *path, enum role role)
{
	links->end = (struct link_end){ path, role };
	links->n_idle = 0;
	(void)pthread_mutex_init(&links->lock, NULL);
}

void links_done(struct links *links)
{
	while (links->n_idle > 0)
		link_close(&links->idle[--links->n_idle]);
	(void)pthread_mutex_destroy(&links->lock);
}

/* The one that was used last: those below it fall idle when there is little to do. */
static bool take(struct links *links, struct link *link_r)
{
	pthread_mutex_lock(&links->lock);
	bool has = links->n_idle > 0;
	if (has)
		*link_r = links->idle[--links->n_idle];
	pthread_mutex_unlock(&links->lock);
	return has;
}

static void give(struct links *links, struct link *link)
{
	pthread_mutex_lock(&links->lock);
	bool room = links->n_idle < LINKS_IDLE_MAX;
	if (room)
		links->idle[links->n_idle++] = *link;
	pthread_mutex_unlock(&links->lock);
	if (!room)
		link_close(link);
}

/* One that has not ended meanwhile; closed where there is none. */
static struct link take_live(struct links *links)
{
	struct link link;
	while (take(links, &link)) {
		if (link_is_live(&link))
			return link;
		link_close(&link);
	}
	return LINK_CLOSED;
}

enum err links_ask(struct links *links, struct wire_any ask, uint64_t trace, struct arena *arena,
    int64_t deadline_ms, struct wire_any *answer_r)
{
	struct link link = take_live(links);
	enum err err = link_call(&link, &links->end, ask, trace, arena, deadline_ms, answer_r);
	if (err == OK)
		give(links, &link);
	return err;
}
