/* signing.c - the keys that sign tokens as operators see them: listed, replaced. */
#include "authority/sso/signing.h"
#include "authority/admin/operator.h"

#define ALGS 4

/* Which algorithms an order is about; false: none is called so. The key of SAML stands in the settings of services, so it is named. */
static bool read_algs(struct text named, bool wanted[ALGS])
{
	bool any = false;
	for (unsigned alg = 0; alg < ALGS; alg++) {
		wanted[alg] = named.at == NULL ? alg != SIGNING_SAML
					       : text_equal_str(named, WIRE_ENUM_TEXT(signing_alg, alg));
		any |= wanted[alg];
	}
	return any;
}

static enum err answer_rows(struct call *call, unsigned gone, struct wire_any *answer_r)
{
	struct msg_signing_rows *answer = arena_alloc(&call->arena, sizeof *answer);
	unsigned n;
	if (answer == NULL)
		return ERR_NO_MEMORY;
	enum err err = signing_list(call->authority, &call->arena, &answer->keys.at, &n);
	if (err != OK)
		return err;
	answer->keys.n = n;
	answer->gone = gone;
	*answer_r = WIRE(signing_rows, answer);
	return OK;
}

enum err admin_signing_keys(
    struct call *call, const struct asker *who, const void *ask, struct wire_any *answer_r)
{
	(void)who;
	(void)ask;
	return answer_rows(call, 0, answer_r);
}

/* Recorded for each algorithm, before it is done. */
static enum err rotate(
    struct call *call, const struct asker *who, enum signing_alg alg, bool retire, unsigned *gone)
{
	const char *name = WIRE_ENUM_TEXT(signing_alg, alg);
	const char *object = retire ? arena_printf(&call->arena, "%s retired", name) : name;
	unsigned taken = 0;
	if (object == NULL)
		return ERR_NO_MEMORY;
	enum err err = admin_record(call, who, AUDIT_SIGNING_KEY_ROTATED, NULL, text_of(object));
	if (err == OK)
		err = signing_rotate(call->authority, alg, retire, &taken);
	*gone += taken;
	return err;
}

const char *admin_signing_fault(struct call *call, const void *ask)
{
	const struct msg_signing_rotate *order = ask;
	bool wanted[ALGS];
	(void)call;
	return read_algs(order->alg, wanted) ? NULL : "operator_no_such_alg";
}

enum err admin_signing_rotate(
    struct call *call, const struct asker *who, const void *ask, struct wire_any *answer_r)
{
	const struct msg_signing_rotate *order = ask;
	bool wanted[ALGS];
	unsigned gone = 0;
	enum err err = OK;
	(void)read_algs(order->alg, wanted); /* there is such a one: the look before has said so */
	for (unsigned alg = 0; err == OK && alg < ALGS; alg++)
		if (wanted[alg])
			err = rotate(call, who, alg, order->retire, &gone);
	if (err == ERR_TOO_LARGE)
		return admin_refuse(call, REFUSAL_MALFORMED, "operator_too_many_signing_keys", 0, answer_r);
	return err == OK ? answer_rows(call, gone, answer_r) : err;
}
