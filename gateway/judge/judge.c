#include "judge/judge.h"
#include "base/clock.h"
#include "base/io.h"
#include "judge/jwt.h"
#include "judge/saml.h"
#include "judge/signature.h"
#include "log/log.h"
#include "sandbox/sandbox.h"
#include "wire/link.h"

/* What is asked, and what is answered. */
typedef enum judge_fault judge_one(const void *ask, struct arena *arena, struct wire_any *answer_r);

static enum judge_fault judge_request(const void *ask, struct arena *arena, struct wire_any *answer_r)
{
	struct msg_judged_saml_request *judged = arena_alloc(arena, sizeof *judged);
	if (judged == NULL)
		return JUDGE_TOO_LARGE;
	*answer_r = WIRE(judged_saml_request, judged);
	return saml_judge_request(ask, arena, judged);
}

static enum judge_fault judge_logout(const void *ask, struct arena *arena, struct wire_any *answer_r)
{
	struct msg_judged_saml_logout *judged = arena_alloc(arena, sizeof *judged);
	if (judged == NULL)
		return JUDGE_TOO_LARGE;
	*answer_r = WIRE(judged_saml_logout, judged);
	return saml_judge_logout(ask, arena, judged);
}

static enum judge_fault judge_metadata(const void *ask, struct arena *arena, struct wire_any *answer_r)
{
	struct msg_judged_saml_metadata *judged = arena_alloc(arena, sizeof *judged);
	struct msg_saml_record *saml = arena_alloc(arena, sizeof *saml);
	if (judged == NULL || saml == NULL)
		return JUDGE_TOO_LARGE;
	judged->saml = saml;
	*answer_r = WIRE(judged_saml_metadata, judged);
	return saml_judge_metadata(ask, arena, saml);
}

static enum judge_fault judge_feed(const void *ask, struct arena *arena, struct wire_any *answer_r)
{
	struct msg_judged_feed *judged = arena_alloc(arena, sizeof *judged);
	if (judged == NULL)
		return JUDGE_TOO_LARGE;
	*answer_r = WIRE(judged_feed, judged);
	return saml_judge_feed(ask, arena, judged);
}

static enum judge_fault judge_key_set(const void *ask, struct arena *arena, struct wire_any *answer_r)
{
	struct msg_judged_jwks *judged = arena_alloc(arena, sizeof *judged);
	if (judged == NULL)
		return JUDGE_TOO_LARGE;
	*answer_r = WIRE(judged_jwks, judged);
	return jwk_judge_set(ask, arena, judged);
}

static enum judge_fault judge_token(const void *ask, struct arena *arena, struct wire_any *answer_r)
{
	struct msg_judged_jwt *judged = arena_alloc(arena, sizeof *judged);
	if (judged == NULL)
		return JUDGE_TOO_LARGE;
	*answer_r = WIRE(judged_jwt, judged);
	return jwt_judge(ask, arena, judged);
}

static const struct {
	unsigned tag;
	judge_one *judge;
} JUDGED[] = {
	{ TAG_judge_saml_request, judge_request },
	{ TAG_judge_saml_logout, judge_logout },
	{ TAG_judge_saml_metadata, judge_metadata },
	{ TAG_judge_feed, judge_feed },
	{ TAG_judge_jwks, judge_key_set },
	{ TAG_judge_jwt, judge_token },
};

bool judge_begin(void *context)
{
	(void)context;
	enum err err = sandbox_enter(SANDBOX_JUDGE);
	if (err != OK)
		log_line(LOG_LEVEL_ERROR, "sandbox_refused", 0, LOG_STR("reason", err_text(err)));
	return err == OK;
}

static bool is_authority(const struct judge *judge, int fd)
{
	uid_t uid = IO_UID_OVERFLOW;
	if (io_peer(fd, &uid) == OK && uid == judge->authority)
		return true;
	log_line(LOG_LEVEL_WARNING, "peer_refused", 0, LOG_NUMBER("uid", uid));
	return false;
}

/* ERR_FORBIDDEN: nobody judges that. */
static enum err judge_any(struct wire_any ask, struct arena *arena, struct wire_any *answer_r)
{
	for (size_t i = 0; i < COUNT(JUDGED); i++) {
		if (JUDGED[i].tag != ask.msg->tag)
			continue;
		enum judge_fault fault = JUDGED[i].judge(ask.at, arena, answer_r);
		struct msg_judged_bad *bad = arena_alloc(arena, sizeof *bad);
		if (fault == JUDGE_NONE)
			return OK;
		if (bad == NULL)
			return ERR_NO_MEMORY;
		bad->fault = fault;
		*answer_r = WIRE(judged_bad, bad);
		return OK;
	}
	return ERR_FORBIDDEN;
}

static void serve(struct judge *judge, struct link *link)
{
	int64_t deadline_ms = clock_steady_ms() + JUDGE_TIMEOUT_MS;
	const struct msg_welcome welcome = { ROLE_AUTHORITY, TEXT_LITERAL(SPOM_VERSION) };
	struct frame frame = { .trace = 0 };
	struct wire_any ask, answer;
	enum err err = link_send(link, WIRE(welcome, &welcome), 0, 0, deadline_ms);
	if (err == OK)
		err = link_receive(link, &judge->arena, deadline_ms, &frame, &ask);
	if (err == OK)
		err = judge_any(ask, &judge->arena, &answer);
	if (err == OK)
		err = link_send(link, answer, frame.request, frame.trace, deadline_ms);
	/* somebody who only looks whether we are there leaves again */
	if (err != OK)
		log_line(err == ERR_CLOSED ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARNING, "not_judged", frame.trace,
		    LOG_STR("error", err_text(err)));
}

void judge_serve(void *context, int fd)
{
	struct judge *judge = context;
	struct link link = { .fd = fd, .role = ROLE_AUTHORITY };
	if (is_authority(judge, fd))
		serve(judge, &link);
	link_close(&link);
	arena_reset(&judge->arena);
}
