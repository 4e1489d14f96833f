/* metrics.c - the figures of this process, for those whose address the settings name. */
#include "authority/report/metrics.h"
#include "authority/audit/audit.h"
#include "authority/authority.h"
#include "authority/directory/directory.h"
#include "authority/edge/edge.h"
#include "authority/outbox/outbox.h"
#include "authority/sso/feed_figures.h"
#include "authority/store/store.h"
#include "base/net.h"
#include "conf/conf.h"

static const struct {
	const char *name, *labels, *help;
} COUNTERS[METRIC_COUNT_] = {
#define METRIC(constant, name, labels, help) [constant] = { name, labels, help },
#include "authority/report/metrics.def"
#undef METRIC
};

#define GAUGES 8

static bool may_look(const struct conf *conf, struct text address)
{
	for (unsigned i = 0; i < conf->metrics.addresses.n; i++) {
		struct net net;
		if (net_parse(text_of(conf->metrics.addresses.at[i]), &net) == OK &&
		    net_contains(&net, address))
			return true;
	}
	return false;
}

static struct msg_metric_row gauge(const char *name, const char *labels, const char *help, uint64_t value)
{
	return (struct msg_metric_row){ text_of(name), text_of(labels), text_of(help), true, value };
}

static void fill_gauges(struct authority *authority, struct msg_metric_row rows[GAUGES])
{
	static const char UP[] = "Whether a neighbour answers.";
	rows[0] = gauge("spom_up", "neighbour=\"directory\"", UP, directory_is_well(authority->directory));
	rows[1] = gauge("spom_up", "neighbour=\"store\"", UP, store_is_well(authority->store));
	rows[2] = gauge("spom_up", "neighbour=\"audit\"", UP, audit_is_well(authority->audit));
	rows[3] = gauge("spom_up", "neighbour=\"mail_queue\"", UP, outbox_is_well(authority));
	rows[4] = gauge("spom_mails_waiting", NULL, "Mails in the queue.", outbox_waiting(authority));
	rows[5] = gauge("spom_logout_notices_waiting", NULL, "Notices of ended sessions in the queue.",
	    outbox_notices_waiting(authority));
	rows[6] = gauge("spom_build_info", "version=\"" SPOM_VERSION "\"", "Which release this is.", 1);
	rows[7] = gauge("process_start_time_seconds", NULL, "When this process began, in seconds since 1970.",
	    metrics_began_s());
}

enum err edge_on_metrics(struct call *call, const void *ask, struct wire_any *answer_r)
{
	const struct msg_metrics *metrics = ask;
	struct msg_metrics_page *page = arena_alloc(&call->arena, sizeof *page);
	struct msg_metric_row *rows =
	    arena_array(&call->arena, GAUGES + METRIC_COUNT_ + FEED_FIGURE_ROWS, sizeof *rows);
	unsigned n = GAUGES + METRIC_COUNT_, more = 0;
	if (page == NULL || rows == NULL)
		return ERR_NO_MEMORY;
	if (!may_look(call->authority->conf, metrics->address)) {
		static const struct msg_refused NONE = { .reason = REFUSAL_NOT_FOUND };
		*answer_r = WIRE(refused, &NONE);
		return OK;
	}
	fill_gauges(call->authority, rows);
	for (unsigned i = 0; i < METRIC_COUNT_; i++)
		rows[GAUGES + i] = (struct msg_metric_row){
			.name = text_of(COUNTERS[i].name),
			.labels = *COUNTERS[i].labels != '\0' ? text_of(COUNTERS[i].labels)
							      : (struct text){ NULL, 0 },
			.help = text_of(COUNTERS[i].help),
			.value = metric_value((enum metric)i),
		};
	enum err err = feed_figures_fill(call->authority->conf, &call->arena, &rows[n], &more);
	if (err != OK)
		return err;
	page->rows.at = rows;
	page->rows.n = n + more;
	*answer_r = WIRE(metrics_page, page);
	return OK;
}
