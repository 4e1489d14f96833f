/* records.c - the audit, read and verified by operators. */
#include "authority/admin/operator.h"

#define ROWS 40u

/* Where to begin: behind a place, with the last ones, at a time, or at the beginning. */
static enum err begin(struct call *call, const struct msg_audit_read *read, struct text *after_r)
{
	struct audit *audit = call->authority->audit;
	*after_r = read->after;
	if (read->after.at != NULL)
		return OK;
	if (read->last > 0)
		return audit_last(audit, (unsigned)read->last, &call->arena, after_r);
	return read->since > 0 ? audit_since(audit, read->since, &call->arena, after_r) : OK;
}

enum err admin_audit_read(
    struct call *call, const struct asker *who, const void *ask, struct wire_any *answer_r)
{
	const struct msg_audit_read *read = ask;
	struct msg_audit_rows *answer = arena_alloc(&call->arena, sizeof *answer);
	struct msg_audit_row *rows;
	struct text after;
	unsigned n, part, kept = 0;
	enum err err = answer != NULL ? begin(call, read, &after) : ERR_NO_MEMORY;
	if (err == OK && read->after.at == NULL)
		admin_looked(call, who, NULL, TEXT_LITERAL("audit"));
	if (err == OK)
		err = audit_read(
		    call->authority->audit, after, ROWS, &call->arena, &rows, &n, &answer->next, &part);
	if (err != OK)
		return err;
	for (unsigned i = 0; i < n; i++)
		if (rows[i].time >= read->since)
			rows[kept++] = rows[i];
	answer->rows.at = rows;
	answer->rows.n = kept;
	answer->part = part;
	*answer_r = WIRE(audit_rows, answer);
	return OK;
}

enum err admin_audit_verify(
    struct call *call, const struct asker *who, const void *ask, struct wire_any *answer_r)
{
	(void)who;
	const struct msg_audit_verify *verify = ask;
	struct msg_audit_verdict *verdict = arena_alloc(&call->arena, sizeof *verdict);
	if (verdict == NULL)
		return ERR_NO_MEMORY;
	enum err err =
	    audit_verify(call->authority->audit, verify->file, verify->head, &call->arena, verdict);
	*answer_r = WIRE(audit_verdict, verdict);
	return err;
}
