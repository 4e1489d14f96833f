#include "authority/store/redis_check.h"
#include <stdio.h>
#include <string.h>

#define POLICY "maxmemory_policy:"

/* What INFO says of the policy, in policy. */
static enum err policy_of(struct redisc *redisc, int64_t deadline_ms, char policy[32])
{
	struct command command;
	CLEANUP(redisc_reply_free) redisReply *reply = NULL;
	command_begin(&command, "INFO");
	command_string(&command, "memory");
	enum err err = redisc_ask(redisc, &command, deadline_ms, &reply);
	if (err != OK)
		return err;
	const char *at = reply->type == REDIS_REPLY_STRING ? strstr(reply->str, POLICY) : NULL;
	if (at == NULL)
		return ERR_INTERNAL;
	at += strlen(POLICY);
	(void)snprintf(policy, 32, "%.*s", (int)strcspn(at, "\r\n"), at);
	return OK;
}

static bool is_good(const char *policy, char why[200])
{
	if (strcmp(policy, "noeviction") == 0)
		return true;
	(void)snprintf(why, 200,
	    "Redis has maxmemory-policy %s and may forget a session; set it to noeviction.", policy);
	return false;
}

bool redis_check_policy(struct redisc *redisc, int64_t deadline_ms, char why[200])
{
	char policy[32];
	enum err err = policy_of(redisc, deadline_ms, policy);
	if (err == ERR_FORBIDDEN)
		return true;
	if (err != OK) {
		(void)snprintf(why, 200, "asking for its policy: %s", err_text(err));
		return false;
	}
	return is_good(policy, why);
}

/* Whether we may do what we should not be able to do. */
static enum err may(struct redisc *redisc, struct command *command, int64_t deadline_ms, bool *may_r)
{
	CLEANUP(redisc_reply_free) redisReply *reply = NULL;
	enum err err = redisc_ask(redisc, command, deadline_ms, &reply);
	if (err != OK && err != ERR_FORBIDDEN)
		return err;
	*may_r = err == OK;
	return OK;
}

static enum err may_configure(struct redisc *redisc, int64_t deadline_ms, bool *may_r)
{
	struct command command;
	command_begin(&command, "CONFIG");
	command_string(&command, "GET");
	command_string(&command, "maxmemory-policy");
	return may(redisc, &command, deadline_ms, may_r);
}

static enum err may_leave_prefix(struct redisc *redisc, const char *prefix, int64_t deadline_ms, bool *may_r)
{
	struct command command;
	command_begin(&command, "EXISTS");
	command_name(&command, "not-", prefix);
	return may(redisc, &command, deadline_ms, may_r);
}

enum err redis_check_objection(struct redisc *redisc, const char *prefix, int64_t deadline_ms, char why[200])
{
	char policy[32];
	bool configures = false, leaves = false;
	*why = '\0';
	enum err err = policy_of(redisc, deadline_ms, policy);
	if (err == ERR_FORBIDDEN) {
		(void)snprintf(why, 200, "Our Redis user may not ask for its policy; its ACL needs +info.");
		return OK;
	}
	if (err != OK || !is_good(policy, why))
		return err;
	err = may_configure(redisc, deadline_ms, &configures);
	if (err == OK)
		err = may_leave_prefix(redisc, prefix, deadline_ms, &leaves);
	if (err == OK && configures)
		(void)snprintf(why, 200,
		    "Our Redis user may change Redis itself; its ACL should say -@dangerous "
		    "(docs/redis.md).");
	else if (err == OK && leaves)
		(void)snprintf(why, 200,
		    "Our Redis user reaches keys outside of %s*; its ACL should say resetkeys ~%s*.", prefix,
		    prefix);
	return err;
}
