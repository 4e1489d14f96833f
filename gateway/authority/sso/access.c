#include "authority/sso/access.h"
#include <string.h>
#include "authority/session/session.h"
#include "authority/sso/address.h"

const char *access_forbids(const struct msg_service_record *service, const struct msg_session_record *session,
    struct arena *arena, bool *level_r)
{
	const char *key = NULL;
	*level_r = false;
	if (!session_is_in_rows(session->groups, service->groups.at, service->groups.n)) {
		key = "groups";
	} else if (session->level < service->level) {
		key = "level";
		*level_r = true;
	}
	if (key == NULL)
		return NULL;
	const char *rule = arena_printf(arena, "%.*s.%s", TEXT_ARGS(service->name), key);
	return rule != NULL ? rule : key;
}

bool access_is_answered(const struct msg_session_record *session, const struct access_demand *demand)
{
	return demand->since_ms > 0 && session->proved >= demand->since_ms;
}

static bool is_young(const struct msg_service_record *service, const struct msg_session_record *session,
    const struct access_demand *demand)
{
	uint64_t most_s = service->freshness_s; /* 0: any */
	bool limited = demand->limits || most_s > 0;
	if (demand->limits && (most_s == 0 || demand->most_age_s < most_s))
		most_s = demand->most_age_s;
	return !limited || session_is_fresh(session, (int64_t)most_s * 1000);
}

enum access access_judge(const struct msg_service_record *service, const struct msg_session_record *session,
    const struct access_demand *demand, struct arena *arena, const char **rule_r)
{
	bool level, fresh = !demand->anew && is_young(service, session, demand);
	*rule_r = NULL;
	if (!fresh && !access_is_answered(session, demand))
		return ACCESS_AGED;
	*rule_r = access_forbids(service, session, arena, &level);
	if (*rule_r == NULL)
		return ACCESS_GIVEN;
	return level ? ACCESS_LOW : ACCESS_REFUSED;
}

bool access_audience(const struct msg_service_record *service, struct text wanted, struct text *audience_r)
{
	bool good = wanted.at == NULL || text_equal(wanted, service->name);
	for (uint32_t i = 0; !good && i < service->audiences.n; i++)
		good = text_equal(wanted, service->audiences.at[i].value);
	struct text usual = service->audiences.n > 0 ? service->audiences.at[0].value : service->name;
	if (good)
		*audience_r = wanted.at != NULL ? wanted : usual;
	return good;
}

/* Where the port of a loopback address begins and ends: behind its colon; false for all other addresses. */
static bool find_port(struct text uri, size_t *begin_r, size_t *end_r)
{
	static const char *const HOSTS[] = { "http://127.0.0.1", "http://[::1]" };
	for (size_t i = 0; i < COUNT(HOSTS); i++) {
		size_t at = strlen(HOSTS[i]), end;
		if (!text_starts_with(uri, HOSTS[i]))
			continue;
		end = at;
		if (at < uri.len && uri.at[at] == ':')
			for (end = at + 1; end < uri.len && uri.at[end] >= '0' && uri.at[end] <= '9';)
				end++;
		*begin_r = at;
		*end_r = end;
		return end == uri.len || uri.at[end] == '/' || uri.at[end] == '?';
	}
	return false;
}

static bool same_but_port(struct text a, struct text b)
{
	size_t a_begin, a_end, b_begin, b_end;
	if (!find_port(a, &a_begin, &a_end) || !find_port(b, &b_begin, &b_end))
		return false;
	return text_equal((struct text){ a.at, a_begin }, (struct text){ b.at, b_begin }) &&
	       text_equal((struct text){ a.at + a_end, a.len - a_end },
		   (struct text){ b.at + b_end, b.len - b_end });
}

static bool is_among(struct text uri, const struct msg_uri_row *rows, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (text_equal(uri, rows[i].uri) || same_but_port(uri, rows[i].uri))
			return true;
	return false;
}

bool access_redirects_to(const struct msg_service_record *service, struct text uri)
{
	return is_among(uri, service->redirect_uris.at, service->redirect_uris.n);
}

bool access_leaves_to(const struct msg_service_record *service, struct text uri)
{
	return uri.at != NULL && is_among(uri, service->logout_uris.at, service->logout_uris.n);
}

bool access_is_at(const struct msg_service_record *service, struct text address)
{
	for (uint32_t i = 0; i < service->addresses.n; i++)
		if (address_is_of(service->addresses.at[i].uri, address))
			return true;
	return false;
}
