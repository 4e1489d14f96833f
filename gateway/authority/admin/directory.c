/* directory.c - the directory, looked at with the settings: authority/directory/probe.h does it. */
#include "authority/admin/operator.h"
#include "authority/directory/probe.h"

enum err admin_directory_test(
    struct call *call, const struct asker *who, const void *ask, struct wire_any *answer_r)
{
	const struct msg_directory_test *test = ask;
	struct msg_directory_report *report = arena_alloc(&call->arena, sizeof *report);
	if (report == NULL)
		return ERR_NO_MEMORY;
	admin_looked(call, who, NULL, TEXT_LITERAL("directory"));
	enum err err = probe_run(call->authority->conf, test->sample, &call->arena, report);
	*answer_r = WIRE(directory_report, report);
	return err;
}
