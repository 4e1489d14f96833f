/* directory.c - the directory, looked at with the settings: authority/directory/probe.h does it; and behind it the store, so that who installs
 * SPOM has one look at all that it stands on. */
#include <string.h>
#include "authority/admin/operator.h"
#include "authority/directory/probe.h"
#include "authority/store/store.h"

static struct msg_test_row row_of_store(struct call *call)
{
	struct text objection = { NULL, 0 };
	struct msg_test_row row = { .state = TEST_OK, .name = TEXT_LITERAL("store") };
	if (store_objection(call->authority->store, &call->arena, &objection) != OK) {
		row.state = TEST_FAIL;
		row.words = TEXT_LITERAL("Redis does not serve us");
		row.remedy =
		    TEXT_LITERAL("The log of spom-authority says why at store_unreachable; look at [store] "
				 "and docs/redis.md.");
	} else if (objection.at != NULL) {
		row.state = TEST_WARN;
		row.words = objection;
	} else {
		row.words = TEXT_LITERAL("Redis serves us, and nothing beyond our own keys");
	}
	return row;
}

static enum err add_store(struct call *call, struct msg_directory_report *report)
{
	unsigned n = report->rows.n;
	struct msg_test_row *rows = arena_array(&call->arena, n + 1, sizeof *rows);
	if (rows == NULL)
		return ERR_NO_MEMORY;
	memcpy(rows, report->rows.at, n * sizeof *rows);
	rows[n] = row_of_store(call);
	report->well &= rows[n].state != TEST_FAIL;
	report->rows.at = rows;
	report->rows.n = n + 1;
	return OK;
}

enum err admin_directory_test(
    struct call *call, const struct asker *who, const void *ask, struct wire_any *answer_r)
{
	const struct msg_directory_test *test = ask;
	struct msg_directory_report *report = arena_alloc(&call->arena, sizeof *report);
	if (report == NULL)
		return ERR_NO_MEMORY;
	admin_looked(call, who, NULL, TEXT_LITERAL("directory"));
	enum err err = probe_run(call->authority->conf, test->sample, &call->arena, report);
	if (err == OK)
		err = add_store(call, report);
	*answer_r = WIRE(directory_report, report);
	return err;
}
