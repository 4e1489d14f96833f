#include "front/syntax.h"
#include "base/clock.h"
#include "front/decode.h"
#include "log/log.h"

#define TELL_TIMEOUT_MS 500 /* the connection's next request waits for it */

static const struct {
	const char *below;
	enum protocol door;
} DOORS[] = {
	{ "/oidc/", PROTOCOL_OIDC },
	{ "/cas/", PROTOCOL_CAS },
	{ "/saml/", PROTOCOL_SAML },
};

static bool find_door(const struct exchange *x, enum protocol *door_r)
{
	for (size_t i = 0; i < COUNT(DOORS); i++)
		if (text_starts_with(x->request->path, DOORS[i].below)) {
			*door_r = DOORS[i].door;
			return true;
		}
	return false;
}

/* Answers of CAS to machines are 200 whatever they say, and its endpoints give nothing without the authority. Who shows no token at all is told
 * to, and has done nothing wrong (RFC 6750 section 3.1). */
static bool is_refused(const struct exchange *x, enum protocol door)
{
	int status = x->reply->status;
	if (status == 200)
		return door == PROTOCOL_CAS && x->front->instance == ROLE_BACK;
	if (status == 401)
		return x->request->authorization.at != NULL;
	return status >= 400 && status < 500 && status != 404;
}

static enum syntax_fault fault_of(int status)
{
	return status == 413 ? SYNTAX_TOO_LARGE : status == 401 ? SYNTAX_CREDENTIALS : SYNTAX_MALFORMED;
}

/* One that stands there twice is none, and so is one that could be no client's. */
static void put_client(const struct exchange *x, struct msg_syntax_refused *refused)
{
	const struct request *request = x->request;
	const struct text places[] = { request->query,
		{ (const char *)request->body.at, request->body.len } };
	struct text value;
	for (size_t i = 0; i < COUNT(places) && refused->client_id.at == NULL; i++)
		if (decode_query(places[i], "client_id", request->arena, &value) == OK && value.len > 0)
			(void)!wire_put(wire_msg_syntax_refused(), refused, TEXT_LITERAL("client_id"), value,
			    request->arena);
}

static void tell(const struct exchange *x, enum protocol door)
{
	struct msg_syntax_refused refused = {
		.door = door,
		.fault = fault_of(x->reply->status),
		.address = x->request->address,
	};
	struct wire_any answer;
	if (door == PROTOCOL_OIDC)
		put_client(x, &refused);
	enum err err = links_ask(&x->front->links, WIRE(syntax_refused, &refused), x->request->trace,
	    x->request->arena, clock_steady_ms() + TELL_TIMEOUT_MS, &answer);
	if (err != OK)
		log_line(LOG_LEVEL_WARNING, "refusal_not_told", x->request->trace,
		    LOG_STR("reason", err_text(err)));
}

void syntax_tell(struct exchange *x)
{
	enum protocol door;
	if (!x->asked && find_door(x, &door) && is_refused(x, door))
		tell(x, door);
}
