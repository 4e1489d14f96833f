/* metrics.c - the authority's figures as Prometheus reads them (text format 0.0.4). */
#include "front/route.h"
#include "front/show.h"

static void add_row(struct out *out, const struct msg_metric_row *row, bool first)
{
	if (first) {
		out_str(out, "# HELP ");
		out_text(out, row->name);
		out_str(out, " ");
		out_text(out, row->help);
		out_str(out, "\n# TYPE ");
		out_text(out, row->name);
		out_str(out, row->gauge ? " gauge\n" : " counter\n");
	}
	out_text(out, row->name);
	if (row->labels.len > 0) {
		out_str(out, "{");
		out_text(out, row->labels);
		out_str(out, "}");
	}
	out_str(out, " ");
	out_number(out, row->value);
	out_str(out, "\n");
}

void metrics_get(struct exchange *x)
{
	struct msg_metrics ask = { .address = x->request->address };
	const struct msg_metrics_page *page = show_ask(x, WIRE(metrics, &ask), wire_msg_metrics_page());
	struct out out = OUT(x->request->arena);
	struct text text;
	if (page == NULL)
		return;
	for (uint32_t i = 0; i < page->rows.n; i++)
		add_row(&out, &page->rows.at[i],
		    i == 0 || !text_equal(page->rows.at[i].name, page->rows.at[i - 1].name));
	if (!out_done(&out, &text)) {
		show_fault(x, FAULT_INTERNAL, 0);
		return;
	}
	x->reply->status = 200;
	x->reply->type = "text/plain; version=0.0.4; charset=utf-8";
	x->reply->body = text;
}
